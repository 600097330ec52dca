"""A quote as whoever has its link sees it: what is offered, and the buttons that accept and decline it."""

from typing import Any

from torg.surfaces.shop.own_quote.answering import ROUTES as ANSWER_ROUTES

ROUTES: list[Any] = [*ANSWER_ROUTES]

__all__ = ["ROUTES"]
