"""A label for what a customer sends back: a shipment from her to one of our places, booked like all others."""

from collections.abc import Sequence
from uuid import UUID

from torg.fulfilment import store as fulfilments
from torg.fulfilment.carrier import Carriers
from torg.fulfilment.errors import UnknownFulfilment
from torg.fulfilment.model import Packed, Parcel, ParcelState, Shipment, ShipmentState
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.errands import carry_out
from torg.fulfilment.shipments.give_up import OPEN, tell_carrier
from torg.fulfilment.shipments.model import LabelFormat, Operation
from torg.fulfilment.shipments.patience import LEASE
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id, public


async def claim_label(
    tx: Transaction,
    order_id: UUID,
    return_id: UUID,
    contents: Sequence[Packed],
    *,
    location: str,
    carrier: str,
    service: str | None = None,
    weight_g: int | None = None,
    by: Actor,
) -> Shipment:
    """Claim a label for a return, inside the transaction that announces it; a return has one, whoever asks again.

    Who may is decided by the orders. The carrier is asked after the transaction: by `carry_out_label`, or the sweeper.
    """
    known = await store.of_return(tx, order_id, return_id)
    if known is not None:
        return known
    if not await fulfilments.of_order(tx, order_id):
        raise UnknownFulfilment(fulfilment=public("ord", order_id))
    shipment = Shipment(
        order_id=order_id,
        id=new_id(),
        fulfilment_id=None,
        return_id=return_id,
        carrier=carrier,
        plugged=True,
        service=service,
        state=ShipmentState.booking,
        location=location,
        actor=str(by),
        created_at=tx.now,
        updated_at=tx.now,
    )
    await store.insert(tx, shipment, [_parcel(shipment, contents, weight_g)])
    await store.claim(tx, order_id, shipment.id, shipment.id, Operation.book, tx.now + LEASE)
    return shipment


def _parcel(shipment: Shipment, contents: Sequence[Packed], weight_g: int | None) -> Parcel:
    return Parcel(
        order_id=shipment.order_id,
        id=new_id(),
        fulfilment_id=None,
        carrier=shipment.carrier,
        tracking=None,
        tracking_url=None,
        shipped_at=None,
        shipment_id=shipment.id,
        weight_g=weight_g,
        contents=tuple(contents),
        state=ParcelState.packed,
        state_at=shipment.created_at,
    )


async def carry_out_label(
    database: Database, carriers: Carriers, order_id: UUID, shipment_id: UUID
) -> Shipment:
    """Ask the carrier for a label that was claimed; while it is silent the shipment stays `booking`."""
    return await carry_out(database, carriers, order_id, shipment_id)


async def label_for(
    tx: Transaction, order_id: UUID, return_id: UUID, format: LabelFormat
) -> tuple[Shipment | None, bytes | None]:
    """The shipment by which a return comes back, and its label in a format; None for what there is not (yet)."""
    shipment = await store.of_return(tx, order_id, return_id)
    if shipment is None:
        return None, None
    parcels = await store.parcels(tx, order_id, shipment.id)
    return shipment, await store.label(tx, order_id, parcels[0].id, format)


async def shipment_back(tx: Transaction, order_id: UUID, return_id: UUID) -> Shipment | None:
    """The shipment by which a return comes back, or nothing."""
    return await store.of_return(tx, order_id, return_id)


async def give_up_label(tx: Transaction, order_id: UUID, return_id: UUID) -> None:
    """Nothing comes back with this label; its carrier is told after this transaction. Said again, nothing changes."""
    known = await store.of_return(tx, order_id, return_id)
    shipment = await store.find(tx, order_id, known.id, lock=True) if known else None
    if shipment is None or shipment.state not in OPEN:
        return
    if not await store.move(tx, shipment, ShipmentState.cancelled, ParcelState.cancelled):
        raise LookupError("a locked shipment was moved")
    if shipment.state is ShipmentState.booked:
        await tell_carrier(tx, order_id, shipment.id)
