"""The orders that this browser has made, with the proof that they are hers, in one cookie; and the page of one.

The token in it opens an order as it opened its cart, so scripts cannot read the cookie and other sites cannot send it.
Customers who are signed in see all their orders without it.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response
from msgspec.structs import replace

from torg import orders
from torg.fulfilment import follow_link
from torg.kernel.access import Actor, Policy, browser
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Calling, FromPath, Open, QueryParameter, read
from torg.kernel.ids import new_id, parse, public
from torg.orders import Claim, Document, OrderState, Seen
from torg.surfaces.shop import basket
from torg.surfaces.shop.basket import Kept
from torg.surfaces.shop.bought_view import Bought, bought
from torg.surfaces.shop.checkout_view import means_of
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

COOKIE: Final = "torg_orders"
LASTS: Final = 90 * 24 * 3600
MOST: Final = 5
HERE: Final = "/{front:str}/{language:str}/order/{order:str}"
DEEDS: Final = frozenset(
    {"changed", "dropped", "announced", "kept", "claimed", "exchanged", "exchange-dropped"}
)
TOLD: Final = DEEDS | {"bought", "pay", "cancelled"}
AGAIN: Final = 3
"""After how many seconds a page of an order whose payment is under way looks again."""

Done = Annotated[str, QueryParameter(max_length=200)]


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
        id, by = parse("ord", order), buyer(call, at)
        seen = await _seen(call, at, id, by)
        shown = await show(
            call,
            at,
            "order",
            Way(f"order/{order}", abroad=True, indexed=False),
            order=seen,
            follow=follow_link(call.ports.get(Policy), id) if seen.state is OrderState.placed else "",
            done=done if done in TOLD else "",
            deeds=DEEDS,
            once=new_id().hex,
        )
        shown.headers["Cache-Control"] = "no-store"
        pay_at = seen.pay_at or (seen.waiting.pay_at if seen.waiting else "")
        if pay_at and done in {"pay", "exchanged"}:
            shown.headers["Refresh"] = f"0; url={pay_at}"
        elif seen.state is OrderState.pending and not seen.pay_at:
            shown.headers["Refresh"] = str(AGAIN)
        if seen.state is OrderState.placed and (kept := basket.kept(call.request)) and kept.cart_id == id:
            basket.remember(call, shown, kept.cart_id, kept.token, 0)
        return shown

    return await within(call, page)


async def _seen(call: Calling, at: Front, id: UUID, by: Actor) -> Bought:
    async def look(tx: Transaction) -> tuple[Seen, Sequence[Document], list[Claim]]:
        found = await orders.see(tx, id, by=by)
        await at.shop.pictures.meet(tx, [line.image for line in found.lines])
        if found.order.state not in {OrderState.placed, OrderState.cancelled}:
            return found, (), []
        return found, await orders.documents_of(tx, id, by=by), await orders.claims_of(tx, id, by=by)

    found, papers, claims = await call.read(look)
    means = means_of(call, at.shop.atlas.channel(found.order.channel), "")
    return bought(at, found, papers, claims, means)


ROUTES: list[Any] = [order_page]
