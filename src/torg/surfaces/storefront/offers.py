"""What promotions do to goods in lists and on their pages: the same as to a cart with one unit and no code.

Costs no statement, but one for a list where a promotion asks for categories or attributes of goods.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from torg import catalog
from torg.catalog import Kind, ProductCard, Sellable
from torg.customers import Membership
from torg.kernel.database import Transaction
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


def whom(buyer: Membership, *, known: bool) -> Shopper:
    """Whom promotions see in who looks; whether she has ever bought is not asked for lists."""
    return Shopper(known, None, buyer.groups, buyer.segments)


async def of_cards(
    tx: Transaction,
    look: Look,
    cards: Sequence[ProductCard],
    prices: Sequence[Money | None],
    reduced: Collection[int],
) -> list[ShopOffer | None]:
    """What promotions do to each variant of these products, in the order of the prices; those in these places are
    reduced.
    """
    now = await here(tx.database, look.channel)
    if not now.shelf.rules:
        return [None] * len(prices)
    said = await catalog.facets_of(tx, [card.product_id for card in cards]) if now.shelf_asks else {}
    goods = [
        (f"prd_{card.product_id.hex}", variant.hex, card.kind) for card in cards for variant in card.variants
    ]
    lines = []
    for place, ((product, variant, kind), price) in enumerate(zip(goods, prices, strict=True)):
        if price is not None and kind is not Kind.gift_card:
            categories, facets = said.get(variant, ((), {}))
            lines.append(
                BasketLine(
                    str(place),
                    f"var_{variant}",
                    product,
                    1,
                    price.amount,
                    categories,
                    facets,
                    place in reduced,
                )
            )
    found = await _asked(tx, now, look, lines)
    return [_told(found.get(str(place)), now, look) for place in range(len(prices))]


async def of_sellables(
    tx: Transaction,
    look: Look,
    goods: Sequence[Sellable],
    quotes: Mapping[UUID, Quote],
    *,
    including: bool,
) -> dict[UUID, ShopOffer | None]:
    """What promotions do to each of these variants."""
    now = await here(tx.database, look.channel)
    lines = [
        BasketLine(
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
    ]
    found = await _asked(tx, now, look, lines)
    return {one.variant_id: _told(found.get(one.variant_id.hex), now, look) for one in goods}


async def _asked(
    tx: Transaction, now: Here, look: Look, lines: Sequence[BasketLine]
) -> dict[str, ShelfPrice]:
    if not lines or not now.shelf.rules:
        return {}
    channel, context = look.channel, look.context
    weekday, minute = local_clock(context.at, ZoneInfo(zone_of(look.atlas, channel)))
    basket = Basket(
        currency=context.currency,
        channel=channel.code,
        market=channel.market,
        store=channel.store,
        country=context.country,
        at=context.at,
        weekday=weekday,
        minute=minute,
        shopper=look.shopper,
        used_up=tuple(sorted((await standing(tx, now, ())).used_up)),
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
