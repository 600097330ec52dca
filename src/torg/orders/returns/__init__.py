"""Returns: goods that came back or are announced, and what is given back for them; of an order, or without a
receipt.
"""

from torg.orders.returns.model import Return, ReturnKind, ReturnLine, ReturnState
from torg.orders.returns.see import list_returns
from torg.orders.returns.store.returns import add as add_returns
from torg.orders.returns.store.returns import of_order, of_orders
from torg.orders.returns.views import ReturnView

__all__ = [
    "Return",
    "ReturnKind",
    "ReturnLine",
    "ReturnState",
    "ReturnView",
    "add_returns",
    "list_returns",
    "of_order",
    "of_orders",
]
