"""History: orders that another system took before Torg, brought in by the thousand.

They are placed or cancelled, and finished: nothing follows from them. No event is recorded, so no mail, no webhook, no
work for a location and no movement of money or stock; customers and staff see them as they see any order.
"""

from torg.orders.history.load import load_history, load_returns
from torg.orders.history.model import (
    MOST_ORDERS,
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricRefund,
    HistoricReturn,
    HistoryWrong,
    NumberTaken,
)

__all__ = [
    "MOST_ORDERS",
    "HistoricFulfilment",
    "HistoricOrder",
    "HistoricPayment",
    "HistoricRefund",
    "HistoricReturn",
    "HistoryWrong",
    "NumberTaken",
    "load_history",
    "load_returns",
]
