"""A location gets a level of a variant that it never had."""

from collections.abc import Sequence

from torg.catalog import known_variants
from torg.inventory.model import Move, UnknownVariants
from torg.inventory.store import ledger
from torg.kernel.database import Transaction
from torg.kernel.ids import public


async def open_levels(tx: Transaction, moves: Sequence[Move]) -> None:
    """Make empty levels; variants that the catalogue does not know are refused by name."""
    variants = {move.variant_id for move in moves}
    unknown = variants - await known_variants(tx, sorted(variants))
    if unknown:
        raise UnknownVariants(variants=", ".join(public("var", variant) for variant in sorted(unknown)[:20]))
    await ledger.open_levels(tx, moves)
