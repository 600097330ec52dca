"""Goods leave with a carrier: they go out of the stock in the transaction that says so, each unit once.

Everybody locks the fulfilment first, so that two at once, or one who cancels meanwhile, come one after the other.
"""

from collections.abc import Sequence
from uuid import UUID

from torg import inventory
from torg.fulfilment import rules
from torg.fulfilment import store as fulfilments
from torg.fulfilment.errors import UnknownShipment, WrongShipmentStep
from torg.fulfilment.events import FulfilmentShipped
from torg.fulfilment.model import Fulfilment, Packed, ParcelState, Shipment, ShipmentState
from torg.fulfilment.see import for_work
from torg.fulfilment.shipments import store
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public
from torg.permissions import Permission


async def send_off(tx: Transaction, order_id: UUID, shipment_id: UUID, *, by: Actor) -> Fulfilment:
    """The carrier has taken a booked shipment along; said again, nothing changes."""
    shipment, fulfilment = await of_work(tx, order_id, shipment_id, by=by)
    if shipment.state is ShipmentState.shipped:
        return fulfilment
    if shipment.state is not ShipmentState.booked:
        raise WrongShipmentStep(state=shipment.state.value, step="ship")
    contents = contents_of(fulfilment, shipment_id)
    if not await store.move(tx, shipment, ShipmentState.shipped, ParcelState.handed_over):
        raise StaleVersion(given=shipment.version, present=shipment.version + 1)
    return await leave(tx, fulfilment, shipment_id, contents, by=by)


async def of_work(
    tx: Transaction, order_id: UUID, shipment_id: UUID, *, by: Actor
) -> tuple[Shipment, Fulfilment]:
    """A shipment and its fulfilment, both locked, for who may move them."""
    by.must(Permission.fulfilment_write, anywhere=True)
    found = await store.find(tx, order_id, shipment_id)
    if found is None or found.fulfilment_id is None:
        raise UnknownShipment(shipment=public("shp", shipment_id))
    fulfilment = await for_work(tx, order_id, found.fulfilment_id, by=by)
    shipment = await store.find(tx, order_id, shipment_id, lock=True)
    if shipment is None:
        raise LookupError("a shipment has gone")
    return shipment, fulfilment


def contents_of(fulfilment: Fulfilment, shipment_id: UUID) -> list[Packed]:
    """What lies in the parcels of one of its shipments."""
    parcels = [parcel for parcel in fulfilment.parcels if parcel.shipment_id == shipment_id]
    return [one for parcel in parcels for one in parcel.contents]


async def leave(
    tx: Transaction, fulfilment: Fulfilment, shipment_id: UUID, contents: Sequence[Packed], *, by: Actor
) -> Fulfilment:
    """These units of a locked fulfilment leave the stock, and it is told."""
    to = rules.after_leaving(fulfilment, contents)
    if not await fulfilments.move(tx, fulfilment, to):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    await take_out(tx, fulfilment, contents)
    tx.record(FulfilmentShipped.of_shipment(fulfilment, shipment_id, contents))
    return await for_work(tx, fulfilment.order_id, fulfilment.id, by=by)


async def take_out(tx: Transaction, fulfilment: Fulfilment, contents: Sequence[Packed]) -> None:
    """These units leave the stock of the fulfilment's location."""
    await store.leave(tx, fulfilment, contents)
    units = [(one.variant_id, fulfilment.location, one.quantity) for one in contents]
    await inventory.ship(tx, fulfilment.order_id, units, document=public("ful", fulfilment.id))
