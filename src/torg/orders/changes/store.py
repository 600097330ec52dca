"""The table of changes, and orders as changes leave them: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.changes.model import Change
from torg.orders.model import Order, OrderLine

COLUMNS = """
order_id, id, state, based_on, version, actor, reason, prices, actions, before, after, currency, collect, give_back,
payments, expires_at, check_at, ended_for, created_at, ended_at, settled_at, return_id, credit, on_arrival, store
"""
ADD = """
INSERT INTO order_changes (order_id, id, state, based_on, version, actor, reason, prices, actions, before, after,
                           currency, collect, give_back, payments, expires_at, check_at, created_at, ended_at,
                           settled_at, return_id, credit, on_arrival, store)
VALUES (%(order_id)s, %(id)s, %(state)s, %(based_on)s, %(version)s, %(actor)s, %(reason)s, %(prices)s, %(actions)s,
        %(before)s, %(after)s, %(currency)s, %(collect)s, %(give_back)s, %(payments)s, %(expires_at)s, %(check_at)s,
        %(created_at)s, %(ended_at)s, %(settled_at)s, %(return_id)s, %(credit)s, %(on_arrival)s, %(store)s)
"""
END = """
UPDATE order_changes SET
    state = %(state)s, version = %(version)s, give_back = %(give_back)s, check_at = %(check_at)s,
    ended_for = %(ended_for)s, ended_at = %(ended_at)s, settled_at = %(settled_at)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'waiting'
"""
PAID_BY = """
UPDATE order_changes SET payments = payments || %(payments)s, check_at = %(check_at)s
WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'waiting'
"""
SETTLE = """
UPDATE order_changes SET settled_at = %(now)s, check_at = NULL
WHERE order_id = %(order_id)s AND id = %(id)s AND settled_at IS NULL
"""
POSTPONE = """
UPDATE order_changes SET check_at = %(check_at)s
WHERE order_id = %(order_id)s AND id = %(id)s AND check_at <= %(now)s
"""
FIND = "SELECT " + COLUMNS + " FROM order_changes WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
OF_ORDER = "SELECT " + COLUMNS + " FROM order_changes WHERE order_id = %(order_id)s ORDER BY id"  # noqa: S608  # our own column names
WAITING = "SELECT " + COLUMNS + " FROM order_changes WHERE order_id = %(order_id)s AND state = 'waiting'"  # noqa: S608  # our own column names
OPEN_OF = """
SELECT order_id, id FROM order_changes
WHERE order_id = ANY(%(order_ids)s) AND (state = 'waiting' OR state = 'lapsed' AND payments && %(payments)s)
ORDER BY order_id, id
"""
DUE = "SELECT order_id, id, ended_at FROM order_changes WHERE check_at <= %(now)s ORDER BY check_at, id LIMIT %(most)s"


WAITING_OF = (
    "SELECT DISTINCT order_id FROM order_changes WHERE order_id = ANY(%(order_ids)s) AND state = 'waiting'"
)
SAVE_ORDER = """
UPDATE orders SET
    country = %(country)s, region = %(region)s, name = %(name)s, email = %(email)s, phone = %(phone)s,
    address = %(address)s, billing = %(billing)s, deliveries = %(deliveries)s, codes = %(codes)s, net = %(net)s,
    tax = %(tax)s, gross = %(gross)s, discount = %(discount)s, delivery = %(delivery)s, taxes = %(taxes)s,
    units = %(units)s, tax_basis = %(tax_basis)s, promotions = %(promotions)s, given_back = %(given_back)s,
    exchanged = %(exchanged)s, updated_at = %(updated_at)s, version = version + 1
WHERE order_id = %(order_id)s AND state = 'placed' AND version = %(version)s
"""
DROP_LINES = "DELETE FROM order_lines WHERE order_id = %(order_id)s AND id <> ALL(%(ids)s)"
SAVE_LINES = """
INSERT INTO order_lines AS o (
    order_id, id, position, product_id, variant_id, sku, name, options, image, kind, weight_g, intent, store, note,
    quantity, unit, tax_included, tax_rate, tax_name, treatment, discount, net, tax, gross, components, promised,
    expected, adjustments, gift, price_reason, card, wraps)
SELECT %(order_id)s, l.id, l.position, l.product_id, l.variant_id, l.sku, l.name, l.options, l.image, l.kind,
       l.weight_g, l.intent, l.store, l.note, l.quantity, l.unit, l.tax_included, l.tax_rate, l.tax_name, l.treatment,
       l.discount, l.net, l.tax, l.gross, l.components, l.promised, l.expected, l.adjustments, l.gift, l.price_reason,
       l.card, l.wraps
