"""Orders: what was bought, by whom, at what price, and what has become of it.

Owns orders, their lines and numbers, returns, the list of all orders and each customer's own. Promises that a cart
becomes one order and is paid for once; that nothing is placed which is not paid for or promised, and no money kept for
what will not be delivered; that what was bought stays as it was called and priced then; and that nothing follows from
history, orders that another system took. Publishes `order.placed`, `.lapsed`, `.cancelled`, `.delivered`.
"""

from torg.orders.balance import Balance, GivenBack, LineBalance, Shares, balance, given_back, shares
from torg.orders.cancel import cancel
from torg.orders.events import TOPICS, OrderCancelled, OrderDelivered, OrderEvent, OrderLapsed, OrderPlaced
from torg.orders.history import (
    MOST_ORDERS,
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricRefund,
    HistoricReturn,
    HistoryWrong,
    NumberTaken,
    load_history,
    load_returns,
)
from torg.orders.hub import OrderFacts, Wanted, list_orders
from torg.orders.hub import refresh_all as refresh_list
from torg.orders.model import (
    CannotBeCancelled,
    CartIncomplete,
    EarlierPaymentReturning,
    GuestsNotServed,
    Intent,
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
from torg.orders.replay.simulate import simulate as try_rules
from torg.orders.returns import Return, ReturnLine, list_returns
from torg.orders.see import Seen, own_orders, see
from torg.orders.store import CustomerOrder

__all__ = [
    "MOST_ORDERS",
    "TOPICS",
    "Balance",
    "CannotBeCancelled",
    "CartIncomplete",
    "Completion",
    "CustomerOrder",
    "EarlierPaymentReturning",
    "GivenBack",
    "GuestsNotServed",
    "HistoricFulfilment",
    "HistoricOrder",
    "HistoricPayment",
    "HistoricRefund",
    "HistoricReturn",
    "HistoryWrong",
    "Intent",
    "LineBalance",
    "NumberTaken",
    "Order",
    "OrderCancelled",
    "OrderDelivered",
    "OrderDelivery",
    "OrderEvent",
    "OrderFacts",
    "OrderLapsed",
    "OrderLine",
    "OrderPlaced",
    "OrderState",
    "OrderTax",
    "PaymentMissing",
    "Placement",
    "Return",
    "ReturnLine",
    "Seen",
    "Shares",
    "SoldOutMeanwhile",
    "TotalChanged",
    "UnknownOrder",
    "Wanted",
    "balance",
    "cancel",
    "complete",
    "given_back",
    "list_orders",
    "list_returns",
    "load_history",
    "load_returns",
    "own_orders",
    "refresh_list",
    "see",
    "shares",
    "try_rules",
]
