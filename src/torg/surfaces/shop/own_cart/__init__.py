"""A cart that goes on elsewhere: handed to a till or another device, live on all pages that show it, kept for later."""

from typing import Any

from torg.surfaces.shop.own_cart.handing_over import ROUTES as HAND_OVER_ROUTES
from torg.surfaces.shop.own_cart.news import ROUTES as NEWS_ROUTES
from torg.surfaces.shop.own_cart.saving import ROUTES as SAVING_ROUTES

ROUTES: list[Any] = [*HAND_OVER_ROUTES, *NEWS_ROUTES, *SAVING_ROUTES]

__all__ = ["ROUTES"]
