"""Holds whose goods are not there yet: SQL in, model out."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction

# `spare` is what is on hand less all that was promised from stock; the late promises are served from it in their order,
# those of placed orders (`upto`) before those of checkouts.
WAITING = """
WITH mine AS (
    SELECT DISTINCT bucket, variant_id, location FROM holds
    WHERE order_id = ANY(%(order_ids)s) AND state = 'allocated' AND late > 0
), late AS (
    SELECT h.*, least(h.late, h.quantity - h.shipped - h.given_back) AS units
    FROM holds h JOIN mine m ON m.bucket = h.bucket AND m.variant_id = h.variant_id AND m.location = h.location
    WHERE h.state IN ('held', 'allocated') AND h.late > 0
), queue AS (
    SELECT l.*, sum(l.units) OVER (PARTITION BY l.bucket, l.variant_id, l.location ORDER BY l.state, l.held_at, l.id)
               AS upto,
           v.on_hand - v.reserved - v.allocated
               + sum(l.units) OVER (PARTITION BY l.bucket, l.variant_id, l.location) AS spare
    FROM late l JOIN levels v ON v.bucket = l.bucket AND v.variant_id = l.variant_id AND v.location = l.location
)
SELECT order_id, id AS hold_id, line_id, variant_id, location, expected,
       CASE WHEN preorder AND expected > %(today)s THEN units ELSE least(units, upto - spare)::int END AS units
FROM queue
WHERE order_id = ANY(%(order_ids)s) AND state = 'allocated' AND units > 0
  AND (upto > spare OR (preorder AND expected > %(today)s))
ORDER BY order_id, line_id, variant_id, location
"""


class Waiting(Struct, frozen=True):
    """So many units of an order's hold are not there (or not out) yet, and when they were expected."""

    order_id: UUID
    hold_id: UUID
    line_id: UUID
    variant_id: UUID
    location: str
    expected: date | None
    units: int


async def waiting(tx: Transaction, order_ids: Collection[UUID], today: date) -> list[Waiting]:
    """The holds of these orders that cannot leave yet."""
    return await tx.all(Waiting, WAITING, order_ids=list(order_ids), today=today)
