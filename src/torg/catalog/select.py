"""Selecting variants by category, by what is said of them, or by name."""

from collections.abc import Collection, Mapping
from uuid import UUID

from torg.catalog.store import selection
from torg.catalog.store.selection import Selected
from torg.kernel.database import Transaction


async def select(
    tx: Transaction,
    *,
    ids: Collection[UUID] = (),
    categories: Collection[str] = (),
    attributes: Mapping[str, object] | None = None,
) -> list[Selected]:
    """Active variants, by id: those named, those below one of the categories, those of which all of this is said; what
    is empty does not narrow.
    """
    return await selection.selected(
        tx, list(ids) or None, list(categories) or None, dict(attributes) if attributes else None
    )
