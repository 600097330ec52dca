"""What else is a customer's own in the shop: saved lists, preferences, consents, credit, and her data as a file."""

from typing import Any

from torg.surfaces.shop.own_account.lists import ROUTES as LIST_ROUTES
from torg.surfaces.shop.own_account.settings import ROUTES as SETTINGS_ROUTES

ROUTES: list[Any] = [*LIST_ROUTES, *SETTINGS_ROUTES]

__all__ = ["ROUTES"]
