"""The tables of the order hub: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict
from psycopg import sql
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.hub.model import OrderFacts, Sort

COLUMNS = """
order_id, at, state, source, number, channel, market, store, stores, customer_id, name, email, currency, gross, units,
gone, payment, due, fulfilment, promised_by, returned, tenders, problems, title, version
"""
# An order whose facts have been composed from a later reading keeps those: who comes second knows less.
KEEP = (
    "INSERT INTO order_facts AS o ("  # our own column names
    + COLUMNS
    + ", keys) SELECT "
    + COLUMNS
    + """, array_to_tsvector(keys)
FROM jsonb_to_recordset(%(facts)s) AS f (
    order_id uuid, at timestamptz, state text, source text, number text, channel text, market text, store text,
    stores text[], customer_id uuid, name text, email text, currency text, gross bigint, units integer, gone integer,
    payment text, due bigint, fulfilment text, promised_by timestamptz, returned boolean, tenders text[],
    problems text[], title text, version integer, keys text[])
ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET
    at = excluded.at, state = excluded.state, number = excluded.number, channel = excluded.channel,
    market = excluded.market, store = excluded.store, stores = excluded.stores, customer_id = excluded.customer_id,
    name = excluded.name, email = excluded.email, currency = excluded.currency, gross = excluded.gross,
    units = excluded.units, gone = excluded.gone, payment = excluded.payment, due = excluded.due,
    fulfilment = excluded.fulfilment, promised_by = excluded.promised_by, returned = excluded.returned,
    tenders = excluded.tenders, problems = excluded.problems, title = excluded.title, version = excluded.version,
    keys = excluded.keys
WHERE o.version <= excluded.version
"""
)
SELECT = "SELECT " + COLUMNS + " FROM order_facts"  # noqa: S608  # our own column names
# A checkout that is under way is looked at by the clock, so few rows are read.
PENDING = """
SELECT order_id FROM orders WHERE check_at IS NOT NULL AND state = 'pending' ORDER BY order_id DESC LIMIT %(limit)s
"""
AFTER = "SELECT order_id FROM orders WHERE order_id > %(after)s ORDER BY order_id LIMIT %(limit)s"
WAIT_FOR_OTHERS = (
    "SELECT order_id FROM order_facts WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id FOR UPDATE"
)

ORDERS: dict[Sort, tuple[str, str]] = {
    Sort.newest: ("at DESC, order_id DESC", "(at, order_id) < (%(after_at)s, %(after_id)s)"),
    Sort.oldest: ("at, order_id", "(at, order_id) > (%(after_at)s, %(after_id)s)"),
    Sort.promised: ("promised_by, order_id", "(promised_by, order_id) > (%(after_at)s, %(after_id)s)"),
}
CONDITIONS = {
    "keys": "keys @@ {keys}::tsquery",
    "number": "order_id = %(order_id)s",
    "order_ids": "order_id = ANY(%(order_ids)s)",
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "at_least": "gross >= %(at_least)s",
    "at_most": "gross <= %(at_most)s",
    "currency": "currency = %(currency)s",
    "late": "promised_by < %(now)s",
    "not_late": "(promised_by IS NULL OR promised_by >= %(now)s)",
    "promised": "promised_by IS NOT NULL",
}

NOTE = """
INSERT INTO order_notes (order_id, id, text, actor, created_at)
VALUES (%(order_id)s, %(id)s, %(text)s, %(actor)s, %(created_at)s)
"""
NOTES = (
    "SELECT order_id, id, text, actor, created_at FROM order_notes WHERE order_id = %(order_id)s ORDER BY id"
)


class Note(Struct, frozen=True):
    """What somebody of the staff wrote down about an order."""

    order_id: UUID
    id: UUID
    text: str
    actor: str
    created_at: datetime


async def keep(tx: Transaction, composed: Sequence[tuple[OrderFacts, list[str]]]) -> None:
    """Keep the facts of orders, with the keys they are found by."""
    if composed:
        await tx.execute(KEEP, facts=Jsonb([asdict(facts) | {"keys": keys} for facts, keys in composed]))


async def lock(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Wait for whoever composes facts of these orders just now."""
    await tx.all(UUID, WAIT_FOR_OTHERS, order_ids=list(order_ids))


async def listed(
    tx: Transaction,
    conditions: Sequence[str],
    values: dict[str, Any],
    *,
    sort: Sort,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[OrderFacts]:
    """The orders that meet all of the conditions, which are named as in `CONDITIONS`."""
    order, behind = ORDERS[sort]
    # The question stands in the text: a plan for any question would read the whole table for most.
    keys = sql.Literal(values.get("keys", "")).as_string().replace("%", "%%")
    values = {name: value for name, value in values.items() if name != "keys"}
    parts = [CONDITIONS[name].replace("{keys}", keys) for name in conditions]
    if after is not None:
        parts.append(behind)
        values = values | {"after_at": after[0], "after_id": after[1]}
    where = " WHERE " + " AND ".join(parts) if parts else ""
    return await tx.all(
        OrderFacts, f"{SELECT}{where} ORDER BY {order} LIMIT %(limit)s", limit=limit, **values
    )


async def pending(tx: Transaction, limit: int) -> list[UUID]:
    """Orders whose payment is under way, the newest first."""
    return await tx.all(UUID, PENDING, limit=limit)


async def behind(tx: Transaction, after: UUID, limit: int) -> list[UUID]:
    """Orders whose ids come after this one, in their order."""
    return await tx.all(UUID, AFTER, after=after, limit=limit)


async def add_note(tx: Transaction, note: Note) -> None:
    """Write a note down."""
    await tx.execute(NOTE, **asdict(note))


async def notes(tx: Transaction, order_id: UUID) -> list[Note]:
    """The notes on an order, the oldest first."""
    return await tx.all(Note, NOTES, order_id=order_id)
