"""A count is opened."""

from collections.abc import Collection, Sequence
from uuid import UUID

from torg.catalog import known_variants
from torg.inventory import rights
from torg.inventory.counts import store
from torg.inventory.counts.model import Count, CountKind, CountState
from torg.inventory.model import UnknownVariants
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.permissions import Permission


async def open_count(
    tx: Transaction, location: str, variants: Sequence[UUID] | None, *, blind: bool, by: Actor
) -> Count:
    """Ask for these variants of a location to be counted, or for everything that it has."""
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    return await _open(tx, location, variants, blind, by)


async def ask_for(tx: Transaction, location: str, variants: Collection[UUID]) -> Count | None:
    """Have variants of which goods were missing counted, unless that is asked for already. Torg itself asks."""
    asked = await store.awaited(tx, location, variants)
    open_ones = sorted(set(variants) - set(asked))
    return await _open(tx, location, open_ones, True, SYSTEM) if open_ones else None


async def _open(
    tx: Transaction, location: str, variants: Sequence[UUID] | None, blind: bool, by: Actor
) -> Count:
    chosen = sorted(set(variants)) if variants is not None else None
    if chosen is not None:
        unknown = set(chosen) - await known_variants(tx, chosen)
        if unknown:
            raise UnknownVariants(
                variants=", ".join(public("var", variant) for variant in sorted(unknown)[:20])
            )
    opened = Count(
        id=new_id(),
        location=location,
        kind=CountKind.full if chosen is None else CountKind.cycle,
        blind=blind,
        state=CountState.open,
        opened_by=str(by),
        opened_at=tx.now,
        closed_by=None,
        closed_at=None,
        version=1,
    )
    await store.insert(tx, opened, chosen)
    return await store.load(tx, opened.id) or opened
