"""The orders that this browser has made, with the proof that they are hers, in one cookie; and the page of one.

The token in it opens an order as it opened its cart, so scripts cannot read the cookie and other sites cannot send it.
Customers who are signed in see all their orders without it.
"""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any, Final

from litestar import Response
from msgspec import Struct
from msgspec.structs import replace

from torg import orders
from torg.customers import printed
from torg.fulfilment import follow_link
from torg.kernel.access import Actor, Policy, browser
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read
from torg.kernel.ids import parse, public
from torg.kernel.money import Money
from torg.orders import OrderDelivery, OrderLine, OrderState, Seen
from torg.surfaces.shop import basket
from torg.surfaces.shop.basket import Kept
from torg.surfaces.shop.cart_view import TaxSeen, taxes
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.storefront.pictures import ShopPicture

COOKIE: Final = "torg_orders"
LASTS: Final = 90 * 24 * 3600
MOST: Final = 5
HERE: Final = "/{front:str}/{language:str}/order/{order:str}"
AGAIN: Final = 3
"""After how many seconds a page of an order whose payment is under way looks again."""

Done = Annotated[str, QueryParameter(max_length=200)]


class BoughtLine(Struct, frozen=True):
    """A line as it was bought."""

    name: str
    options: str
    sku: str
    picture: ShopPicture | None
    quantity: int
    amount: Money


class BoughtDelivery(Struct, frozen=True):
    """How some of it comes, when, and what that costs; no price is none."""

    name: str
    store: str
    earliest: date | None
    latest: date | None
    ready_at: datetime | None
    price: Money


class Bought(Struct, frozen=True):
    """An order as its customer's page shows it."""

    id: str
    number: str
    state: OrderState
    email: str
    address: tuple[str, ...]
    lines: tuple[BoughtLine, ...]
    deliveries: tuple[BoughtDelivery, ...]
    less: Money
    total: Money
    taxes: tuple[TaxSeen, ...]
    pay_at: str
    placed_at: datetime | None


def remember(call: Calling, response: Response[Any], kept: Kept) -> None:
    """Give the browser the proof that an order is hers; of several the newest are kept."""
    this = f"{public('ord', kept.cart_id)}.{kept.token}"
    others = [one for one in call.request.cookies.get(COOKIE, "").split("|") if one and one != this]
    response.set_cookie(
        COOKIE,
        "|".join([this, *others][:MOST]),
        max_age=LASTS,
        path="/",
        secure=browser.policy_of(call.request).https,
        httponly=True,
        samesite="lax",
    )


def buyer(call: Calling, at: Front) -> Actor:
    """Whoever looks at an order: the shopper, with the tokens of what this browser has bought."""
    tokens = [one.partition(".")[2] for one in call.request.cookies.get(COOKIE, "").split("|")[:MOST]]
    hashes = [hashlib.sha256(token.encode()).digest() for token in tokens if token]
    by = basket.shopper(call, at)
    return replace(by, tokens=(*by.tokens, *hashes))


@read(HERE, permission=Open.public, summary="An order", include_in_schema=False)
async def order_page(call: Call, order: FromPath[str], done: Done = "") -> Response[Any]:
    """What was bought, how it comes, what it cost; while its payment is under way the page looks again by itself."""

    async def page(at: Front) -> Response[Any]:
        id = parse("ord", order)
        found = await call.read(lambda tx: orders.see(tx, id, by=buyer(call, at)))
        await call.read(lambda tx: at.shop.pictures.meet(tx, [line.image for line in found.lines]))
        seen = _bought(at, found)
        shown = await show(
            call,
            at,
            "order",
            Way(f"order/{order}", abroad=True, indexed=False),
            order=seen,
            follow=follow_link(call.ports.get(Policy), id) if seen.state is OrderState.placed else "",
            done=done if done in {"bought", "pay"} else "",
        )
        shown.headers["Cache-Control"] = "no-store"
        if seen.pay_at and done == "pay":
            shown.headers["Refresh"] = f"0; url={seen.pay_at}"
        elif seen.state is OrderState.pending and not seen.pay_at:
            shown.headers["Refresh"] = str(AGAIN)
        if seen.state is OrderState.placed and (kept := basket.kept(call.request)) and kept.cart_id == id:
            basket.remember(call, shown, kept.cart_id, kept.token, 0)
        return shown

    return await within(call, page)


def _bought(at: Front, found: Seen) -> Bought:
    order = found.order
    waits = [one.action_url for one in found.payments if one.state.open and one.action_url]
    return Bought(
        id=public("ord", order.order_id),
        number=order.number or "",
        state=order.state,
        email=order.email or "",
        address=tuple(printed(order.address)) if order.address else (),
        lines=tuple(_line(at, order.currency, line) for line in found.lines),
        deliveries=tuple(_delivery(at, order.currency, one) for one in order.deliveries),
        less=Money(order.discount, order.currency),
        total=order.total,
        taxes=taxes(order.taxes, order.currency),
        pay_at=waits[0] if waits and order.state is OrderState.pending else "",
        placed_at=order.placed_at,
    )


def _line(at: Front, currency: str, line: OrderLine) -> BoughtLine:
    return BoughtLine(
        line.name,
        line.options,
        line.sku,
        at.shop.pictures.show(line.image, "", small=True),
        line.quantity,
        Money(line.gross, currency),
    )


def _delivery(at: Front, currency: str, one: OrderDelivery) -> BoughtDelivery:
    store = at.shop.atlas.store(one.store).called(at.language) if one.store else ""
    return BoughtDelivery(one.name, store, one.earliest, one.latest, one.ready_at, Money(one.gross, currency))


ROUTES: list[Any] = [order_page]
