"""What a customer does with an order of hers by herself: change or cancel it, give goods back, exchange, complain.

Decides nothing: each page asks the use case what it would mean, shows that, and does it when she agrees.
"""

from typing import Any

from torg.surfaces.shop.own_order.change import ROUTES as CHANGE_ROUTES
from torg.surfaces.shop.own_order.claim import ROUTES as CLAIM_ROUTES
from torg.surfaces.shop.own_order.exchange import ROUTES as EXCHANGE_ROUTES
from torg.surfaces.shop.own_order.give_back import ROUTES as RETURN_ROUTES
from torg.surfaces.shop.own_order.papers import ROUTES as PAPER_ROUTES

ROUTES: list[Any] = [*CHANGE_ROUTES, *RETURN_ROUTES, *EXCHANGE_ROUTES, *CLAIM_ROUTES, *PAPER_ROUTES]

__all__ = ["ROUTES"]
