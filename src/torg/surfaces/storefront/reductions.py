"""What reduced goods have been sold for in the thirty days before, by lists and by promotions for everybody alike
(directive 98/6/EC, article 6a; notice 2021/C 526/02).

A promotion that only some get, or only with a code or more in the cart, announces no reduction. One that everybody gets
does: its reduction began when the last of what makes up the price did.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from torg import pricing
from torg.catalog import ProductCard, Sellable
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex
from torg.kernel.money import Money
from torg.pricing import PriceRequest, Quote, Reduction, Was, lowest_of
from torg.promotions import Before, here, lately
from torg.surfaces.storefront.offers import (
    Lines,
    Look,
    lines_of_cards,
    lines_of_sellables,
    of_cards,
    of_goods,
    with_facets,
)
from torg.surfaces.storefront.views import ShopOffer, ShopReduction

Shown = tuple[Money | None, ShopReduction | UnsetType]
"""A price in a list, and what it is reduced from."""


async def priced(
    tx: Transaction, look: Look, sellables: Sequence[Sellable], *, including: bool
) -> tuple[dict[UUID, Quote], dict[Hex, ShopOffer]]:
    """What they cost and why, and what promotions do to them, both with the lowest price before."""
    items = [PriceRequest(one.variant_id, one.tax_class) for one in sellables]
    quotes = await pricing.quote(tx, look.context, items)
    lines = lines_of_sellables(sellables, quotes, including=including)
    told = await before(tx, look, lines, known=True)
    quotes = await pricing.with_lowest(tx, look.context, quotes, items, told)
    offered = await of_goods(tx, look, lines)
    reduced = {id.hex: quote.reduction for id, quote in quotes.items() if quote.reduction is not None}
    classes = {one.variant_id.hex: one.tax_class for one in sellables}
    _, offered = await with_lowest(tx, look, told, reduced, offered, classes, including=including)
    return quotes, offered


async def listed(
    tx: Transaction, look: Look, cards: Sequence[ProductCard], *, including: bool
) -> tuple[list[Shown], dict[Hex, ShopOffer]]:
    """The prices in their order, and what promotions do to them, both with the lowest price before."""
    classes = {variant.hex: card.tax_class for card in cards for variant in card.variants}
    found = await pricing.shelf(tx, look.context, list(classes.items()), including=including, past=False)
    known = {
        amount: Money(amount, look.context.currency) for amount in {*found.amounts} if amount is not None
    }
    prices = [None if amount is None else known[amount] for amount in found.amounts]
    lines = lines_of_cards(cards, prices, found.reduced)
    offered = await of_cards(tx, look, lines)
    if not found.reduced and not offered:
        return [(price, UNSET) for price in prices], {}
    names = list(classes)
    reduced: Mapping[Hex, Reduction] = {names[place]: one for place, one in found.reduced.items()}
    told = await before(tx, look, lines, known=False)
    reduced, offered = await with_lowest(tx, look, told, reduced, offered, classes, including=including)

    def money(amount: int) -> Money:
        return Money(amount, look.context.currency)

    return [
        (price, reduction_of(reduced[name], money) if name in reduced else UNSET)
        for name, price in zip(names, prices, strict=True)
    ], offered


def reduction_of(reduction: Reduction, money: Callable[[int], Money]) -> ShopReduction:
    """A reduction as the market shows it."""
    lowest = None if reduction.lowest is None else money(reduction.lowest)
    return ShopReduction(money(reduction.regular), reduction.since, lowest)


async def before(tx: Transaction, look: Look, lines: Lines, *, known: bool) -> Before:
    """What anybody paid for these goods in the past; `known` says whether their categories are."""
    past = await lately(tx.database, look.channel)
    return Before(past, lines, look.place, look.zone, None if known else partial(_meet, lines))


async def _meet(lines: Lines, tx: Transaction) -> Lines:
    return await with_facets(tx, lines)


async def since(
    tx: Transaction, look: Look, told: Before, offers: Mapping[Hex, ShopOffer], began: Mapping[Hex, datetime]
) -> dict[Hex, datetime]:
    """Since when each price is reduced that promotions lower for everybody; `began` is when lists reduced some."""
    lowered = [variant for variant, offer in offers.items() if offer.promotions]
    if not lowered:
        return {}
    if (await here(tx.database, look.channel)).shelf_asks_whom:
        at, goods = look.context.at, told.goods
        prices = [Was(UUID(variant), at, goods[variant].unit, goods[variant].reduced) for variant in lowered]
        asked = zip(lowered, prices, told.lowered(prices), strict=True)
        lowered = [variant for variant, was, amount in asked if amount < was.amount]
    found = {}
    known: dict[tuple[str, ...], datetime | None] = {}
    for variant in lowered:
        keys = tuple([one.promotion for one in offers[variant].promotions])
        if keys not in known:
            known[keys] = told.past.began(keys, look.context.at, look.zone)
        moment = known[keys]
        if moment is not None:
            found[variant] = max(moment, began.get(variant, moment))
    return found


async def with_lowest(
    tx: Transaction,
    look: Look,
    told: Before,
    reductions: Mapping[Hex, Reduction],
    offers: Mapping[Hex, ShopOffer],
    classes: Mapping[Hex, str],
    *,
    including: bool,
) -> tuple[dict[Hex, Reduction], dict[Hex, ShopOffer]]:
    """The reductions and the offers with the lowest price of the thirty days before each; one statement where something
    is reduced that nobody has asked about lately.
    """
    moments = await since(tx, look, told, offers, {name: one.since for name, one in reductions.items()})
    if not reductions and not moments:
        return {}, dict(offers)
    ids = {name: UUID(name) for name in {*reductions, *moments}}
    asked = [(ids[name], one.since) for name, one in reductions.items()]
    asked += [(ids[name], moment) for name, moment in moments.items()]
    taxed = {id: classes[name] for name, id in ids.items()}
    found = await lowest_of(tx, look.context, asked, taxed, including=including, lowering=told)

    def money(name: Hex, moment: datetime) -> Money | None:
        amount = found.get((ids[name], moment))
        return None if amount is None else Money(amount, look.context.currency)

    return (
        {name: replace(one, lowest=found.get((ids[name], one.since))) for name, one in reductions.items()},
        dict(offers)
        | {
            name: replace(offers[name], since=moment, lowest_30_days=money(name, moment))
            for name, moment in moments.items()
        },
    )
