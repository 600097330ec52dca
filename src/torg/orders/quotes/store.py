"""The table of quotes: SQL in, model out. States move by compare-and-swap."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs, to_builtins
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.quotes.model import Quotation, QuoteState, QuoteVersion
from torg.orders.store import Place

COLUMNS = """
SELECT order_id, state, version, customer_id, channel, store, market, language, country, name, email, currency, gross,
       valid_until, openers, versions, wish, reason, created_by, created_at, updated_at
FROM quotes
"""
FIND = COLUMNS + "WHERE order_id = %(id)s"
LOCK = FIND + " FOR UPDATE"
PUT = """
INSERT INTO quotes (order_id, state, version, customer_id, channel, store, market, language, country, name, email,
                    currency, gross, valid_until, openers, versions, wish, reason, created_by, created_at, updated_at)
VALUES (%(order_id)s, %(state)s, %(version)s, %(customer_id)s, %(channel)s, %(store)s, %(market)s, %(language)s,
        %(country)s, %(name)s, %(email)s, %(currency)s, %(gross)s, %(valid_until)s, %(openers)s, %(versions)s,
        %(wish)s, %(reason)s, %(created_by)s, %(created_at)s, %(updated_at)s)
ON CONFLICT (order_id) DO UPDATE SET
    state = excluded.state, version = excluded.version, customer_id = excluded.customer_id, name = excluded.name,
    email = excluded.email, gross = excluded.gross, valid_until = excluded.valid_until, openers = excluded.openers,
    versions = excluded.versions, wish = excluded.wish, reason = excluded.reason, updated_at = excluded.updated_at
"""
# The moment is the guard: a quote whose time has run out is not accepted, whether or not the sweeper has said so.
BEGIN = """
UPDATE quotes SET state = 'accepting', updated_at = %(at)s
WHERE order_id = %(id)s AND state = 'sent' AND version = %(version)s AND valid_until > %(at)s
RETURNING openers
"""
MOVE = """
UPDATE quotes SET state = %(to)s, reason = coalesce(%(reason)s, reason), updated_at = %(at)s
WHERE order_id = %(id)s AND state = ANY(%(from)s)
RETURNING order_id
"""
DUE = """
SELECT order_id FROM quotes WHERE state = 'sent' AND valid_until <= %(at)s ORDER BY valid_until LIMIT %(most)s
"""
EXPIRE = """
UPDATE quotes SET state = 'expired', updated_at = %(at)s
WHERE order_id = %(id)s AND state = 'sent' AND valid_until <= %(at)s
RETURNING order_id
"""
LIST = (
    COLUMNS
    + """
WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
  AND (%(places)s::jsonb IS NULL OR EXISTS (
         SELECT FROM jsonb_to_recordset(%(places)s) AS g (stores jsonb, channels jsonb)
         WHERE (g.stores IS NULL OR g.stores ? quotes.store)
           AND (g.channels IS NULL OR g.channels ? quotes.channel)))
  AND (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s)
  AND (%(after_at)s::timestamptz IS NULL OR (updated_at, order_id) < (%(after_at)s, %(after_id)s))
ORDER BY updated_at DESC, order_id DESC
LIMIT %(limit)s
"""
)


class Begun(Struct, frozen=True):
    """A quote that is being accepted from now on."""

    openers: tuple[bytes, ...]


async def find(tx: Transaction, id: UUID, *, lock: bool = False) -> Quotation | None:
    """A quote, or nothing."""
    return await tx.find(Quotation, LOCK if lock else FIND, id=id)


async def put(tx: Transaction, quote: Quotation) -> None:
    """Write a quote that this transaction has locked, or that is new."""
    row: dict[str, Any] = structs.asdict(quote)
    versions: tuple[QuoteVersion, ...] = quote.versions
    row |= {"openers": list(quote.openers), "versions": Jsonb(to_builtins(versions))}
    await tx.execute(PUT, **row)


async def begin(tx: Transaction, id: UUID, version: int) -> tuple[bytes, ...] | None:
    """Sent to accepting, in time and in this version: what opens it; nothing when it was not."""
    begun = await tx.find(Begun, BEGIN, id=id, version=version, at=tx.now)
    return begun.openers if begun else None


async def move(
    tx: Transaction, id: UUID, *, came: Collection[QuoteState], to: QuoteState, reason: str | None = None
) -> bool:
    """Move a quote on, unless it has left the states that it may come from; tells whether it moved."""
    states = sorted(state.value for state in came)
    moved = await tx.find(UUID, MOVE, id=id, to=to.value, reason=reason, at=tx.now, **{"from": states})
    return moved is not None


async def due(tx: Transaction, most: int) -> list[UUID]:
    """Quotes whose time has run out, the longest first."""
    return await tx.all(UUID, DUE, at=tx.now, most=most)


async def expire(tx: Transaction, id: UUID) -> bool:
    """Sent to expired, when its time has run out; tells whether it moved."""
    return await tx.find(UUID, EXPIRE, id=id, at=tx.now) is not None


async def listed(
    tx: Transaction,
    *,
    states: Collection[QuoteState] | None,
    places: Sequence[Place] | None,
    customer_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Quotation]:
    """Quotes, the last that something happened to first."""
    return await tx.all(
        Quotation,
        LIST,
        states=sorted(state.value for state in states) if states is not None else None,
        places=Jsonb(to_builtins(places)) if places is not None else None,
        customer_id=customer_id,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
