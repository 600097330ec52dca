"""What promotions do to goods in lists and on their pages: the same as to a cart with one unit and no code.

Costs no statement, but one for a list where a promotion asks for categories or attributes of goods.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg import catalog
from torg.catalog import Kind, ProductCard, Sellable
from torg.customers import Membership
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex
from torg.kernel.money import Money
from torg.markets import Atlas, Channel
from torg.pricing import PriceContext, Quote, displayed
from torg.promotions import (
    Basket,
    BasketLine,
    Here,
    ShelfPrice,
    Shopper,
    here,
    local_clock,
    shelf,
    standing,
    zone_of,
)
from torg.surfaces.storefront.views import ShopBadge, ShopOffer


class Look(Struct, frozen=True):
    """Who looks, where, when and in which language."""

    atlas: Atlas
    channel: Channel
    context: PriceContext
    language: str
    shopper: Shopper

    @property
    def zone(self) -> ZoneInfo:
        """Whose clock the channel goes by."""
        return ZoneInfo(zone_of(self.atlas, self.channel))

    @property
    def place(self) -> Basket:
        """An empty basket of nobody, here and now."""
        context = self.context
        return Basket(
            currency=context.currency,
            channel=self.channel.code,
            market=self.channel.market,
            store=self.channel.store,
            country=context.country,
            at=context.at,
            weekday=1,
            minute=0,
        )


def whom(buyer: Membership, *, known: bool) -> Shopper:
    """Whom promotions see in who looks; whether she has ever bought is not asked for lists."""
    return Shopper(known, None, buyer.groups, buyer.segments)


Lines = dict[Hex, BasketLine]
"""One unit of each of these goods, at the price of its list, as promotions see it."""


async def of_cards(tx: Transaction, look: Look, lines: Lines) -> dict[Hex, ShopOffer]:
    """What promotions do to goods in a list."""
    now = await here(tx.database, look.channel)
    if not now.shelf.rules or not lines:
        return {}
    return await of_goods(tx, look, await with_facets(tx, lines) if now.shelf_asks else lines)


async def of_goods(tx: Transaction, look: Look, lines: Lines) -> dict[Hex, ShopOffer]:
    """What promotions do to these goods, of which everything is known."""
    now = await here(tx.database, look.channel)
    found = await _asked(tx, now, look, list(lines.values()))
    told = {variant: _told(found.get(line.id), now, look) for variant, line in lines.items()}
    return {variant: offer for variant, offer in told.items() if offer is not None}


async def with_facets(tx: Transaction, lines: Lines) -> Lines:
    """The same goods with their categories, attributes and options: one statement."""
    products = dict.fromkeys(line.product for line in lines.values())
    said = await catalog.facets_of(tx, [UUID(product[4:]) for product in products])
    return {
        variant: replace(line, categories=said[variant][0], attributes=said[variant][1])
        if variant in said
        else line
        for variant, line in lines.items()
    }


def lines_of_cards(
    cards: Sequence[ProductCard], prices: Sequence[Money | None], reduced: Collection[int]
) -> Lines:
    """The goods of these cards that have a price, the prices in their order; those in these places are reduced."""
    named = [(f"prd_{card.product_id.hex}", card) for card in cards]
    goods = [(product, one.hex, card.kind) for product, card in named for one in card.variants]
    return {
        variant: BasketLine(variant, f"var_{variant}", product, 1, price.amount, reduced=place in reduced)
        for place, ((product, variant, kind), price) in enumerate(zip(goods, prices, strict=True))
        if price is not None and kind is not Kind.gift_card
    }


def lines_of_sellables(goods: Sequence[Sellable], quotes: Mapping[UUID, Quote], *, including: bool) -> Lines:
    """These goods, as far as they have a price."""
    return {
        one.variant_id.hex: BasketLine(
            one.variant_id.hex,
            f"var_{one.variant_id.hex}",
            f"prd_{one.product_id.hex}",
            1,
            displayed(quotes[one.variant_id], including=including),
            one.categories,
            one.facets,
            quotes[one.variant_id].reduction is not None,
        )
        for one in goods
        if one.variant_id in quotes and one.kind is not Kind.gift_card
    }


async def _asked(
    tx: Transaction, now: Here, look: Look, lines: Sequence[BasketLine]
) -> dict[str, ShelfPrice]:
    if not lines or not now.shelf.rules:
        return {}
    weekday, minute = local_clock(look.context.at, look.zone)
    basket = replace(
        look.place,
        weekday=weekday,
        minute=minute,
        shopper=look.shopper,
        used_up=tuple(sorted((await standing(tx, now, (), ())).used_up)),
        lines=tuple(lines),
    )
    return {one.line: one for one in shelf(basket, now.shelf)}


def _told(price: ShelfPrice | None, now: Here, look: Look) -> ShopOffer | None:
    if price is None or not (price.promotions or price.with_more):
        return None
    return ShopOffer(
        Money(price.unit, look.context.currency),
        tuple([_badge(key, now, look.language) for key in price.promotions]),
        tuple([_badge(key, now, look.language) for key in price.with_more]),
    )


def _badge(key: str, now: Here, language: str) -> ShopBadge:
    return ShopBadge(key, now.kept[key].rule.called(language))
