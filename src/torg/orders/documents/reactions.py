"""Documents are issued when what they tell of has happened."""

from collections.abc import Sequence
from uuid import UUID

from torg.fulfilment import FulfilmentShipped
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.orders.changes.events import OrderChanged
from torg.orders.documents.events import DocumentIssued
from torg.orders.documents.issue import pack, settle
from torg.orders.documents.tell import tell
from torg.orders.events import OrderCancelled, OrderDelivered, OrderPlaced
from torg.orders.returns.events import ReturnReceived, ReturnSettled
from torg.payments import PaymentCaptured, PaymentRefunded


async def follow(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Orders were placed, paid, delivered, changed or given back: each gets the documents that it lacks."""
    await settle(tx, sorted({UUID(recorded.key) for recorded in events}))


async def follow_parcels(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Parcels have left: each has its packing list."""
    sent = []
    for recorded in events:
        assert isinstance(recorded.event, FulfilmentShipped)
        event = recorded.event
        sent.append((event.order_id, event.fulfilment_id, event.shipment_id))
    await pack(tx, sent)


SUBSCRIPTIONS = (
    Subscription(
        name="orders.documents",
        types=(
            OrderPlaced,
            OrderCancelled,
            OrderChanged,
            OrderDelivered,
            PaymentCaptured,
            PaymentRefunded,
            ReturnReceived,
            ReturnSettled,
        ),
        handle=follow,
        from_start=False,
        gathers=True,
    ),
    Subscription(
        name="orders.packing-lists", types=(FulfilmentShipped,), handle=follow_parcels, from_start=False
    ),
    Subscription(name="orders.tell-of-documents", types=(DocumentIssued,), handle=tell, from_start=False),
)
