"""Give parcels to a carrier whose numbers staff type in: packed, booked and gone at once."""

from collections.abc import Sequence
from uuid import UUID

from torg.fulfilment import rules
from torg.fulfilment.model import Box, Fulfilment, ParcelState, ShipmentState
from torg.fulfilment.see import for_work
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.leave import leave
from torg.fulfilment.shipments.pack import parcels_of, shipment_of
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id


async def ship(
    tx: Transaction,
    order_id: UUID,
    fulfilment_id: UUID,
    *,
    carrier: str,
    tracking: str | None = None,
    tracking_url: str | None = None,
    boxes: Sequence[Box] = (),
    by: Actor,
) -> Fulfilment:
    """What is in the boxes has left with a carrier; without boxes, all that is left of the fulfilment, in one parcel.

    The goods leave the stock, the customer is told.
    """
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    packed = rules.packed(fulfilment, boxes or [Box(tracking=tracking, tracking_url=tracking_url)])
    shipment = shipment_of(
        fulfilment, new_id(), carrier, plugged=False, state=ShipmentState.shipped, at=tx.now, by=by
    )
    parcels = parcels_of(fulfilment, shipment, packed, ParcelState.handed_over)
    await store.insert(tx, shipment, parcels)
    return await leave(tx, fulfilment, shipment.id, [one for box in packed for one in box.contents], by=by)
