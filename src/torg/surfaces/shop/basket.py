"""The cart of whoever browses: which it is, the proof that it is hers, and how many are in it, in one cookie.

The token in it opens the cart, so scripts cannot read the cookie and other sites cannot send it. The count is what the
cart held when this browser last saw it: every page shows it, and asks no database for it.
"""

import hashlib
from typing import Any, Final, NamedTuple
from uuid import UUID

from litestar import Request, Response
from msgspec.structs import replace

from torg import carts
from torg.carts import CartMerged, CartState, UnknownCart
from torg.kernel.access import VISITOR, Actor, ActorKind, browser
from torg.kernel.database import Transaction
from torg.kernel.http import Calling
from torg.kernel.ids import UnknownId, parse, public
from torg.surfaces.shop.front import Front

COOKIE: Final = "torg_cart"
LASTS: Final = 90 * 24 * 3600


class Kept(NamedTuple):
    """What the cookie says."""

    cart_id: UUID
    token: str
    units: int


def kept(request: Request[Any, Any, Any]) -> Kept | None:
    """The cart that this browser has; a cookie that says nothing sensible is none."""
    name, _, rest = request.cookies.get(COOKIE, "").partition(".")
    token, _, units = rest.partition(".")
    try:
        return Kept(parse("crt", name), token, int(units) if units.isascii() and units.isdigit() else 0)
    except UnknownId:
        return None


def units(request: Request[Any, Any, Any]) -> int:
    """How many goods this browser last saw in its cart."""
    known = kept(request)
    return known.units if known else 0


def shopper(call: Calling, at: Front) -> Actor:
    """Whoever shops: a customer, or a visitor with the token of her cart. Staff shop as visitors do."""
    actor, known = call.actor, kept(call.request)
    touch = replace(actor.touch, channel=at.shop.channel.code)
    actor = replace(actor if actor.kind is ActorKind.customer else VISITOR, touch=touch)
    if known is None or not known.token:
        return actor
    return replace(actor, tokens=(*actor.tokens, hashlib.sha256(known.token.encode()).digest()))


async def still_open(tx: Transaction, known: Kept, by: Actor) -> UUID | None:
    """The cart's id while it can be changed; a cart that has been bought, or is not hers, is followed by a new one."""
    try:
        cart = await carts.load(tx, known.cart_id, by=by)
    except CartMerged:
        return await _own(tx, by)
    except UnknownCart:
        return None
    return None if cart.state is CartState.ordered else known.cart_id


async def _own(tx: Transaction, by: Actor) -> UUID | None:
    """The cart that a signed-in customer has in all channels: hers has gone into that."""
    if by.customer_id is None:
        return None
    try:
        return (await carts.own(tx, by=by)).id
    except UnknownCart:
        return None


def remember(call: Calling, response: Response[Any], cart_id: UUID, token: str | None, units: int) -> None:
    """Give the browser its cart, or what has become of it."""
    response.set_cookie(
        COOKIE,
        f"{public('crt', cart_id)}.{token or ''}.{units}",
        max_age=LASTS,
        path="/",
        secure=browser.policy_of(call.request).https,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response[Any]) -> None:
    """The browser has no cart any more; the cart itself stays."""
    response.set_cookie(COOKIE, "", max_age=0, path="/", httponly=True, samesite="lax")
