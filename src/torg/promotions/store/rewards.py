"""The points that orders have earned, by customer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

ADD = """
INSERT INTO points_entries (customer_id, id, order_id, promotion, reason, return_id, points, at)
SELECT customer_id, id, order_id, promotion, reason, return_id, points, %(at)s
FROM jsonb_to_recordset(%(entries)s) AS e (
    customer_id uuid, id uuid, order_id uuid, promotion text, reason text, return_id uuid, points bigint)
ON CONFLICT (customer_id, order_id, promotion, reason, return_id) DO NOTHING
RETURNING customer_id, id, order_id, promotion, reason, return_id, points, at
"""
OF_CUSTOMER = """
SELECT customer_id, id, order_id, promotion, reason, return_id, points, at FROM points_entries
WHERE customer_id = %(customer_id)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s
"""
BALANCE = "SELECT coalesce(sum(points), 0)::bigint FROM points_entries WHERE customer_id = %(customer_id)s"
OF_ORDER = """
SELECT promotion, sum(points) FILTER (WHERE reason = 'order-placed')::bigint AS granted, sum(points)::bigint AS left
FROM points_entries WHERE customer_id = %(customer_id)s AND order_id = %(order_id)s
GROUP BY promotion HAVING sum(points) > 0 ORDER BY promotion
"""


class OrderPoints(Struct, frozen=True):
    """What an order has earned its customer by a promotion, and what of that was not taken back."""

    promotion: str
    granted: int
    left: int


class PointsEntry(Struct, frozen=True):
    """Points that an order of a customer earned by a promotion, or that were taken back with it or its return."""

    customer_id: UUID
    id: UUID
    order_id: UUID
    promotion: str
    reason: str
    points: int
    at: datetime
    return_id: UUID | None = None


async def add(tx: Transaction, entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    """Write entries; tells which are new, since each order has one of a promotion for each reason and return."""
    return await tx.all(PointsEntry, ADD, entries=Jsonb(list(entries)), at=tx.now) if entries else []


async def of_customer(tx: Transaction, customer_id: UUID, *, before: UUID, limit: int) -> list[PointsEntry]:
    """A customer's entries, the newest first."""
    return await tx.all(PointsEntry, OF_CUSTOMER, customer_id=customer_id, before=before, limit=limit)


async def balance(tx: Transaction, customer_id: UUID) -> int:
    """The sum of a customer's entries."""
    return await tx.one(int, BALANCE, customer_id=customer_id)


async def of_order(tx: Transaction, customer_id: UUID, order_id: UUID) -> list[OrderPoints]:
    """What is left of what an order has earned its customer."""
    return await tx.all(OrderPoints, OF_ORDER, customer_id=customer_id, order_id=order_id)
