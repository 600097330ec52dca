"""The SQL of the sweep: what holds kept beyond their time goes back on the shelves, some at a time.

Rows that somebody is at are passed over: they are allocated, pinned or released just now, or swept the next time. So
the sweep waits for nobody's hold, and for levels it waits in the order in which everybody locks them.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg.inventory.model import Cause, Level
from torg.inventory.store.each import EACH
from torg.kernel.database import Transaction

BUCKETS: Final = """
SELECT b.bucket FROM generate_series(0, 63) AS b (bucket)
WHERE EXISTS (SELECT FROM holds h WHERE h.bucket = b.bucket AND h.state = 'held' AND h.expires_at <= %(at)s)
   OR EXISTS (SELECT FROM soft_holds h WHERE h.bucket = b.bucket AND h.state = 'held' AND h.expires_at <= %(at)s)
ORDER BY b.bucket
"""

_TOLD = """
SELECT m.variant_id, m.location, m.on_hand, m.reserved, m.allocated, m.damaged, m.incoming, m.buffer, m.backorder,
       m.available, m.sequence, m.kept, m.expected, m.planned,
       (SELECT jsonb_agg(jsonb_build_object('order_id', g.order_id, 'line_id', g.line_id) ORDER BY g.id)
        FROM gone g WHERE g.variant_id = m.variant_id AND g.location = m.location) AS ended
FROM moved m ORDER BY m.bucket, m.variant_id, m.location
"""

EXPIRE = "".join(
    (
        """
WITH due AS MATERIALIZED (
    SELECT bucket, order_id, id FROM holds
    WHERE bucket = ANY(%(buckets)s) AND state = 'held' AND expires_at <= %(at)s
    LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), gone AS (
    UPDATE holds h SET state = 'expired', moved_at = %(at)s
    FROM due d
    WHERE h.bucket = ANY(%(buckets)s) AND h.bucket = d.bucket AND h.order_id = d.order_id AND h.id = d.id
    RETURNING h.bucket, h.id, h.order_id, h.line_id, h.variant_id, h.location, h.quantity
), changed AS MATERIALIZED (
    SELECT bucket, id, variant_id, location, -quantity AS units, 'ord_' || replace(order_id::text, '-', '') AS document,
           %(actor)s AS actor
    FROM gone
)""",
        EACH,
        _TOLD,
    )
)

EXPIRE_SOFT = "".join(
    (
        """
WITH due AS MATERIALIZED (
    SELECT bucket, order_id, id FROM soft_holds
    WHERE bucket = ANY(%(buckets)s) AND state = 'held' AND expires_at <= %(at)s
    LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), gone AS (
    UPDATE soft_holds h SET state = 'expired', holder = NULL, moved_at = %(at)s
    FROM due d
    WHERE h.bucket = ANY(%(buckets)s) AND h.bucket = d.bucket AND h.order_id = d.order_id AND h.id = d.id
    RETURNING h.bucket, h.id, h.order_id, h.line_id, h.variant_id, h.location, h.quantity
), changed AS MATERIALIZED (
    SELECT bucket, id, variant_id, location, -quantity AS units, 'crt_' || replace(order_id::text, '-', '') AS document,
           %(actor)s AS actor
    FROM gone
)""",
        EACH,
        _TOLD,
    )
)


class Ended(Struct, frozen=True):
    """A line whose units are no longer kept."""

    order_id: UUID
    line_id: UUID


class Swept(Level, frozen=True):
    """A level as the sweep left it, and the lines for which it keeps nothing any more, one for each hold."""

    ended: tuple[Ended, ...] = ()


async def buckets(tx: Transaction, at: datetime) -> list[int]:
    """In which buckets something is due."""
    return await tx.all(int, BUCKETS, at=at)


async def expire(tx: Transaction, bucket: int, at: datetime, most: int) -> list[Swept]:
    """End checkouts' holds of a bucket that are due by then, at most so many."""
    return await tx.all(Swept, EXPIRE, **_due(tx, bucket, at, most))


async def expire_soft(tx: Transaction, bucket: int, at: datetime, most: int) -> list[Swept]:
    """The same for what is kept for carts."""
    return await tx.all(Swept, EXPIRE_SOFT, **_due(tx, bucket, at, most))


def _due(tx: Transaction, bucket: int, at: datetime, most: int) -> dict[str, Any]:
    entry = {"cause": Cause.expired.value, "reason": None, "actor": tx.actor}
    return {"buckets": [bucket], "at": at, "most": most, **entry}
