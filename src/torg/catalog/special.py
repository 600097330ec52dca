"""Variants that are more than their own goods: bundles, and what has not come out yet."""

from datetime import date
from typing import Final
from uuid import UUID

from torg.catalog.model import Component, Special
from torg.catalog.store import products
from torg.kernel.database import Database, Transaction

SPECIALS: Final = "catalog.specials"


class Specials(dict[UUID, Special]):
    """They by id; `hexes` has their ids as lists of products name them."""

    def __init__(self, found: list[Special]) -> None:
        super().__init__({one.variant_id: one for one in found})
        self.hexes = frozenset(id.hex for id in self)

    def components(self, variant_id: UUID) -> tuple[Component, ...]:
        """What the variant is a bundle of; nothing when it is none."""
        special = self.get(variant_id)
        return special.components if special else ()

    def release(self, variant_id: UUID, today: date) -> date | None:
        """The day on which the variant comes out, if that is still to come."""
        special = self.get(variant_id)
        out = special.release_on if special else None
        return out if out is not None and out > today else None


async def specials(database: Database) -> Specials:
    """Every variant that is a bundle or has a day of release, as of at most a second ago."""
    return await database.cached(SPECIALS, _load, tables=(products.SPECIAL_VARIANTS,))


async def _load(tx: Transaction) -> Specials:
    return Specials(await products.specials(tx))
