"""A location gets a level of a variant that it never had."""

from collections.abc import Collection, Sequence
from uuid import UUID

from torg.catalog import known_variants
from torg.inventory import spread
from torg.inventory.model import Move, UnknownVariants
from torg.inventory.store import ledger
from torg.kernel.database import Transaction
from torg.kernel.ids import public


async def must_know(tx: Transaction, variants: Collection[UUID]) -> None:
    """Refuse variants that the catalogue does not know, by name."""
    unknown = set(variants) - await known_variants(tx, sorted(variants))
    if unknown:
        raise UnknownVariants(variants=", ".join(public("var", variant) for variant in sorted(unknown)[:20]))


async def open_levels(tx: Transaction, moves: Sequence[Move]) -> None:
    """Make empty levels of variants that the catalogue knows."""
    await must_know(tx, {move.variant_id for move in moves})
    await ledger.open_levels(tx, moves)


async def move(tx: Transaction, moves: Sequence[Move], entry: ledger.Entry) -> list[ledger.Moved]:
    """Change levels, made where they are missing; no change may ask for a guard, so every one of them is made."""
    done: list[ledger.Moved] = []
    for batch in await spread.batches(tx, moves):
        moved = await ledger.move(tx, batch, entry)
        if len(moved) < len(batch):
            there = {(level.variant_id, level.location) for level in moved}
            missing = [move for move in batch if (move.variant_id, move.location) not in there]
            await open_levels(tx, missing)
            moved += await ledger.move(tx, missing, entry)
        done += moved
    return done
