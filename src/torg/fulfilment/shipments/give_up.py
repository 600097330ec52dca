"""Take back a shipment that has not left: its goods can be packed anew, and its carrier is told."""

from uuid import UUID

from torg.fulfilment.errors import WrongShipmentStep
from torg.fulfilment.model import ParcelState, Shipment, ShipmentState
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.leave import of_work
from torg.fulfilment.shipments.model import Operation
from torg.fulfilment.shipments.patience import LEASE
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id

OPEN = frozenset({ShipmentState.booking, ShipmentState.booked})


async def give_up(tx: Transaction, order_id: UUID, shipment_id: UUID, *, by: Actor) -> Shipment:
    """Nothing of it leaves. Its carrier is told after this transaction, or once it has answered that it was booked."""
    shipment, _ = await of_work(tx, order_id, shipment_id, by=by)
    if shipment.state is ShipmentState.cancelled:
        return shipment
    if shipment.state not in OPEN:
        raise WrongShipmentStep(state=shipment.state.value, step="cancel")
    if not await store.move(tx, shipment, ShipmentState.cancelled, ParcelState.cancelled):
        raise StaleVersion(given=shipment.version, present=shipment.version + 1)
    if shipment.plugged and shipment.state is ShipmentState.booked:
        await tell_carrier(tx, order_id, shipment_id)
    found = await store.find(tx, order_id, shipment_id)
    if found is None:
        raise LookupError("a shipment has gone")
    return found


async def give_up_all(tx: Transaction, order_id: UUID) -> None:
    """Nothing of the order that waits for a carrier leaves. The right to do this is the order's."""
    for shipment_id in await store.cancel_all(tx, order_id):
        await tell_carrier(tx, order_id, shipment_id)


async def tell_carrier(tx: Transaction, order_id: UUID, shipment_id: UUID) -> None:
    """Claim that its carrier is told that it need not come; once, whoever claims it."""
    await store.claim(tx, order_id, new_id(), shipment_id, Operation.cancel, tx.now + LEASE)
