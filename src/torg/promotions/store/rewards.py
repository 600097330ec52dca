"""The points that orders have earned, by customer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

ADD = """
INSERT INTO points_entries (customer_id, id, order_id, promotion, reason, points, at)
SELECT customer_id, id, order_id, promotion, reason, points, %(at)s
FROM jsonb_to_recordset(%(entries)s) AS e (
    customer_id uuid, id uuid, order_id uuid, promotion text, reason text, points bigint)
ON CONFLICT (customer_id, order_id, promotion, reason) DO NOTHING
RETURNING customer_id, id, order_id, promotion, reason, points, at
"""
OF_CUSTOMER = """
SELECT customer_id, id, order_id, promotion, reason, points, at FROM points_entries
WHERE customer_id = %(customer_id)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s
"""
BALANCE = "SELECT coalesce(sum(points), 0)::bigint FROM points_entries WHERE customer_id = %(customer_id)s"
GRANTED = """
SELECT customer_id, id, order_id, promotion, reason, points, at FROM points_entries
WHERE customer_id = %(customer_id)s AND order_id = %(order_id)s AND reason = 'order-placed'
"""


class PointsEntry(Struct, frozen=True):
    """Points that an order of a customer earned by a promotion, or that were taken back when it came to nothing."""

    customer_id: UUID
    id: UUID
    order_id: UUID
    promotion: str
    reason: str
    points: int
    at: datetime


async def add(tx: Transaction, entries: Sequence[PointsEntry]) -> list[PointsEntry]:
    """Write entries; tells which are new, since each order has one of a promotion for each reason."""
    return await tx.all(PointsEntry, ADD, entries=Jsonb(list(entries)), at=tx.now) if entries else []


async def of_customer(tx: Transaction, customer_id: UUID, *, before: UUID, limit: int) -> list[PointsEntry]:
    """A customer's entries, the newest first."""
    return await tx.all(PointsEntry, OF_CUSTOMER, customer_id=customer_id, before=before, limit=limit)


async def balance(tx: Transaction, customer_id: UUID) -> int:
    """The sum of a customer's entries."""
    return await tx.one(int, BALANCE, customer_id=customer_id)


async def granted(tx: Transaction, customer_id: UUID, order_id: UUID) -> list[PointsEntry]:
    """What an order has earned its customer."""
    return await tx.all(PointsEntry, GRANTED, customer_id=customer_id, order_id=order_id)
