"""The page behind a cart's hand-over link: looked at it does nothing, its button takes the cart onto this device.

Whatever opens a link by itself (a preview, a scanner) uses nothing up.
"""

from typing import Any, Final

from litestar import Response
from litestar.response import Redirect
from msgspec import Struct

from torg import carts
from torg.carts import Begun
from torg.kernel.access import Policy
from torg.kernel.access.browser import address_of
from torg.kernel.errors import TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id
from torg.kernel.page_forms import FINE, Wrong, read_form, wrong
from torg.kernel.problems import status_of
from torg.markets import atlas
from torg.surfaces.shop import basket, front
from torg.surfaces.shop.cart import on_to_cart, told
from torg.surfaces.shop.frame import REMEMBERED, UnknownPage, show, within
from torg.surfaces.shop.front import Front, Way

HERE: Final = "/{front:str}/{language:str}/cart/take-over/{secret:str}"


@read("/cart/{secret:str}", permission=Open.public, summary="A cart's link", include_in_schema=False)
async def follow_link(call: Call, secret: FromPath[str]) -> Response[Any]:
    """To the same in the shop and language that suit the reader."""
    headers, cookies = call.request.headers, call.request.cookies
    known = await atlas(call.database)
    best = front.wished(known, cookies.get(REMEMBERED), headers.get("accept-language"))
    if best is None:
        raise UnknownPage()
    path = "/".join(("", *best, "cart", "take-over", secret))
    return Redirect(path, status_code=302, headers={"Cache-Control": "no-store"})


@read(HERE, permission=Open.public, summary="Take a cart over", include_in_schema=False)
async def ask(call: Call, secret: FromPath[str]) -> Response[Any]:
    """Whether the cart is to be taken onto this device."""
    return await within(call, lambda at: _page(call, at, secret))


@write("POST", HERE, permission=Open.public, summary="Take a cart over", include_in_schema=False)
async def take(call: Call, secret: FromPath[str]) -> Response[Any]:
    """Take the cart onto this device, and go on to it."""

    async def page(at: Front) -> Response[Any]:
        policy, by = call.ports.get(Policy), basket.shopper(call, at)
        try:
            await read_form(call.request, Struct)
            answer = await carts.careful(
                call.database,
                call.write(lambda tx: carts.take_over(tx, secret, policy=policy, by=by), view=_told),
                address=address_of(call.request),
                by=by,
            )
        except TorgError as error:
            return await _page(call, at, secret, error)
        return on_to_cart(call, at, answer, "added")

    return await within(call, page)


def _told(begun: Begun) -> dict[str, Any]:
    return told(begun) | {"token": begun.token or ""}


async def _page(call: Calling, at: Front, secret: str, error: TorgError | None = None) -> Response[Any]:
    said: Wrong = wrong(call.request, error) if error else FINE
    way = Way(f"cart/take-over/{secret}", indexed=False)
    status = status_of(error) if error else 200
    page = await show(call, at, "take_over", way, status=status, secret=secret, wrong=said, once=new_id().hex)
    page.headers["Cache-Control"] = "no-store"
    page.headers["Referrer-Policy"] = "same-origin"
    return page


ROUTES: list[Any] = [follow_link, ask, take]
