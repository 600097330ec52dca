"""The cart of this browser as it changes on other devices, for the page that shows it."""

from typing import Any, Final

from litestar import Response
from litestar.response import Stream

from torg import carts
from torg.kernel.http import EVENTS, Call, Open, read
from torg.kernel.live import Live
from torg.kernel.telemetry.requests import STREAM
from torg.surfaces.shop import basket
from torg.surfaces.shop.frame import come_in

HERE: Final = "/{front:str}/{language:str}/cart/news"
LASTS: Final = 600


@read(HERE, permission=Open.public, summary="The cart as it changes", include_in_schema=False)
async def news(call: Call) -> Response[Any]:
    """Server-sent events `cart`, `merged` and `closed`; a browser without a cart is told to ask no more."""
    at = await come_in(call)
    kept, by = basket.kept(call.request), basket.shopper(call, at)
    if kept is None:
        return Response(None, status_code=204)
    call.request.scope[STREAM] = True  # type: ignore[literal-required]  # ASGI lets an application keep its own keys
    told = carts.cart_news(call.ports.get(Live), call.database, kept.cart_id, by=by, seconds=LASTS)
    return Stream(told, media_type=EVENTS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


ROUTES: list[Any] = [news]
