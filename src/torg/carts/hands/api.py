"""Whose a cart is, over HTTP: a customer's own, a visitor's that becomes hers, one that staff begin for her."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.carts.api import TAGS, Version
from torg.carts.hands.assign import assign
from torg.carts.hands.claim import claim
from torg.carts.hands.views import CartSummaryView
from torg.carts.load import mine, own
from torg.carts.views import CartView
from torg.customers import require_customer
from torg.kernel.http import Body, Call, FromPath, Open, read, write
from torg.kernel.ids import parse
from torg.permissions import Permission


class CartCustomer(Struct, forbid_unknown_fields=True):
    """Whose the cart is."""

    customer: Annotated[str, Meta(max_length=40, description="`cus_` and 32 hexadecimal digits.")]
    version: Version = None


@write(
    "POST", "/carts/{cart:str}/claim", permission=Open.customer, summary="Make a cart one's own", tags=TAGS
)
async def claim_cart(call: Call, cart: FromPath[str]) -> Response[CartView]:
    """Make a visitor's cart, shown by its token, the signed-in customer's; from then on the token opens nothing. Where
    she has a cart, the visitor's goes into it: the answer is hers, and `left_out` what did not come along."""
    id, customer_id = parse("crt", cart), require_customer(call.actor)
    return await call.write(
        lambda tx: claim(tx, id, customer_id, by=call.actor),
        view=lambda claimed: CartView.of(claimed, call.language),
    )


@write(
    "PUT",
    "/carts/{cart:str}/customer",
    permission=Permission.carts_write,
    summary="Say whose it is",
    tags=TAGS,
)
async def put_cart_customer(call: Call, cart: FromPath[str], data: Body[CartCustomer]) -> Response[CartView]:
    """Make a cart that staff began the cart of a customer who calls or stands at the counter; it stays hers."""
    id, customer_id = parse("crt", cart), parse("cus", data.customer)
    return await call.write(
        lambda tx: assign(tx, id, customer_id, by=call.actor, version=data.version),
        view=lambda assigned: CartView.of(assigned, call.language),
    )


@read("/me/cart", permission=Open.customer, summary="My cart", tags=TAGS)
async def get_my_cart(call: Call) -> CartView:
    """The one cart that the customer has in all channels; 404 while she has none."""
    return CartView.of(await call.read(lambda tx: own(tx, by=call.actor)), call.language)


@read("/me/carts", permission=Open.customer, summary="My carts", tags=TAGS)
async def list_my_carts(call: Call) -> list[CartSummaryView]:
    """The customer's carts that she has not bought, the newest first, wherever she left them; at most twenty."""
    return [CartSummaryView.of(cart) for cart in await call.read(lambda tx: mine(tx, by=call.actor))]


ROUTES = [claim_cart, put_cart_customer, get_my_cart, list_my_carts]
