"""Returns: goods that came back, and what was given back for them; of an order, or without a receipt."""

from torg.orders.returns.model import Return, ReturnLine
from torg.orders.returns.see import list_returns
from torg.orders.returns.store import add as add_returns
from torg.orders.returns.store import of_order, of_orders
from torg.orders.returns.views import ReturnView

__all__ = ["Return", "ReturnLine", "ReturnView", "add_returns", "list_returns", "of_order", "of_orders"]
