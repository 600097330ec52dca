"""Gift wrapping over HTTP."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.carts.views import CartView
from torg.carts.wrapping.wrap import wrap
from torg.kernel.http import Body, Call, FromPath, Open, write
from torg.kernel.ids import parse

TAGS = ["carts"]


class Wrapping(Struct, frozen=True, forbid_unknown_fields=True):
    """That goods are wrapped as a gift, and what stands on the card that comes with them."""

    message: Annotated[str, Meta(max_length=500)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


@write(
    "PUT",
    "/carts/{cart:str}/lines/{line:str}/wrapping",
    permission=Open.cart_token,
    summary="Wrap goods as a gift",
    tags=TAGS,
)
async def wrap_cart_line(
    call: Call, cart: FromPath[str], line: FromPath[str], data: Body[Wrapping]
) -> Response[CartView]:
    """Have every unit of a line wrapped, at the price of the channel's wrapping, with a message.

    The wrapping is a line of its own that `wraps` the goods and follows them; removed like any line, it is not wanted.
    """
    id, line_id = parse("crt", cart), parse("lin", line)
    return await call.write(
        lambda tx: wrap(tx, id, line_id, data.message or None, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


ROUTES = [wrap_cart_line]
