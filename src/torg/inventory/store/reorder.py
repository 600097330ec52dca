"""When a level is to be filled up again: SQL in, model out."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from torg.inventory.rules import bucket
from torg.kernel.database import Transaction

FIRST = UUID(int=0)

SET = """
UPDATE levels SET reorder_point = %(point)s, reorder_to = %(to)s
WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s
"""

ONE = """
SELECT variant_id, location, available, incoming, reorder_point, reorder_to FROM levels
WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s
"""

DUE = """
SELECT variant_id, location, available, incoming, reorder_point, reorder_to FROM levels
WHERE location = ANY(%(locations)s) AND reorder_to > 0 AND available + incoming <= reorder_point
  AND (location, variant_id) > (%(location)s, %(variant_id)s)
ORDER BY location, variant_id LIMIT %(most)s
"""


class Reorder(Struct, frozen=True):
    """From when, and up to what, a level is to be filled."""

    variant_id: UUID
    location: str
    available: int
    incoming: int
    reorder_point: int
    reorder_to: int

    @property
    def suggested(self) -> int:
        """How many to order now; what is on its way counts as there."""
        return max(0, self.reorder_to - self.available - self.incoming)


async def put(tx: Transaction, variant_id: UUID, location: str, *, point: int, to: int) -> None:
    """Set from when, and up to what, a level is to be filled; the row is locked already."""
    await tx.execute(
        SET, bucket=bucket(variant_id), variant_id=variant_id, location=location, point=point, to=to
    )


async def get(tx: Transaction, variant_id: UUID, location: str) -> Reorder:
    """When this level is to be filled."""
    return await tx.one(Reorder, ONE, bucket=bucket(variant_id), variant_id=variant_id, location=location)


async def due(
    tx: Transaction, locations: Sequence[str], *, after: tuple[str, UUID] | None, most: int
) -> list[Reorder]:
    """Levels that have fallen to their reorder point, by location and variant."""
    location, variant_id = after or ("", FIRST)
    return await tx.all(
        Reorder, DUE, locations=list(locations), location=location, variant_id=variant_id, most=most
    )
