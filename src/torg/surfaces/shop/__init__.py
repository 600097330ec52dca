"""The web shop: pages that are whole without script, in the languages of the market that they sell in.

Composes what the storefront shows and what carts say, and decides nothing. Addresses begin with the market and the
language (`/no/nb/p/julekaffe`): everybody who follows one sees the same page.
"""

from litestar import Router

from torg.kernel import pages
from torg.surfaces.shop.account import ROUTES as ACCOUNT_ROUTES
from torg.surfaces.shop.bought import ROUTES as ORDER_ROUTES
from torg.surfaces.shop.browse import ROUTES as PAGE_ROUTES
from torg.surfaces.shop.cart import ROUTES as CART_ROUTES
from torg.surfaces.shop.checkout import ROUTES as CHECKOUT_ROUTES
from torg.surfaces.shop.documents import ROUTES as DOCUMENT_ROUTES
from torg.surfaces.shop.follow import ROUTES as FOLLOW_ROUTES
from torg.surfaces.shop.gift_card import ROUTES as GIFT_CARD_ROUTES
from torg.surfaces.shop.info import ROUTES as INFO_ROUTES
from torg.surfaces.shop.installing import ROUTES as APP_ROUTES
from torg.surfaces.shop.own_account import ROUTES as OWN_ACCOUNT_ROUTES
from torg.surfaces.shop.own_cart import ROUTES as OWN_CART_ROUTES
from torg.surfaces.shop.own_order import ROUTES as OWN_ORDER_ROUTES
from torg.surfaces.shop.own_quote import ROUTES as QUOTE_ROUTES
from torg.surfaces.shop.sitemap import ROUTES as SITEMAP_ROUTES
from torg.surfaces.shop.stores import ROUTES as STORE_ROUTES
from torg.surfaces.shop.taking_over import ROUTES as TAKING_OVER_ROUTES
from torg.surfaces.shop.withdrawal import ROUTES as WITHDRAWAL_ROUTES

ROUTES = [
    Router(
        "/",
        route_handlers=[
            *PAGE_ROUTES,
            *STORE_ROUTES,
            *INFO_ROUTES,
            *SITEMAP_ROUTES,
            *CART_ROUTES,
            *GIFT_CARD_ROUTES,
            *FOLLOW_ROUTES,
            *DOCUMENT_ROUTES,
            *TAKING_OVER_ROUTES,
            *CHECKOUT_ROUTES,
            *ORDER_ROUTES,
            *OWN_ORDER_ROUTES,
            *QUOTE_ROUTES,
            *OWN_ACCOUNT_ROUTES,
            *OWN_CART_ROUTES,
            *ACCOUNT_ROUTES,
            *APP_ROUTES,
            *WITHDRAWAL_ROUTES,
        ],
        exception_handlers=pages.HANDLERS,
    )
]

__all__ = ["ROUTES"]
