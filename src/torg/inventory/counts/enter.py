"""A counter tells how many there are."""

from collections.abc import Sequence
from uuid import UUID

from torg.catalog import known_variants
from torg.inventory.counts import look, store
from torg.inventory.counts.model import Count, Figure
from torg.inventory.model import UnknownVariants
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission


async def enter(tx: Transaction, id: UUID, figures: Sequence[Figure], *, by: Actor) -> Count:
    """Write down what was counted; counting a variant again replaces its figure; what nobody expected gets a line."""
    found = await look.lock(tx, id, Permission.stock_count, by=by)
    last = {figure.variant_id: figure for figure in figures}
    unknown = set(last) - await known_variants(tx, sorted(last))
    if unknown:
        raise UnknownVariants(variants=", ".join(public("var", variant) for variant in sorted(unknown)[:20]))
    await store.enter(tx, found, [last[variant] for variant in sorted(last)], str(by))
    return await look.count(tx, id, by=by)
