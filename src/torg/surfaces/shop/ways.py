"""How a variant reaches this customer: which carrier brings it when, and which store has it ready when.

Stores near a postal code come first. Postal codes of a country are given out by region, so of two the one that shares
more of its beginning is nearer; that is as much as can be known without asking anybody where she is.
"""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import takewhile
from typing import Any, Final

from litestar import Request, Response
from msgspec import Struct

from torg import pricing
from torg.inventory import DeliveryChoice, DeliveryKind, delivery_choices
from torg.kernel import pages
from torg.kernel.database import Transaction
from torg.kernel.i18n import DEFAULT
from torg.kernel.ids import parse
from torg.kernel.money import Money
from torg.markets import Store
from torg.pricing import PriceContext, Quote
from torg.surfaces.shop.front import Front
from torg.surfaces.storefront.shelves import Shop
from torg.surfaces.storefront.views import Availability, ShopStock, ShopVariantDetail

COOKIE: Final = "torg_postal_code"
LONGEST: Final = 20


class Shipping(Struct, frozen=True):
    """A carrier's way: the days on which it comes, and what it costs for this one."""

    name: str
    earliest: date
    latest: date
    price: Money | None


class Nearby(Struct, frozen=True):
    """A store with what it has of the variant, and when that could be picked up."""

    code: str
    name: str
    location: str
    availability: Availability
    expected: date | None
    ready_at: datetime | None
    today: bool


class Ways(Struct, frozen=True):
    """All ways to the customer at a postal code, the nearest store first."""

    postal_code: str
    shipping: tuple[Shipping, ...] = ()
    stores: tuple[Nearby, ...] = ()


def postal_code(request: Request[Any, Any, Any], at: Front) -> str:
    """Where she wants it: what she says now, or said before in this country."""
    said = request.query_params.get("postal_code")
    if said is not None:
        return str(said).strip()[:LONGEST]
    market, _, code = request.cookies.get(COOKIE, "").partition(".")
    return code[:LONGEST] if market == at.shop.market.code and code.isascii() else ""


def remember(response: Response[Any], at: Front, code: str) -> None:
    """So that she need not say it again."""
    if code.isascii() and code.replace(" ", "").replace("-", "").isalnum():
        value = f"{at.shop.market.code}.{code}"
        response.set_cookie(COOKIE, value, max_age=pages.YEAR, path="/", samesite="lax", httponly=True)


async def ways(tx: Transaction, shop: Shop, variant: ShopVariantDetail, code: str) -> Ways:
    """Every way to a postal code of the market; without one, to the market's own place."""
    market = shop.market
    found = await delivery_choices(
        tx,
        channel=shop.channel,
        country=market.country,
        postal_code=code or market.postal_code,
        wanted={parse("var", variant.id): 1},
    )
    sent = [one for one in found if one.kind is DeliveryKind.ship and not one.short]
    context = PriceContext.of(shop.atlas, shop.channel, at=tx.now)
    amount = variant.price.amount.amount if variant.price else 0
    quotes = await pricing.delivery_prices(
        tx, context, methods=[one.code for one in sent], weight_g=variant.weight_g, goods_amount=amount
    )
    shipping = tuple(
        Shipping(called(one, shop.language), one.earliest, one.latest, _charge(shop, quotes[one.code]))
        for one in sent
        if one.code in quotes
    )
    return Ways(code, shipping, tuple(_stores(shop, variant, found, code, tx.now)))


def nearest(stores: Iterable[Store], code: str) -> list[Store]:
    """The stores, the nearest to a postal code first; without one in the order of their codes."""
    wanted = code.replace(" ", "").upper()

    def shared(store: Store) -> int:
        own = store.address.postal_code.replace(" ", "").upper()
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, own, strict=False)))

    return sorted(stores, key=lambda store: (-shared(store), store.code))


def called(choice: DeliveryChoice, language: str) -> str:
    """What a way of delivery is called."""
    return choice.name.get(language) or choice.name[DEFAULT]


def _charge(shop: Shop, quote: Quote) -> Money:
    return Money(pricing.displayed(quote, including=shop.including), quote.currency)


def _stores(
    shop: Shop, variant: ShopVariantDetail, found: list[DeliveryChoice], code: str, at: datetime
) -> Iterable[Nearby]:
    ready: dict[str, datetime] = {}
    for choice in found:
        if choice.store and choice.ready_at and not choice.short:
            ready[choice.store] = min(choice.ready_at, ready.get(choice.store, choice.ready_at))
    stock: dict[str, ShopStock] = {one.location: one for one in variant.stock}
    for store in nearest(shop.atlas.stores_of(shop.market.code), code):
        there = stock.get(store.location)
        if there is not None:
            moment = ready.get(store.code)
            yield Nearby(
                store.code,
                store.called(shop.language),
                store.location,
                there.availability,
                there.expected,
                moment,
                moment is not None and moment.date() == at.astimezone(moment.tzinfo).date(),
            )
