"""The customer is told that a parcel is on its way."""

from collections.abc import Sequence

from torg.customers import printed
from torg.fulfilment import store
from torg.fulfilment.events import FulfilmentShipped
from torg.fulfilment.model import Fulfilment
from torg.kernel import mail
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription


async def tell(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Mail who gave an address, once."""
    for recorded in events:
        shipped = recorded.event
        assert isinstance(shipped, FulfilmentShipped)
        fulfilment = await store.find(tx, shipped.order_id, shipped.fulfilment_id)
        if fulfilment is not None and fulfilment.email is not None:
            await _mail(tx, fulfilment, fulfilment.email)


async def _mail(tx: Transaction, fulfilment: Fulfilment, email: str) -> None:
    parcel = fulfilment.parcels[-1]
    await mail.send(
        tx,
        to=email,
        template="fulfilment/shipped",
        language=fulfilment.language,
        region=fulfilment.region,
        zone=fulfilment.time_zone,
        dedupe=f"fulfilment.shipped:{fulfilment.id}",
        facts={
            "number": fulfilment.number,
            "name": fulfilment.recipient,
            "carrier": parcel.carrier,
            "tracking": parcel.tracking,
            "tracking_url": parcel.tracking_url,
            "address": printed(fulfilment.address) if fulfilment.address else [],
            "lines": [{"name": line.name, "quantity": line.quantity} for line in fulfilment.lines],
        },
    )


SUBSCRIPTIONS = (Subscription(name="fulfilment.tell", types=(FulfilmentShipped,), handle=tell),)
