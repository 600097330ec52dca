"""What somebody may see of shipments: those of the stores, and of the channels, of her rights."""

from uuid import UUID

from torg.fulfilment import store as fulfilments
from torg.fulfilment.carrier import Carrier, Carriers
from torg.fulfilment.errors import NoLabel, UnknownParcel, UnknownShipment
from torg.fulfilment.model import Shipment
from torg.fulfilment.see import sees
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.model import LabelFormat
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission


async def see(tx: Transaction, order_id: UUID, shipment_id: UUID, *, by: Actor) -> Shipment:
    """A shipment, for who may see its fulfilment; of what comes back, one of its order's."""
    by.must(Permission.fulfilment_read, anywhere=True)
    found = await store.find(tx, order_id, shipment_id)
    of_order = await fulfilments.of_order(tx, order_id) if found else []
    if found is None or not any(sees(by, one) for one in of_order if found.fulfilment_id in (None, one.id)):
        raise UnknownShipment(shipment=public("shp", shipment_id))
    return found


def carriers(plugged: Carriers, *, by: Actor) -> list[Carrier]:
    """The carriers that shipments can be booked with."""
    by.must(Permission.fulfilment_read, anywhere=True)
    return list(plugged)


def offering(plugged: Carriers, code: str, service: str | None, *, by: Actor) -> Carrier:
    """The carrier of this code, which must offer the service."""
    by.must(Permission.fulfilment_write, anywhere=True)
    return plugged.offering(code, service)


async def find(tx: Transaction, order_id: UUID, id: UUID, *, lock: bool = False) -> Shipment | None:
    """One shipment for other parts of fulfilment, or nothing."""
    return await store.find(tx, order_id, id, lock=lock)


async def label(
    tx: Transaction, order_id: UUID, shipment_id: UUID, parcel_id: UUID, format: LabelFormat, *, by: Actor
) -> bytes:
    """The label of a parcel in a format; who may see the shipment may print it."""
    await see(tx, order_id, shipment_id, by=by)
    if parcel_id not in {one.id for one in await store.parcels(tx, order_id, shipment_id)}:
        raise UnknownParcel(parcel=public("par", parcel_id))
    body = await store.label(tx, order_id, parcel_id, format)
    if body is None:
        raise NoLabel(format=format.value)
    return body
