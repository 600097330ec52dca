"""Pack goods in parcels, and have a carrier told of them: the shipment, its parcels and the errand are written in one
transaction; the carrier is asked after it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.fulfilment import rules
from torg.fulfilment import store as fulfilments
from torg.fulfilment.model import Box, Fulfilment, Parcel, ParcelState, Shipment, ShipmentState
from torg.fulfilment.see import for_work
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.model import Operation
from torg.fulfilment.shipments.patience import LEASE
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id


async def pack(
    tx: Transaction,
    order_id: UUID,
    fulfilment_id: UUID,
    boxes: Sequence[Box],
    *,
    carrier: str,
    service: str | None = None,
    id: UUID | None = None,
    by: Actor,
) -> Shipment:
    """Pack these boxes and claim to have them booked; with an `id` that was used before, what was begun under it.

    Their goods cannot be packed elsewhere, nor rejected, until they leave, or the shipment is refused or cancelled.
    """
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    if id is not None and (known := await store.find(tx, order_id, id)) is not None:
        return known
    packed = rules.packed(fulfilment, boxes)
    shipment = shipment_of(
        fulfilment,
        id or new_id(),
        carrier,
        plugged=True,
        service=service,
        state=ShipmentState.booking,
        at=tx.now,
        by=by,
    )
    if not await fulfilments.move(tx, fulfilment, rules.at_work(fulfilment), picker=str(by)):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    await store.insert(tx, shipment, parcels_of(fulfilment, shipment, packed, ParcelState.packed))
    await store.claim(tx, order_id, shipment.id, shipment.id, Operation.book, tx.now + LEASE)
    return shipment


def shipment_of(
    fulfilment: Fulfilment,
    id: UUID,
    carrier: str,
    *,
    plugged: bool,
    state: ShipmentState,
    at: datetime,
    by: Actor,
    service: str | None = None,
) -> Shipment:
    """A new shipment of the fulfilment; one that staff say has left, has been booked and has left now."""
    gone = at if state is ShipmentState.shipped else None
    return Shipment(
        order_id=fulfilment.order_id,
        id=id,
        fulfilment_id=fulfilment.id,
        carrier=carrier,
        plugged=plugged,
        service=service,
        state=state,
        location=fulfilment.location,
        actor=str(by),
        created_at=at,
        updated_at=at,
        booked_at=gone,
        shipped_at=gone,
    )


def parcels_of(
    fulfilment: Fulfilment, shipment: Shipment, boxes: Sequence[Box], state: ParcelState
) -> list[Parcel]:
    """The boxes as parcels of the shipment."""
    return [
        Parcel(
            order_id=fulfilment.order_id,
            id=new_id(),
            fulfilment_id=fulfilment.id,
            carrier=shipment.carrier,
            tracking=box.tracking,
            tracking_url=box.tracking_url,
            shipped_at=shipment.shipped_at,
            shipment_id=shipment.id,
            position=position,
            weight_g=box.weight_g,
            length_mm=box.length_mm,
            width_mm=box.width_mm,
            height_mm=box.height_mm,
            contents=box.contents,
            state=state,
            state_at=shipment.created_at,
        )
        for position, box in enumerate(boxes, start=1)
    ]
