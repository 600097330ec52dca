"""Orders: what was bought, by whom, at what price, and what has become of it.

Owns orders, their lines and numbers, and each customer's own list. Promises that a cart becomes one order and is paid
for once; that nothing is placed which is not paid for or promised, and no money kept for what will not be delivered;
and that what was bought stays as it was called and priced then. Publishes `order.placed`, `.lapsed`, `.cancelled`,
`.delivered`.
"""

from torg.orders.cancel import cancel
from torg.orders.events import OrderCancelled, OrderDelivered, OrderEvent, OrderLapsed, OrderPlaced
from torg.orders.model import (
    CannotBeCancelled,
    CartIncomplete,
    EarlierPaymentReturning,
    GuestsNotServed,
    Order,
    OrderDelivery,
    OrderLine,
    OrderState,
    OrderTax,
    PaymentMissing,
    SoldOutMeanwhile,
    TotalChanged,
    UnknownOrder,
)
from torg.orders.place import complete
from torg.orders.placement import Completion, Placement
from torg.orders.see import Seen, list_orders, own_orders, see

__all__ = [
    "CannotBeCancelled",
    "CartIncomplete",
    "Completion",
    "EarlierPaymentReturning",
    "GuestsNotServed",
    "Order",
    "OrderCancelled",
    "OrderDelivered",
    "OrderDelivery",
    "OrderEvent",
    "OrderLapsed",
    "OrderLine",
    "OrderPlaced",
    "OrderState",
    "OrderTax",
    "PaymentMissing",
    "Placement",
    "Seen",
    "SoldOutMeanwhile",
    "TotalChanged",
    "UnknownOrder",
    "cancel",
    "complete",
    "list_orders",
    "own_orders",
    "see",
]
