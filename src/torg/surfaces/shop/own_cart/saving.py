"""Goods that wait: a line of the cart goes onto a list of its customer's, and from a list back into the cart.

The first line that is kept begins a list, so that one button is enough.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg import carts, customers
from torg.carts import Begun, UnknownCart
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Open, write
from torg.kernel.ids import new_id, parse
from torg.kernel.page_forms import go, read_form
from torg.surfaces.shop import basket
from torg.surfaces.shop.cart import on_to_cart, told
from torg.surfaces.shop.frame import within
from torg.surfaces.shop.front import Front

HERE: Final = "/{front:str}/{language:str}/cart"
Name = Annotated[str, Meta(max_length=40)]


class SaveForm(Struct, frozen=True):
    """A line that is to wait, and on which list; without one it is the first that she has."""

    line: Name
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    list: Name = ""


class TakeForm(Struct, frozen=True):
    """A list of which something goes into the cart: that variant, or all."""

    list: Name
    variant: Name = ""


@write("POST", f"{HERE}/save", permission=Open.public, summary="Keep for later", include_in_schema=False)
async def save(call: Call) -> Response[Any]:
    """Take a line out of the cart and put it on a list; who is not signed in is asked to first."""

    async def page(at: Front) -> Response[Any]:
        form = await read_form(call.request, SaveForm)
        if call.actor.customer_id is None:
            return go(at.to("account"), next="cart")
        kept, by = basket.kept(call.request), basket.shopper(call, at)
        if kept is None:
            raise UnknownCart(id="")
        line = parse("lin", form.line)

        async def work(tx: Transaction) -> Begun:
            list_id = parse("lst", form.list) if form.list else await _first(tx, at)
            changed = await carts.line_to_list(tx, kept.cart_id, line, list_id, version=form.version, by=by)
            return Begun(changed, None)

        async def _first(tx: Transaction, at: Front) -> UUID:
            there = await carts.lists(tx, by=by)
            if there:
                return there[0].id
            name = i18n.text(at.language, "shop.lists.first")
            return (await carts.begin_list(tx, new_id(), name, by=by)).id

        return on_to_cart(call, at, await call.write(work, view=told), "kept")

    return await within(call, page)


@write("POST", f"{HERE}/from-list", permission=Open.public, summary="From a list", include_in_schema=False)
async def take(call: Call) -> Response[Any]:
    """Put something from a list, or all of it, into her cart."""

    async def page(at: Front) -> Response[Any]:
        form = await read_form(call.request, TakeForm)
        customers.require_customer(call.actor)
        by, cart_id = basket.shopper(call, at), new_id()
        list_id = parse("lst", form.list)
        only = {parse("var", form.variant)} if form.variant else None

        async def work(tx: Transaction) -> Begun:
            channel = at.shop.channel.code
            return Begun(
                await carts.list_to_cart(tx, list_id, cart_id, channel=channel, only=only, by=by), None
            )

        return on_to_cart(call, at, await call.write(work, view=told), "added")

    return await within(call, page)


ROUTES: list[Any] = [save, take]
