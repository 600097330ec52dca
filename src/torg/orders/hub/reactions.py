"""The order hub follows whatever happens to orders."""

from collections.abc import Sequence
from uuid import UUID

from torg.fulfilment import (
    FulfilmentCancelled,
    FulfilmentCollected,
    FulfilmentHandedOver,
    FulfilmentPicked,
    FulfilmentPlanned,
    FulfilmentReady,
    FulfilmentReduced,
    FulfilmentRejected,
    FulfilmentShipped,
)
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.orders.changes.events import OrderChanged
from torg.orders.documents import DocumentIssued
from torg.orders.events import OrderCancelled, OrderDelivered, OrderLapsed, OrderPlaced
from torg.orders.hub.refresh import refresh
from torg.orders.returns.events import ReturnAnnounced, ReturnEnded, ReturnReceived, ReturnSettled
from torg.orders.shortfalls.events import ShortfallBackordered, ShortfallOpened, ShortfallSettled
from torg.payments import (
    PaymentAuthorisationEnding,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
)


async def follow(tx: Transaction, events: Sequence[Recorded]) -> None:
    """Something happened to these orders: their facts are composed anew, each order's once."""
    await refresh(tx, sorted({UUID(recorded.key) for recorded in events}))


SUBSCRIPTIONS = (
    Subscription(
        name="orders.hub",
        types=(
            OrderPlaced,
            OrderLapsed,
            OrderCancelled,
            OrderChanged,
            OrderDelivered,
            PaymentAuthorised,
            PaymentCaptured,
            PaymentFailed,
            PaymentRefunded,
            PaymentRefundFailed,
            PaymentAuthorisationEnding,
            FulfilmentPlanned,
            FulfilmentPicked,
            FulfilmentReady,
            FulfilmentShipped,
            FulfilmentCollected,
            FulfilmentHandedOver,
            FulfilmentRejected,
            FulfilmentCancelled,
            FulfilmentReduced,
            ShortfallOpened,
            ShortfallBackordered,
            ShortfallSettled,
            DocumentIssued,
            ReturnAnnounced,
            ReturnReceived,
            ReturnSettled,
            ReturnEnded,
        ),
        handle=follow,
    ),
)