FROM jsonb_to_recordset(%(lines)s) AS l (
    id uuid, position integer, product_id uuid, variant_id uuid, sku text, name text, options text, image text,
    kind text, weight_g integer, intent text, store text, note text, quantity integer, unit bigint,
    tax_included boolean, tax_rate integer, tax_name text, treatment text, discount bigint, net bigint, tax bigint,
    gross bigint, components jsonb, promised text, expected date, adjustments jsonb, gift text, price_reason text,
    card jsonb, wraps uuid)
ORDER BY l.id
ON CONFLICT (order_id, id) DO UPDATE SET
    intent = excluded.intent, store = excluded.store, quantity = excluded.quantity, unit = excluded.unit,
    tax_included = excluded.tax_included, tax_rate = excluded.tax_rate, tax_name = excluded.tax_name,
    treatment = excluded.treatment, discount = excluded.discount, net = excluded.net, tax = excluded.tax,
    gross = excluded.gross, promised = excluded.promised, expected = excluded.expected,
    adjustments = excluded.adjustments, price_reason = excluded.price_reason, wraps = excluded.wraps
"""

DOCUMENTS = ("address", "billing", "deliveries", "taxes", "tax_basis", "promotions")


class Due(Struct, frozen=True):
    """A change that somebody has to look at."""

    order_id: UUID
    id: UUID
    ended_at: datetime | None = None


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(msgspec.to_builtins(value))


async def add(tx: Transaction, change: Change) -> None:
    """Write down a change; the order is locked."""
    row = msgspec.structs.asdict(change)
    row |= {name: _json(row[name]) for name in ("actions", "before", "after")}
    await tx.execute(ADD, **row | {"payments": list(change.payments)})


async def end(tx: Transaction, change: Change) -> bool:
    """A change that waited is applied or has lapsed; False when somebody else was faster."""
    names = ("order_id", "id", "version", "give_back", "check_at", "ended_for", "ended_at", "settled_at")
    facts = {name: getattr(change, name) for name in names}
    return await tx.execute(END, **facts, state=change.state.value) == 1


async def paid_by(tx: Transaction, change: Change, payments: Sequence[UUID], check_at: datetime) -> bool:
    """These payments are for the change; False when it does not wait any more."""
    return (
        await tx.execute(
            PAID_BY, order_id=change.order_id, id=change.id, payments=list(payments), check_at=check_at
        )
        == 1
    )


async def settle(tx: Transaction, order_id: UUID, id: UUID) -> None:
    """What a change gives back has gone back."""
    await tx.execute(SETTLE, order_id=order_id, id=id, now=tx.now)


async def find(tx: Transaction, order_id: UUID, id: UUID) -> Change | None:
    """One change, or nothing."""
    return await tx.find(Change, FIND, order_id=order_id, id=id)


async def of_order(tx: Transaction, order_id: UUID) -> list[Change]:
    """All changes of an order, the oldest first."""
    return await tx.all(Change, OF_ORDER, order_id=order_id)


async def waiting(tx: Transaction, order_id: UUID) -> Change | None:
    """The change of an order that waits for its money, or nothing."""
    return await tx.find(Change, WAITING, order_id=order_id)


async def open_of(tx: Transaction, order_ids: Sequence[UUID], payments: Sequence[UUID]) -> list[Due]:
    """The changes of these orders that wait, and those that have lapsed and were to be paid by these payments."""
    return await tx.all(Due, OPEN_OF, order_ids=list(order_ids), payments=list(payments))


async def due(tx: Transaction, most: int) -> list[Due]:
    """Changes that are to be looked at now, the longest waiting first."""
    return await tx.all(Due, DUE, now=tx.now, most=most)


async def save_order(tx: Transaction, order: Order, lines: Sequence[OrderLine]) -> bool:
    """Write an order, as decided on its version, with its lines; False when somebody else was faster."""
    row = msgspec.structs.asdict(order)
    row["codes"] = list(order.codes)
    row |= {name: _json(row[name]) for name in DOCUMENTS}
    saved = await tx.execute(SAVE_ORDER, **row)
    if saved:
        await tx.execute(DROP_LINES, order_id=order.order_id, ids=[line.id for line in lines])
        await tx.execute(SAVE_LINES, order_id=order.order_id, lines=_json(lines))
    return saved == 1


async def postpone(tx: Transaction, order_id: UUID, id: UUID, check_at: datetime) -> None:
    """Look at a change later that is due now; one that waits is looked at when its time is up, at the latest."""
    await tx.execute(POSTPONE, order_id=order_id, id=id, check_at=check_at, now=tx.now)


async def waiting_of(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders of which a change waits to be paid."""
    return set(await tx.all(UUID, WAITING_OF, order_ids=list(order_ids)))
