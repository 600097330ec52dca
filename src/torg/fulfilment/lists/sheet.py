"""The facts of a pick list and a packing list: who gets what from where, in which parcels, and what customs wants."""

from uuid import UUID

from msgspec import Struct

from torg import catalog
from torg.catalog import Customs
from torg.fulfilment import store
from torg.fulfilment.errors import UnknownFulfilment
from torg.fulfilment.letters import where
from torg.fulfilment.model import Fulfilment
from torg.fulfilment.see import sees
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import SiteAddress
from torg.permissions import Permission


class Sheet(Struct, frozen=True):
    """A fulfilment with its place, and weight, HS code and origin of its goods by variant."""

    fulfilment: Fulfilment
    place: str
    address: SiteAddress
    customs: dict[UUID, Customs]


async def sheet(tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, by: Actor) -> Sheet:
    """The facts of one fulfilment's papers, for who may see it."""
    by.must(Permission.fulfilment_read, anywhere=True)
    found = await store.find(tx, order_id, fulfilment_id)
    if found is None or not sees(by, found):
        raise UnknownFulfilment(fulfilment=public("ful", fulfilment_id))
    return await sheet_of(tx, found)


async def sheet_of(tx: Transaction, found: Fulfilment) -> Sheet:
    """The same for who has been let in to the order."""
    place, address = await where(tx, found)
    customs = await catalog.customs(tx, {line.variant_id for line in found.lines})
    return Sheet(found, place, address, customs)
