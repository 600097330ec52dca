"""The order hub: one list of the orders of all channels, with what staff decide by, and how to find any of them.

Owns `order_facts`, a projection that follows whatever happens to an order, and the notes of staff. A list is at most
moments behind; the order itself (`orders.see`) is always as it is.
"""

from torg.orders.hub.compose import compose
from torg.orders.hub.look import list_orders
from torg.orders.hub.model import FulfilmentStanding, OrderFacts, PaymentStanding, Problem, Sort, Wanted
from torg.orders.hub.refresh import differing, keep, refresh, refresh_all

__all__ = [
    "FulfilmentStanding",
    "OrderFacts",
    "PaymentStanding",
    "Problem",
    "Sort",
    "Wanted",
    "compose",
    "differing",
    "keep",
    "list_orders",
    "refresh",
    "refresh_all",
]
