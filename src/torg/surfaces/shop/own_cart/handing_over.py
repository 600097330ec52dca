"""Go on in a store or on the phone: six digits to read out, and a link to scan, which take the cart over once."""

from typing import Any, Final

from litestar import Response

from torg import carts
from torg.kernel.access import Policy, browser
from torg.kernel.http import Call, Open, write
from torg.surfaces.shop import basket
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.qr import drawn

HERE: Final = "/{front:str}/{language:str}/cart/hand-over"


@write("POST", HERE, permission=Open.public, summary="Go on elsewhere", include_in_schema=False)
async def hand_over(call: Call) -> Response[Any]:
    """Show what takes the cart over in the next ten minutes; what was shown before works no more."""

    async def page(at: Front) -> Response[Any]:
        browser.require_own_origin(call.request)
        kept, by = basket.kept(call.request), basket.shopper(call, at)
        policy = call.ports.get(Policy)
        if kept is None:
            raise carts.UnknownCart(id="")
        made = await call.database.run(
            lambda tx: carts.offer(tx, kept.cart_id, policy=policy, by=by), actor=str(by), repeatable=True
        )
        link = f"{policy.origin}/cart/{made.secret}"
        shown = await show(
            call,
            at,
            "hand_over",
            Way("cart", abroad=True, indexed=False),
            code=f"{made.code[:3]} {made.code[3:]}",
            link=link,
            qr=drawn(link),
            until=made.offered.until,
        )
        shown.headers["Cache-Control"] = "no-store"
        shown.headers["Referrer-Policy"] = "same-origin"
        return shown

    return await within(call, page)


ROUTES: list[Any] = [hand_over]
