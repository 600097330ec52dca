"""Goods that are taken off their shelf for an order: no balance moves, but the ledger knows who had them in hand."""

from collections.abc import Sequence
from typing import Any

from torg.inventory.model import Units
from torg.inventory.rules import bucket
from torg.kernel.database import Transaction

PICK = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%(keys)s::smallint[], %(variants)s::uuid[], %(locations)s::text[], %(units)s::int[])
        AS w (bucket, variant_id, location, units)
), locked AS MATERIALIZED (
    SELECT l.bucket, l.variant_id, l.location
    FROM levels l
    JOIN wanted w ON w.bucket = l.bucket AND w.variant_id = l.variant_id AND w.location = l.location
    WHERE l.bucket = ANY(%(buckets)s)
    ORDER BY l.bucket, l.variant_id, l.location FOR NO KEY UPDATE OF l
), moved AS (
    UPDATE levels l SET sequence = l.sequence + 1
    FROM wanted w
    JOIN locked k ON k.bucket = w.bucket AND k.variant_id = w.variant_id AND k.location = w.location
    WHERE l.bucket = ANY(%(buckets)s)
      AND l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = w.location
    RETURNING l.bucket, l.variant_id, l.location, l.sequence, w.units
)
INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged, incoming,
                       picked, document, actor, at)
SELECT bucket, variant_id, location, sequence, 'picked', 0, 0, 0, 0, 0, units, %(document)s, %(actor)s, %(at)s
FROM moved
"""


async def add(tx: Transaction, picked: Sequence[Units], *, document: str, actor: str) -> None:
    """Write down what was taken off its shelf; one entry a level."""
    keys = [bucket(one.variant_id) for one in picked]
    facts: dict[str, Any] = {"document": document, "actor": actor, "at": tx.now}
    await tx.execute(
        PICK,
        keys=keys,
        buckets=sorted(set(keys)),
        variants=[one.variant_id for one in picked],
        locations=[one.location for one in picked],
        units=[one.quantity for one in picked],
        **facts,
    )
