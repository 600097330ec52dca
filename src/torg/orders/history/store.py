"""Orders in bulk: SQL in, model out. Rows go to the database as JSON, whose numbers and times lose nothing."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.model import Order, OrderLine
from torg.orders.store import CustomerOrder

Rows = Sequence[tuple[Order, tuple[OrderLine, ...]]]

ADD = """
INSERT INTO orders (
    order_id, state, source, number, channel, market, seller, store, customer_id, language, country, region, time_zone,
    name, email, phone, address, billing, deliveries, codes, capture, currency, net, tax, gross, discount, delivery,
    taxes, units, actor, reason, held_until, created_at, placed_at, cancelled_at, updated_at, stores, journey)
SELECT
    order_id, state, source, number, channel, market, seller, store, customer_id, language, country, region, time_zone,
    name, email, phone, nullif(address, 'null'), nullif(billing, 'null'), deliveries, codes, capture, currency, net,
    tax, gross, discount, delivery, taxes, units, actor, reason, held_until, created_at, placed_at, cancelled_at,
    updated_at, stores, journey
FROM jsonb_to_recordset(%(orders)s) AS o (
    order_id uuid, state text, source text, number text, channel text, market text, seller text, store text,
    customer_id uuid, language text, country text, region text, time_zone text, name text, email text, phone text,
    address jsonb, billing jsonb, deliveries jsonb, codes text[], capture text, currency text, net bigint, tax bigint,
    gross bigint, discount bigint, delivery bigint, taxes jsonb, units integer, actor text, reason text,
    held_until timestamptz, created_at timestamptz, placed_at timestamptz, cancelled_at timestamptz,
    updated_at timestamptz, stores text[], journey jsonb)
ORDER BY order_id
ON CONFLICT (order_id) DO NOTHING
RETURNING order_id
"""
LINE_COLUMNS = {
    "id": "uuid",
    "position": "int4",
    "product_id": "uuid",
    "variant_id": "uuid",
    "sku": "text",
    "name": "text",
    "options": "text",
    "image": "text",
    "kind": "text",
    "weight_g": "int4",
    "intent": "text",
    "store": "text",
    "note": "text",
    "quantity": "int4",
    "unit": "int8",
    "tax_included": "bool",
    "tax_rate": "int4",
    "tax_name": "text",
    "discount": "int8",
    "net": "int8",
    "tax": "int8",
    "gross": "int8",
    "gone": "int4",
}
# Lines are most of history, and never there before their order: copied, they cost the database a fifth.
COPY_LINES = f"COPY order_lines (order_id, {', '.join(LINE_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
CLAIM = """
INSERT INTO order_number_claims (number, order_id)
SELECT number, order_id FROM unnest(%(numbers)s::text[], %(ids)s::uuid[]) AS c (number, order_id) ORDER BY number
ON CONFLICT (number) DO NOTHING
"""
NOT_OURS = """
SELECT w.order_id FROM unnest(%(numbers)s::text[], %(ids)s::uuid[]) AS w (number, order_id)
WHERE NOT EXISTS (SELECT FROM order_number_claims c WHERE c.number = w.number AND c.order_id = w.order_id)
"""
RENUMBER = """
UPDATE orders o SET number = w.number
FROM unnest(%(ids)s::uuid[], %(numbers)s::text[]) AS w (order_id, number)
WHERE o.order_id = w.order_id
"""
COPY_FOR_CUSTOMERS = """
INSERT INTO customer_orders (customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title,
                             image, placed_at)
SELECT customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title, image, placed_at
FROM jsonb_to_recordset(%(copies)s) AS c (
    customer_id uuid, order_id uuid, number text, state text, channel text, store text, currency text, gross bigint,
    units integer, gone integer, title text, image text, placed_at timestamptz)
ON CONFLICT DO NOTHING
"""


async def add(tx: Transaction, rows: Rows) -> list[UUID]:
    """Write orders with their lines; those that are there stay as they are. Which were new, by id."""
    if not rows:
        return []
    new = sorted(await tx.all(UUID, ADD, orders=Jsonb([order for order, _ in rows])))
    fresh = set(new)
    copied = (
        (order.order_id, *(getattr(line, name) for name in LINE_COLUMNS))
        for order, lines in rows
        if order.order_id in fresh
        for line in lines
    )
    await tx.copy(COPY_LINES, ["uuid", *LINE_COLUMNS.values()], copied)
    return new


async def claim_numbers(tx: Transaction, orders: Sequence[Order]) -> set[UUID]:
    """Take the orders' numbers; which orders did not get theirs."""
    if not orders:
        return set()
    wanted = {"numbers": [order.number for order in orders], "ids": [order.order_id for order in orders]}
    if await tx.execute(CLAIM, **wanted) == len(orders):
        return set()
    return set(await tx.all(UUID, NOT_OURS, **wanted))


def renumbered(order: Order, number: str) -> Order:
    """The order under another number."""
    return replace(order, number=number)


async def renumber(tx: Transaction, orders: Sequence[Order]) -> None:
    """Give orders that were just written another number."""
    await tx.execute(
        RENUMBER, ids=[order.order_id for order in orders], numbers=[order.number for order in orders]
    )


async def copy_for_customers(tx: Transaction, rows: Rows) -> None:
    """Show orders in their customers' own lists."""
    copies = [
        CustomerOrder(
            customer_id=order.customer_id,
            order_id=order.order_id,
            number=order.number or "",
            state=order.state,
            channel=order.channel,
            store=order.store,
            currency=order.currency,
            gross=order.gross,
            units=order.units,
            gone=sum(line.gone for line in lines),
            title=lines[0].name,
            image=next((line.image for line in lines if line.image), None),
            placed_at=order.placed_at,
        )
        for order, lines in rows
        if order.customer_id is not None and order.placed_at is not None
    ]
    if copies:
        await tx.execute(COPY_FOR_CUSTOMERS, copies=Jsonb(copies))
