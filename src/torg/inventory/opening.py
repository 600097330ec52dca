"""A location gets a level of a variant that it never had."""

from collections.abc import Collection, Sequence
from uuid import UUID

from torg.catalog import known_variants, specials
from torg.inventory import spread
from torg.inventory.model import Move, UnknownVariants
from torg.inventory.store import ledger
from torg.kernel.database import Transaction
from torg.kernel.errors import Refused
from torg.kernel.ids import public


class BundleHasNoStock(Refused):
    """A bundle is taken from the shelves as its components."""

    code = "bundle-has-no-stock"
    message = "A bundle has no stock of its own, its components have: {variants}."


async def must_know(tx: Transaction, variants: Collection[UUID]) -> None:
    """Refuse variants that the catalogue does not know, and bundles, by name."""
    unknown = set(variants) - await known_variants(tx, sorted(variants))
    if unknown:
        raise UnknownVariants(variants=_named(unknown))
    special = await specials(tx.database)
    if bundles := {variant for variant in variants if special.components(variant)}:
        raise BundleHasNoStock(variants=_named(bundles))


def _named(variants: Collection[UUID]) -> str:
    return ", ".join(public("var", variant) for variant in sorted(variants)[:20])


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
