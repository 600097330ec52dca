"""Bulk changes as staff see them."""

from uuid import UUID

from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.pricing.bulk.model import Bulk, UnknownBulk
from torg.pricing.reading import price_list
from torg.pricing.store import bulk as bulks


async def bulks_of(
    tx: Transaction, code: str, *, by: Actor, before: UUID | None = None, limit: int = 100
) -> list[Bulk]:
    """The bulk changes of a list, newest first."""
    await price_list(tx, code, by=by)
    return await bulks.of_list(tx, code, before, limit)


async def bulk_of(tx: Transaction, code: str, id: UUID, *, by: Actor) -> Bulk:
    """One bulk change of a list, with how far it is."""
    await price_list(tx, code, by=by)
    found = await bulks.find(tx, id)
    if found is None or found.price_list != code:
        raise UnknownBulk(bulk=ids.public("blk", id))
    return found
