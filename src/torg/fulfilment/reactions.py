"""The customer is told that parcels are on their way, and that they have arrived."""

from collections.abc import Sequence

from torg.fulfilment import jobs
from torg.fulfilment.events import FulfilmentDelivered, FulfilmentShipped
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Have a mail written to who gave an address, once."""
    for recorded in events:
        event = recorded.event
        if isinstance(event, FulfilmentShipped) and event.shipment_id is not None:
            await defer(
                tx,
                jobs.tell_shipped.with_(once=event.shipment_id.hex),
                order_id=event.order_id,
                fulfilment_id=event.fulfilment_id,
                shipment_id=event.shipment_id,
            )
        elif isinstance(event, FulfilmentDelivered):
            await defer(
                tx,
                jobs.tell_delivered.with_(once=event.parcel_id.hex),
                order_id=event.order_id,
                fulfilment_id=event.fulfilment_id,
                parcel_id=event.parcel_id,
            )


SUBSCRIPTIONS = (
    Subscription(name="fulfilment.tell", types=(FulfilmentShipped, FulfilmentDelivered), handle=tell),
)
