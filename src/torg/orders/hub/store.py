"""The tables of the order hub: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict
from psycopg import sql
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.hub.model import OrderFacts, Sort

COLUMNS = """
order_id, at, state, source, number, channel, market, store, stores, customer_id, name, email, currency, gross, units,
gone, payment, due, fulfilment, promised_by, pay_by, paid, shipped, returned, refunded, tenders, problems, title,
version
"""
ALL = COLUMNS + ", keys"
GIVEN = (
    "SELECT "  # our own column names
    + COLUMNS
    + """, array_to_tsvector(keys) AS keys
FROM jsonb_to_recordset(%(facts)s) AS f (
    order_id uuid, at timestamptz, state text, source text, number text, channel text, market text, store text,
    stores text[], customer_id uuid, name text, email text, currency text, gross bigint, units integer, gone integer,
    payment text, due bigint, fulfilment text, promised_by timestamptz, pay_by timestamptz, paid text, shipped text,
    returned text, refunded text, tenders text[], problems text[], title text, version integer, keys text[])
"""
)
# An order whose facts have been composed from a later reading keeps those: who comes second knows less. What stands
# there already is not written again.
KEEP = (
    "INSERT INTO order_facts AS o ("  # our own column names
    + ALL
    + ") "
    + GIVEN
    + "ORDER BY order_id ON CONFLICT (order_id) DO UPDATE SET ("
    + ALL
    + ") = ("
    + ", ".join(f"excluded.{name.strip()}" for name in ALL.split(","))
    + ") WHERE o.version <= excluded.version AND ("
    + ", ".join(f"o.{name.strip()}" for name in ALL.split(","))
    + ") IS DISTINCT FROM ("
    + ", ".join(f"excluded.{name.strip()}" for name in ALL.split(","))
    + ")"
)
DIFFERING = (
    "WITH given AS ("  # noqa: S608  # our own column names
    + GIVEN
    + ") SELECT order_id FROM (SELECT "
    + ALL
    + " FROM given EXCEPT SELECT "
    + ALL
    + " FROM order_facts WHERE order_id IN (SELECT order_id FROM given)) AS other ORDER BY order_id"
)
COUNT_KEYED = "SELECT count(*) FROM orders_by_keys(%(keys)s::tsquery, %(most)s)"
KEYED = "orders_by_keys(%(keys)s::tsquery, %(most)s)"
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
    "overdue": "pay_by < %(now)s",
    "not_overdue": "(pay_by IS NULL OR pay_by >= %(now)s)",
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


Composed: TypeAlias = Sequence[tuple[OrderFacts, list[str]]]


async def keep(tx: Transaction, composed: Composed) -> int:
    """Keep the facts of orders, with the keys they are found by; of how many something else stood there."""
    return await tx.execute(KEEP, facts=_rows(composed)) if composed else 0


async def differing(tx: Transaction, composed: Composed) -> list[UUID]:
    """The orders of which something else is kept, or nothing."""
    return await tx.all(UUID, DIFFERING, facts=_rows(composed)) if composed else []


def _rows(composed: Composed) -> Jsonb:
    return Jsonb([asdict(facts) | {"keys": keys} for facts, keys in composed])


async def lock(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Wait for whoever composes facts of these orders just now."""
    await tx.all(UUID, WAIT_FOR_OTHERS, order_ids=list(order_ids))


class Asked(Struct, frozen=True, kw_only=True):
    """What a list is asked for: `conditions` are named as in `CONDITIONS`, `after` is where the page before ended."""

    conditions: Sequence[str]
    values: dict[str, Any]
    sort: Sort
    after: tuple[datetime, UUID] | None
    limit: int


async def listed(tx: Transaction, asked: Asked) -> list[OrderFacts]:
    """The orders that meet all of the conditions."""
    # The question stands in the text: a plan for any question would read the whole table for most.
    keys = sql.Literal(asked.values.get("keys", "")).as_string().replace("%", "%%")
    values = {name: value for name, value in asked.values.items() if name != "keys"}
    return await _listed(tx, "order_facts", asked, values, keys)


async def newest(tx: Transaction, asked: Asked, *, among: int) -> list[OrderFacts]:
    """Those of the first `among` orders in the list that meet the conditions."""
    order, _ = ORDERS[asked.sort]
    by_time = ("promised",) if asked.sort is Sort.promised else ("since", "until")
    walked = [name for name in by_time if name in asked.conditions]
    where = _where([CONDITIONS[name] for name in walked] + _behind(asked))
    table = f"(SELECT {ALL} FROM order_facts{where} ORDER BY {order} LIMIT %(among)s) AS order_facts"  # noqa: S608  # our own column names
    return await _listed(tx, table, asked, asked.values | {"among": among})


async def keyed(tx: Transaction, asked: Asked, *, most: int) -> list[OrderFacts] | None:
    """The orders that meet the conditions, found by their keys; None when more than `most` have these keys."""
    count = await tx.one(int, COUNT_KEYED, keys=asked.values["keys"], most=most + 1)
    if count > most:
        return None
    table = KEYED + " AS order_facts"
    return await _listed(tx, table, asked, asked.values | {"most": most + 1}) if count else []


async def given(tx: Transaction, asked: Asked, composed: Composed) -> list[OrderFacts]:
    """Those of orders that are not kept which meet the conditions."""
    if not composed:
        return []
    return await _listed(tx, f"({GIVEN}) AS order_facts", asked, asked.values | {"facts": _rows(composed)})


async def _listed(
    tx: Transaction, table: str, asked: Asked, values: dict[str, Any], keys: str = "%(keys)s"
) -> list[OrderFacts]:
    order, _ = ORDERS[asked.sort]
    where = _where([CONDITIONS[name].replace("{keys}", keys) for name in asked.conditions] + _behind(asked))
    if asked.after is not None:
        values = values | {"after_at": asked.after[0], "after_id": asked.after[1]}
    return await tx.all(
        OrderFacts,
        f"SELECT {COLUMNS} FROM {table}{where} ORDER BY {order} LIMIT %(limit)s",  # noqa: S608  # our own column names
        **values | {"limit": asked.limit},
    )


def _behind(asked: Asked) -> list[str]:
    return [ORDERS[asked.sort][1]] if asked.after is not None else []


def _where(conditions: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(conditions) if conditions else ""


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
