"""The cart as a page of plain forms: put in, change how many and how they come, use a code, take out.

Every change is sent on to the page again, so that loading it again repeats nothing; a form carries a text of its own,
so that pressing its button twice does it once.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from torg import carts
from torg.carts import Begun, Cart, Intent, LineChange, LineWish, UnknownCart
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Refused, TorgError
from torg.kernel.http import Call, Calling, Open, QueryParameter, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.surfaces.shop import basket
from torg.surfaces.shop.basket import Kept
from torg.surfaces.shop.cart_view import seen
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

F = TypeVar("F", bound=Struct)
Work = Callable[[F, Transaction, Kept, Actor], Awaitable[Cart]]

CART: Final = Way("cart", abroad=True, indexed=False)
Name = Annotated[str, Meta(max_length=40)]
Done = Annotated[str, QueryParameter(max_length=200)]
HERE: Final = "/{front:str}/{language:str}/cart"


class NewLine(Struct, frozen=True):
    """The form that puts goods into the cart; with a store they are picked up there."""

    variant: Name
    quantity: Annotated[int, Meta(ge=1, le=999)] = 1
    store: Name = ""


class ChangedLine(Struct, frozen=True):
    """The form of a line; `way` is `ship` or the code of a store, and nothing for what comes digitally."""

    line: Name
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    quantity: Annotated[int, Meta(ge=1, le=999)] = 1
    way: Name = ""
    remove: Name = ""


class CodeForm(Struct, frozen=True):
    """The form of a code: to use it, or (`drop`) to use it no more."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    drop: Name = ""


class DeliveryForm(Struct, frozen=True):
    """The form of how goods are shipped."""

    method: Name


@read(HERE, permission=Open.public, summary="The cart", include_in_schema=False)
async def cart_page(call: Call, done: Done = "") -> Response[Any]:
    """What is in the cart, and what it comes to at this moment."""
    return await within(call, lambda at: _page(call, at, done=done))


@write("POST", f"{HERE}/lines", permission=Open.public, summary="Put in", include_in_schema=False)
async def put_in(call: Call) -> Response[Any]:
    """Put goods into the cart; the first begins one."""

    async def page(at: Front) -> Response[Any]:
        form = await read_form(call.request, NewLine)
        intent = Intent.pick_up if form.store else None
        wish = LineWish(parse("var", form.variant), form.quantity, intent, form.store or None)
        try:
            return await added(call, at, wish)
        except Refused as error:
            return await _page(call, at, error=error)

    return await within(call, page)


@write("POST", f"{HERE}/line", permission=Open.public, summary="Change a line", include_in_schema=False)
async def change(call: Call) -> Response[Any]:
    """Change how many, or how they come; or take the line out."""

    async def work(form: ChangedLine, tx: Transaction, kept: Kept, by: Actor) -> Cart:
        line = parse("lin", form.line)
        if form.remove:
            return await carts.remove_line(tx, kept.cart_id, line, by=by, version=form.version)
        wish = LineChange(quantity=form.quantity)
        if form.way == Intent.ship:
            wish = LineChange(form.quantity, Intent.ship, None)
        elif form.way:
            wish = LineChange(form.quantity, Intent.pick_up, form.way)
        return await carts.change_line(tx, kept.cart_id, line, wish, by=by, version=form.version)

    return await _changed(call, ChangedLine, work)


@write("POST", f"{HERE}/code", permission=Open.public, summary="A code", include_in_schema=False)
async def code(call: Call) -> Response[Any]:
    """Use a code, or use it no more."""

    async def work(form: CodeForm, tx: Transaction, kept: Kept, by: Actor) -> Cart:
        use = carts.drop_code if form.drop else carts.apply_code
        return await use(tx, kept.cart_id, form.code.strip(), by=by)

    return await _changed(call, CodeForm, work)


@write("POST", f"{HERE}/delivery", permission=Open.public, summary="A delivery", include_in_schema=False)
async def deliver(call: Call) -> Response[Any]:
    """Choose by which method goods are shipped that are shipped already."""

    async def work(form: DeliveryForm, tx: Transaction, kept: Kept, by: Actor) -> Cart:
        cart = await carts.load(tx, kept.cart_id, by=by)
        shipped = [line.id for line in cart.lines if line.intent is Intent.ship]
        return await carts.choose_delivery(tx, kept.cart_id, form.method, by=by, line_ids=shipped)

    return await _changed(call, DeliveryForm, work)


async def added(call: Calling, at: Front, wish: LineWish) -> Response[Any]:
    """Put a line into the shopper's cart, or begin one with it, and go on to the cart."""
    kept, by, channel = basket.kept(call.request), basket.shopper(call, at), at.shop.channel.code

    async def work(tx: Transaction) -> Begun:
        if kept is not None and (there := await basket.still_open(tx, kept, by)):
            return Begun(await carts.add_line(tx, there, wish, by=by, channel=channel), None)
        return await carts.create(tx, channel=channel, by=by, language=at.language, lines=[wish])

    answer = await call.write(work, view=told)
    return on_to_cart(call, at, answer, "added")


async def _changed(call: Calling, kind: type[F], work: Work[F]) -> Response[Any]:
    """Do what a form asks for, and go on to the cart; what was refused is told on it."""

    async def page(at: Front) -> Response[Any]:
        kept = basket.kept(call.request)
        try:
            form = await read_form(call.request, kind)
            if kept is None:
                raise UnknownCart(id="")
            found = kept

            async def once(tx: Transaction) -> Begun:
                return Begun(await work(form, tx, found, basket.shopper(call, at)), None)

            return on_to_cart(call, at, await call.write(once, view=told), "changed")
        except TorgError as error:
            return await _page(call, at, error=error)

    return await within(call, page)


def told(begun: Begun) -> dict[str, Any]:
    """What the browser's cookie is made of; kept with the answer, so that the same form again gives the same cart."""
    units = sum(line.quantity for line in begun.cart.lines)
    return {"cart": public("crt", begun.cart.id), "token": begun.token, "units": units}


def on_to_cart(call: Calling, at: Front, answer: Response[Any], done: str) -> Response[Any]:
    """On to the cart, which this browser remembers from now on; without another token it keeps the one it has."""
    found = msgspec.json.decode(answer.content)
    kept = basket.kept(call.request)
    token = found["token"] if found["token"] is not None else (kept.token if kept else None)
    response = go(at.to("cart"), done=done)
    basket.remember(call, response, parse("crt", found["cart"]), token, found["units"])
    return response


async def _page(call: Calling, at: Front, *, done: str = "", error: TorgError | None = None) -> Response[Any]:
    told: Wrong = wrong(call.request, error) if error else FINE
    view, kept = await seen(call, at), basket.kept(call.request)
    units = view.units if view else 0
    page = await show(
        call,
        at,
        "cart",
        CART,
        status=status_of(error) if error else 200,
        cart=view,
        done=done if done in {"added", "changed", "kept"} else "",
        wrong=told,
        once=new_id().hex,
        units=units,
    )
    known = view.id if view else kept.cart_id if kept else None
    if known is not None:
        basket.remember(call, page, known, kept.token if kept else None, units)
    page.headers["Cache-Control"] = "no-store"
    return page


ROUTES: list[Any] = [cart_page, put_in, change, code, deliver]
