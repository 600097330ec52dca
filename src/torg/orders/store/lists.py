"""Each customer's own list of orders."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction
from torg.orders.model import OrderState
from torg.orders.store.orders import as_json

COPY_FOR_CUSTOMERS = """
INSERT INTO customer_orders (customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title,
                             image, placed_at)
SELECT customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title, image, placed_at
FROM jsonb_to_recordset(%(copies)s) AS c (
    customer_id uuid, order_id uuid, number text, state text, channel text, store text, currency text, gross bigint,
    units integer, gone integer, title text, image text, placed_at timestamptz)
ORDER BY customer_id, order_id
ON CONFLICT (customer_id, order_id) DO UPDATE SET
    state = excluded.state, gross = excluded.gross, units = excluded.units, gone = excluded.gone,
    title = excluded.title, image = excluded.image
"""
OF_CUSTOMER = """
SELECT customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title, image, placed_at
FROM customer_orders
WHERE customer_id = %(customer_id)s
  AND (%(after_at)s::timestamptz IS NULL OR (placed_at, order_id) < (%(after_at)s, %(after_id)s))
ORDER BY placed_at DESC, order_id DESC
LIMIT %(limit)s
"""
FORGET_COPIES = "DELETE FROM customer_orders"
# The feed does not tell of orders that another system took.
COPY_HISTORY = """
INSERT INTO customer_orders (customer_id, order_id, number, state, channel, store, currency, gross, units, gone, title,
                             image, placed_at)
SELECT o.customer_id, o.order_id, o.number, o.state, o.channel, o.store, o.currency, o.gross, o.units, l.gone, l.title,
       l.image, o.placed_at
FROM orders o
JOIN (SELECT order_id, sum(gone)::integer AS gone, (array_agg(name ORDER BY position, id))[1] AS title,
             (array_agg(image ORDER BY position, id) FILTER (WHERE image IS NOT NULL))[1] AS image
      FROM order_lines GROUP BY order_id) l ON l.order_id = o.order_id
WHERE o.source IS NOT NULL AND o.customer_id IS NOT NULL
"""


class CustomerOrder(Struct, frozen=True):
    """What a customer's list tells of an order."""

    customer_id: UUID
    order_id: UUID
    number: str
    state: OrderState
    channel: str
    store: str | None
    currency: str
    gross: int
    units: int
    gone: int
    title: str
    image: str | None
    placed_at: datetime


class Place(Struct, frozen=True):
    """Some stores in some channels; None means all of them."""

    stores: tuple[str, ...] | None
    channels: tuple[str, ...] | None


async def copy_for_customers(tx: Transaction, copies: Sequence[CustomerOrder]) -> None:
    """Keep what the customers' lists tell of orders."""
    if copies:
        await tx.execute(COPY_FOR_CUSTOMERS, copies=as_json(copies))


async def of_customer(
    tx: Transaction, customer_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[CustomerOrder]:
    """A customer's orders, the newest first."""
    return await tx.all(
        CustomerOrder,
        OF_CUSTOMER,
        customer_id=customer_id,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )


async def forget_copies(tx: Transaction) -> None:
    """Empty the customers' lists but for history, to be filled again from the feed."""
    await tx.execute(FORGET_COPIES)
    await tx.execute(COPY_HISTORY)
