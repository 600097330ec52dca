"""The SQL of soft holds.

Rows are locked in one order by everybody: holders, then soft holds, then levels. The ledger has an entry for each hold,
so it names every cart; all that a statement moves on one level is one write of its balance.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from torg.inventory.model import Cause, Level
from torg.inventory.soft.model import SoftHold, SoftState, Used, Wish
from torg.inventory.store.each import EACH
from torg.kernel.database import Transaction

# Who asks for the same holder at the same time, in whatever process, is served one after the other.
LOCK_HOLDERS = """
SELECT count(pg_advisory_xact_lock(k)) FROM (
    SELECT DISTINCT hashtextextended(h, 0) AS k FROM unnest(%(holders)s::text[]) AS u (h) ORDER BY k) AS s
"""

USED = """
SELECT holder, variant_id, sum(quantity)::int AS quantity FROM soft_holds
WHERE holder = ANY(%(holders)s) AND state = 'held' AND order_id <> ALL(%(but)s::uuid[])
GROUP BY holder, variant_id
"""

LOCK = """
SELECT bucket, order_id, id, line_id, variant_id, location, quantity, expires_at FROM soft_holds
WHERE bucket = ANY(%(buckets)s) AND order_id = ANY(%(order_ids)s) AND state = 'held'
ORDER BY bucket, order_id, id FOR NO KEY UPDATE
"""

OF_ORDER = """
SELECT bucket, order_id, id, line_id, variant_id, location, quantity, expires_at FROM soft_holds
WHERE order_id = %(order_id)s AND state = 'held' ORDER BY bucket, id
"""

_TOLD = """
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM moved ORDER BY bucket, variant_id, location
"""

KEEP = "".join(
    (
        """
WITH changed AS MATERIALIZED (
    SELECT bucket, order_id, id, line_id, variant_id, location, units, holder, expires_at, actor,
           'crt_' || replace(order_id::text, '-', '') AS document
    FROM unnest(%(keys)s::smallint[], %(order_ids)s::uuid[], %(ids)s::uuid[], %(lines)s::uuid[], %(variants)s::uuid[],
                %(locations)s::text[], %(units)s::int[], %(holders)s::text[], %(until)s::timestamptz[],
                %(actors)s::text[])
        AS n (bucket, order_id, id, line_id, variant_id, location, units, holder, expires_at, actor)
)""",
        EACH,
        """, kept AS (
    INSERT INTO soft_holds (bucket, order_id, id, line_id, variant_id, location, quantity, holder, state, expires_at,
                            held_at, moved_at)
    SELECT bucket, order_id, id, line_id, variant_id, location, units, holder, 'held', expires_at, %(at)s, %(at)s
    FROM changed
)""",
        _TOLD,
    )
)

# Takes units out of soft holds whose rows are locked; what is left of one stays, and is as it was.
END = "".join(
    (
        """
WITH gone AS (
    UPDATE soft_holds h
    SET quantity = CASE WHEN c.units < h.quantity THEN h.quantity - c.units ELSE h.quantity END,
        state = CASE WHEN c.units < h.quantity THEN h.state ELSE %(state)s END,
        holder = CASE WHEN c.units < h.quantity THEN h.holder END,
        moved_at = %(at)s
    FROM unnest(%(keys)s::smallint[], %(ids)s::uuid[], %(units)s::int[]) AS c (bucket, id, units)
    WHERE h.bucket = ANY(%(buckets)s) AND h.bucket = c.bucket AND h.order_id = %(order_id)s AND h.id = c.id
      AND h.state = 'held'
    RETURNING h.bucket, h.id, h.order_id, h.variant_id, h.location, c.units AS ended
), changed AS MATERIALIZED (
    SELECT bucket, id, variant_id, location, -ended AS units, 'crt_' || replace(order_id::text, '-', '') AS document,
           %(actor)s AS actor
    FROM gone
)""",
        EACH,
        _TOLD,
    )
)

RENEW = """
UPDATE soft_holds h SET expires_at = n.expires_at
FROM unnest(%(keys)s::smallint[], %(order_ids)s::uuid[], %(ids)s::uuid[], %(until)s::timestamptz[])
    AS n (bucket, order_id, id, expires_at)
