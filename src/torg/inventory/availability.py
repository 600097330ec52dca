"""What can be promised now."""

from collections.abc import Sequence
from uuid import UUID

from torg.inventory.store import reads
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex


async def availability(
    tx: Transaction, variant_ids: Sequence[UUID], locations: Sequence[str]
) -> dict[UUID, dict[str, int]]:
    """How many of each variant each location can still promise, in one statement; never below zero.

    Every variant is in the answer; a location that never had it is not in its row. Public: shops show this to anybody.
    """
    if not variant_ids or not locations:
        return {variant: {} for variant in variant_ids}
    known = await reads.availability(tx, variant_ids, locations)
    return {variant: known.get(variant, {}) for variant in variant_ids}


async def sellable(tx: Transaction, variants: Sequence[Hex], locations: Sequence[str]) -> list[int]:
    """How many of each variant the locations together can still promise, in the order asked; in one statement."""
    if not variants or not locations:
        return [0] * len(variants)
    return await reads.sellable(tx, variants, locations)
