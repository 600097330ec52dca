"""The order hub follows whatever happens to orders."""

from collections.abc import Sequence
from uuid import UUID

from torg.fulfilment import (
    FulfilmentCancelled,
    FulfilmentCollected,
    FulfilmentDelivered,
    FulfilmentHandedOver,
    FulfilmentNotCollected,
    FulfilmentPicked,
    FulfilmentPlanned,
    FulfilmentReady,
    FulfilmentReduced,
    FulfilmentRejected,
    FulfilmentShipped,
    ParcelMoved,
    ParcelSettled,
    ShipmentRefused,
)
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.orders.changes.events import OrderChanged, OrderChangeLapsed, OrderChangeWaiting
from torg.orders.claims.events import ClaimOpened, ClaimRefused, ClaimResolved
from torg.orders.documents import DocumentIssued
from torg.orders.events import OrderCancelled, OrderDelivered, OrderLapsed, OrderPlaced
from torg.orders.hub.refresh import refresh
from torg.orders.returns.events import ReturnAnnounced, ReturnEnded, ReturnReceived, ReturnSettled
from torg.orders.shortfalls.events import ShortfallBackordered, ShortfallOpened, ShortfallSettled
from torg.payments import (
    InvoiceBilled,
    InvoiceOverdue,
    InvoicePaid,
    PaymentAttemptRefused,
    PaymentAuthorisationEnding,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentDisputeEnded,
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
            OrderChangeWaiting,
            OrderChangeLapsed,
            OrderDelivered,
            PaymentAuthorised,
            PaymentCaptured,
            PaymentFailed,
            PaymentRefunded,
            PaymentRefundFailed,
            PaymentAuthorisationEnding,
            PaymentAttemptRefused,
            PaymentDisputed,
            PaymentDisputeEnded,
            InvoiceBilled,
            InvoicePaid,
            InvoiceOverdue,
            FulfilmentPlanned,
            FulfilmentPicked,
            FulfilmentReady,
            FulfilmentShipped,
            FulfilmentDelivered,
            FulfilmentCollected,
            FulfilmentNotCollected,
            FulfilmentHandedOver,
            FulfilmentRejected,
            FulfilmentCancelled,
            FulfilmentReduced,
            ShipmentRefused,
            ParcelMoved,
            ParcelSettled,
            ShortfallOpened,
            ShortfallBackordered,
            ShortfallSettled,
            DocumentIssued,
            ReturnAnnounced,
            ReturnReceived,
            ReturnSettled,
            ReturnEnded,
            ClaimOpened,
            ClaimResolved,
            ClaimRefused,
        ),
        handle=follow,
        gathers=True,
    ),
)