WHERE h.bucket = ANY(%(buckets)s) AND h.bucket = n.bucket AND h.order_id = n.order_id AND h.id = n.id
  AND h.state = 'held'
"""

HAND_OVER = """
UPDATE soft_holds SET holder = %(holder)s
WHERE bucket = ANY(%(buckets)s) AND order_id = %(order_id)s AND state = 'held'
"""


def lock_holders(tx: Transaction, holders: Sequence[str]) -> None:
    """Let nobody else keep anything for these until the transaction ends; goes along with what is asked next."""
    tx.send(LOCK_HOLDERS, holders=list(holders))


async def used(tx: Transaction, holders: Sequence[str], but: Sequence[UUID] = ()) -> list[Used]:
    """What is kept for them, in all carts but these."""
    return await tx.all(Used, USED, holders=sorted(set(holders)), but=list(but))


async def lock(tx: Transaction, buckets: Sequence[int], order_ids: Sequence[UUID]) -> list[SoftHold]:
    """What is kept for these carts, locked until the transaction ends."""
    return await tx.all(SoftHold, LOCK, buckets=list(buckets), order_ids=sorted(set(order_ids)))


async def of_order(tx: Transaction, order_id: UUID) -> list[SoftHold]:
    """What is kept for a cart, as it is now."""
    return await tx.all(SoftHold, OF_ORDER, order_id=order_id)


async def keep(tx: Transaction, buckets: Sequence[int], made: Sequence[tuple[SoftHold, Wish]]) -> list[Level]:
    """Reserve what was decided on locked levels, and write down for whom."""
    holds = [hold for hold, _ in made]
    return await tx.all(
        Level,
        KEEP,
        **_columns(holds),
        buckets=list(buckets),
        lines=[hold.line_id for hold in holds],
        variants=[hold.variant_id for hold in holds],
        locations=[hold.location for hold in holds],
        units=[hold.quantity for hold in holds],
        holders=[wish.holder for _, wish in made],
        until=[hold.expires_at for hold in holds],
        cause=Cause.reserved.value,
        reason=None,
        actors=[wish.actor for _, wish in made],
        at=tx.now,
    )


async def end(
    tx: Transaction,
    buckets: Sequence[int],
    order_id: UUID,
    units: Mapping[SoftHold, int],
    state: SoftState,
    reason: str,
) -> list[Level]:
    """Take so many units out of a cart's soft holds; one that has none left has ended so."""
    return await tx.all(
        Level,
        END,
        buckets=list(buckets),
        order_id=order_id,
        keys=[hold.bucket for hold in units],
        ids=[hold.id for hold in units],
        units=list(units.values()),
        state=state.value,
        cause=Cause.released.value,
        reason=reason,
        actor=tx.actor,
        at=tx.now,
    )


async def renew(
    tx: Transaction, buckets: Sequence[int], holds: Sequence[SoftHold], until: Sequence[datetime]
) -> None:
    """Let soft holds last until then."""
    await tx.execute(RENEW, **_columns(holds), buckets=list(buckets), until=list(until))


async def hand_over(tx: Transaction, buckets: Sequence[int], order_id: UUID, holder: str) -> None:
    """Count what is kept for a cart as somebody else's."""
    await tx.execute(HAND_OVER, buckets=list(buckets), order_id=order_id, holder=holder)


def _columns(holds: Sequence[SoftHold]) -> dict[str, Any]:
    return {
        "keys": [hold.bucket for hold in holds],
        "order_ids": [hold.order_id for hold in holds],
        "ids": [hold.id for hold in holds],
    }
