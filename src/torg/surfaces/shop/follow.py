"""The page on which an order is followed, opened by the link in its mails without signing in.

A link is sealed for one order: whoever changes it finds no page. What the page does (keeping a pick-up longer) needs
the same link.
"""

from typing import Annotated, Any, Final

from litestar import Response
from litestar.response import Redirect
from msgspec import Meta, Struct

from torg import fulfilment, orders
from torg.fulfilment import Carriers
from torg.kernel.access import Policy
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read, write
from torg.kernel.ids import parse
from torg.kernel.page_forms import go, read_form, wrong
from torg.kernel.problems import status_of
from torg.markets import atlas
from torg.orders import Order, OrderState, Seen
from torg.surfaces.shop import follow_view, front
from torg.surfaces.shop.frame import UnknownPage, show, within
from torg.surfaces.shop.front import Front, Way

HERE: Final = "/{front:str}/{language:str}/follow/{token:str}"
NAME: Final = "token"
Done = Annotated[str, QueryParameter(max_length=40)]


class KeepForm(Struct, frozen=True):
    """Which pick-up is to be kept longer."""

    pick_up: Annotated[str, Meta(max_length=40)]


@read("/follow/{token:str}", permission=Open.public, summary="Follow an order", include_in_schema=False)
async def entrance(call: Call, token: FromPath[str]) -> Response[Any]:
    """Where the links in mails lead: on to the page in the order's shop and language."""
    order_id = fulfilment.opened_link(call.ports.get(Policy), token)
    if order_id is None:
        raise UnknownPage()
    found = await call.read(lambda tx: orders.followed(tx, order_id))
    answer: Response[Any] = Redirect(f"{await home_of(call, found.order)}/follow/{token}", status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def home_of(call: Calling, order: Order) -> str:
    """Where the pages of an order's shop begin, in its language."""
    known = await atlas(call.database)
    shops = front.channels(known)
    home = [code for code, channel in shops.items() if channel.market == order.market]
    code = next(iter((*home, *shops)), None)
    if code is None:
        raise UnknownPage()
    spoken = known.market(shops[code].market).languages
    return f"/{code}/{order.language if order.language in spoken else spoken[0]}"


@read(HERE, permission=Open.public, summary="Follow an order", include_in_schema=False)
async def follow(call: Call, token: FromPath[str], done: Done = "") -> Response[Any]:
    """Where everything of the order is, and what comes next."""
    return await within(call, lambda at: _page(call, at, token, done=done))


@write("POST", HERE, permission=Open.public, summary="Keep a pick-up longer", include_in_schema=False)
async def keep_longer(call: Call, token: FromPath[str]) -> Response[Any]:
    """The customer comes later: her goods wait as many days more as the shop gives."""

    async def page(at: Front) -> Response[Any]:
        order_id = _opened(call, token)
        form = await read_form(call.request, KeepForm)
        try:
            id = parse("ful", form.pick_up)
            await call.database.run(
                lambda tx: fulfilment.extend_followed(tx, order_id, id), actor="follower", repeatable=True
            )
        except TorgError as error:
            return await _page(call, at, token, told=wrong(call.request, error).told, status=status_of(error))
        return go(at.to("follow", token), done="kept")

    return await within(call, page)


def _opened(call: Calling, token: str) -> Any:
    order_id = fulfilment.opened_link(call.ports.get(Policy), token)
    if order_id is None:
        raise UnknownPage()
    return order_id


async def _page(
    call: Calling, at: Front, token: str, *, done: str = "", told: str = "", status: int = 200
) -> Response[Any]:
    order_id = _opened(call, token)

    async def look(tx: Transaction) -> tuple[Seen, list[fulfilment.SeenOfParcel]]:
        found = await orders.followed(tx, order_id)
        if found.order.state in {OrderState.pending, OrderState.lapsed}:
            raise UnknownPage()
        return found, await fulfilment.seen_of(tx, order_id)

    found, seen = await call.read(look)
    policy = call.ports.get(Policy)
    shown = await show(
        call,
        at,
        "follow",
        Way(f"follow/{token}", abroad=True, indexed=False),
        status=status,
        order=follow_view.of(at, policy, call.ports.get(Carriers), found, seen, call.database.clock.now()),
        token=token,
        done=done == "kept",
        problem=told,
    )
    shown.headers["Cache-Control"] = "no-store"
    shown.headers["Referrer-Policy"] = "same-origin"
    return shown


ROUTES: list[Any] = [entrance, follow, keep_longer]
