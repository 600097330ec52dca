"""What an order keeps without having held it before: goods that another place sends than was planned."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory.model import Held
from torg.inventory.rules import bucket
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id

ADD = """
INSERT INTO holds (bucket, order_id, id, line_id, variant_id, location, quantity, state, expires_at, held_at, moved_at)
SELECT n.bucket, %(order_id)s, n.id, n.line_id, n.variant_id, n.location, n.quantity, 'allocated', %(at)s, %(at)s,
       %(at)s
FROM unnest(%(keys)s::smallint[], %(ids)s::uuid[], %(lines)s::uuid[], %(variants)s::uuid[], %(locations)s::text[],
            %(quantities)s::int[])
    AS n (bucket, id, line_id, variant_id, location, quantity)
"""

RENAME = """
UPDATE holds SET order_id = %(order_id)s
WHERE bucket = ANY(%(buckets)s) AND order_id = %(under)s AND state = 'allocated'
"""


async def add(tx: Transaction, order_id: UUID, held: Sequence[Held]) -> None:
    """Write down which lines the allocated units are for; the levels have moved already."""
    if held:
        await tx.execute(
            ADD,
            order_id=order_id,
            at=tx.now,
            keys=[bucket(part.variant_id) for part in held],
            ids=[new_id() for _ in held],
            lines=[part.line_id for part in held],
            variants=[part.variant_id for part in held],
            locations=[part.location for part in held],
            quantities=[part.quantity for part in held],
        )


async def rename(tx: Transaction, buckets: Sequence[int], under: UUID, order_id: UUID) -> None:
    """What is allocated under one id belongs to an order from now on; the levels stay as they are."""
    await tx.execute(RENAME, buckets=list(buckets), under=under, order_id=order_id)
