"""A page of products and a product's page put together from catalogue, prices and stock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache, partial
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from torg import catalog, inventory, pricing
from torg.catalog import CategoryNode, ContentUnit, Kind, ProductCard, ProductDetail, Sellable, VariantFact
from torg.customers import NOBODY, Membership
from torg.inventory import MOST_TOLD, Late, Offer
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.kernel.ids import Hex, public
from torg.kernel.money import Money
from torg.markets import Atlas, Channel, Market, TaxDisplay
from torg.pricing import PriceContext, Quote
from torg.surfaces.storefront import offers
from torg.surfaces.storefront.pictures import Pictures, ShopPicture
from torg.surfaces.storefront.reasons import Reasons
from torg.surfaces.storefront.reductions import Shown, listed, priced, reduction_of
from torg.surfaces.storefront.views import (
    FEW,
    Availability,
    ShopAttribute,
    ShopCardAmounts,
    ShopCategory,
    ShopChoice,
    ShopComponent,
    ShopOffer,
    ShopOption,
    ShopPerUnit,
    ShopPrice,
    ShopPriceBreak,
    ShopProduct,
    ShopProductDetail,
    ShopProductPicture,
    ShopProducts,
    ShopStock,
    ShopSuggestions,
    ShopVariant,
    ShopVariantDetail,
)

BEST_FIRST: Final = tuple(Availability)
AMOUNT: Final = attrgetter("amount")
ENOUGH: Final = FEW + 1
MOST_KEPT: Final = 2_000
SAID: Final = tuple((Availability.of(count), None) for count in range(ENOUGH + 1))
"""What is said of so many, up to enough."""


class Place(Struct, frozen=True):
    """Where goods are that a customer can get: the store there, if it is one, and whether orders are sent from it."""

    location: str
    store: str | None
    name: str
    delivers: bool


class Shop(Struct, frozen=True, dict=True):
    """Where somebody looks from: a channel, its market, and a language that the market speaks; and who she is, as
    far as prices (`buyer`) and promotions (that she is `known`) ask for it.
    """

    atlas: Atlas
    channel: Channel
    market: Market
    language: str
    pictures: Pictures
    buyer: Membership = NOBODY
    known: bool = False

    @property
    def including(self) -> bool:
        """Whether prices are shown with tax in them."""
        return self.market.tax_display is TaxDisplay.including

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where a customer of this channel gets goods from: what it delivers from, and the stores of its market."""
        stores = {store.location: store for store in self.atlas.stores_of(self.market.code)}
        found = []
        for location in dict.fromkeys((*self.channel.locations, *stores)):
            store = stores.get(location)
            name = store.called(self.language) if store else self.atlas.location(location).name
            delivers = location in self.channel.locations
            found.append(Place(location, store.code if store else None, name, delivers))
        return tuple(found)

    @cached_property
    def reasons(self) -> Reasons:
        """The reasons of prices in this reader's words."""
        return Reasons(i18n.words(self.language, self.market.country))

    def context(self, tx: Transaction) -> PriceContext:
        """What prices depend on here, now and for who looks."""
        return PriceContext.of(self.atlas, self.channel, at=tx.now, buyer=self.buyer)

    def look(self, tx: Transaction) -> offers.Look:
        """What promotions depend on besides the goods."""
        whom = offers.whom(self.buyer, known=self.known)
        return offers.Look(self.atlas, self.channel, self.context(tx), self.language, whom)

    def money(self, quote: Quote, amount: int) -> Money:
        """An amount of a quote as this market shows it."""
        return Money(pricing.displayed(replace(quote, unit=amount), including=self.including), quote.currency)


async def shown(tx: Transaction, shop: Shop, variants: Sequence[UUID]) -> list[UUID]:
    """Those of the variants that the channel shows now; what it does not show is nobody's business."""
    found = await catalog.sellables(tx, channel=shop.channel, language=shop.language, variant_ids=variants)
    return [variant.variant_id for variant in found]


async def page(tx: Transaction, shop: Shop, **asked: Any) -> ShopProducts:
    """A page of products with prices and availability: three statements when their pictures were shown before.

    Of what a question found on the page, what is sold out comes last.
    """
    found = await catalog.search(tx, channel=shop.channel, language=shop.language, **asked)
    products = await dressed(tx, shop, found.items)
    if asked.get("query"):
        products.sort(key=lambda one: one.availability is Availability.out)
    return ShopProducts(products, found.next, found.corrected, found.left_out)


async def suggestions(tx: Transaction, sieve: catalog.Sieve, shop: Shop, query: str) -> ShopSuggestions:
    """What may be looked for, its products with prices and availability: four statements."""
    found = await catalog.suggest(tx, sieve, channel=shop.channel, language=shop.language, query=query)
    products = await dressed(tx, shop, found.products)
    return ShopSuggestions(found.words, tuple(map(_category, found.categories)), tuple(products))


async def dressed(tx: Transaction, shop: Shop, cards: Sequence[ProductCard]) -> list[ShopProduct]:
    """These products with prices and availability, in their order: two statements."""
    shelf, offered = await listed(tx, shop.look(tx), cards, including=shop.including)
    prices = iter(shelf)
    physical = [v.hex for card in cards if card.kind is Kind.physical for v in card.variants]
    units = iter(await inventory.sellable(tx, physical, shop.channel.locations, channel=shop.channel.code))
    await shop.pictures.meet(
        tx, [card.image for card in cards] + [v.image for card in cards for v in card.variants]
    )
    products, address = [], shop.pictures.address
    for card in cards:
        count = len(card.variants)
        stock: Iterable[int | Late] = islice(units, count)
        if card.kind is not Kind.physical:
            stock = repeat(MOST_TOLD, count)
        products.append(
            _product(
                card,
                tuple(islice(prices, count)),
                tuple([_told(one) for one in stock]),
                tuple([offered.get(one.hex, UNSET) for one in card.variants]),
                shop.pictures.show(card.image, card.name, small=True),
                tuple([address(one.image) for one in card.variants]),
                including=shop.including,
            )
        )
    return products


async def detail(tx: Transaction, shop: Shop, slug_or_id: str) -> ShopProductDetail:
    """A product with its variants, each with its price's reasons and its stock in every place that matters here."""
    found = await catalog.product(tx, channel=shop.channel, language=shop.language, slug_or_id=slug_or_id)
    sellables = [variant.sellable for variant in found.variants]
    quotes, offered = await priced(tx, shop.look(tx), sellables, including=shop.including)
    places = [place.location for place in shop.places]
    stock = await inventory.on_offer(tx, _ids(sellables), places, channel=shop.channel.code)
    await shop.pictures.meet(tx, [picture.file for picture in found.pictures])
    return _detail(shop, found, quotes, stock, offered)


def categories(shop: Shop, words: catalog.Vocabulary) -> Page[ShopCategory]:
    """The whole tree in the reader's language, those above before those below."""
    return Page([_category(node) for node in catalog.shown_categories(words, shop.language)])


def _ids(sellables: Iterable[Sellable]) -> list[UUID]:
    return [variant.variant_id for variant in sellables if variant.kind is Kind.physical]


def _said(shop: Shop, variant: Sellable, stock: Offer) -> tuple[Availability, date | None]:
    """How sure this channel's customer can be to get the variant, and from when, where none is there yet."""
    if variant.kind is not Kind.physical:
        return Availability.in_stock, None
    free, late = stock.free.get(variant.variant_id, {}), stock.late.get(variant.variant_id, {})
    waiting = [late[at] for at in shop.channel.locations if at in late]
    there = sum([free.get(at, 0) for at in shop.channel.locations]) - sum(one.units for one in waiting)
    if there or not waiting:
        return Availability.of(there), None
    return _awaited(any(one.preorder for one in waiting)), min(one.on for one in waiting)


def _awaited(preorder: bool) -> Availability:
    return Availability.preorder if preorder else Availability.backorder


def _best(states: Iterable[Availability]) -> Availability:
    found = set(states)
    return next((state for state in BEST_FIRST if state in found), Availability.out)


def _range(prices: Iterable[Money | None]) -> tuple[Money | None, Money | None]:
    known = [price for price in prices if price is not None]
    return (min(known, key=AMOUNT), max(known, key=AMOUNT)) if known else (None, None)


# Most visitors see the same goods at the same prices, so what was put together of the same parts is kept.
@lru_cache(maxsize=MOST_KEPT)
def _product(
    card: ProductCard,
    prices: tuple[Shown, ...],
    told: tuple[tuple[Availability, date | None], ...],
    offered: tuple[ShopOffer | UnsetType, ...],
    image: ShopPicture | None,
    images: tuple[str | None, ...],
    *,
    including: bool,
) -> ShopProduct:
    """The card with what is said of its variants, in their order."""
    variants = [
        ShopVariant(
            f"var_{v.hex}",
            v.sku,
            v.options,
            address,
            price,
            state,
            expected,
            _per_unit(offer.price if offer else price, v.content, v.content_unit) or UNSET,
            reduction,
            offer,
        )
        for v, (price, reduction), (state, expected), offer, address in zip(
            card.variants, prices, told, offered, images, strict=True
        )
    ]
    lowest, highest = _range(price for price, _ in prices)
    return ShopProduct(
        id=public("prd", card.product_id),
        slug=card.slug,
        name=card.name,
        image=image,
        price_from=lowest,
        price_to=highest,
        tax_included=including,
        availability=_best(variant.availability for variant in variants),
        variants=tuple(variants),
    )


def _per_unit(price: Money | None, content: int | None, unit: ContentUnit | None) -> ShopPerUnit | None:
    if price is None or content is None or unit is None:
        return None
    found = pricing.per_unit(price.amount, content, unit)
    return ShopPerUnit(Money(found.amount, price.currency), found.measure)


def _told(units: int | Late) -> tuple[Availability, date | None]:
    if isinstance(units, int):
        return SAID[units if units < ENOUGH else ENOUGH]
    return _awaited(units.preorder), units.on


def _detail(
    shop: Shop,
    found: ProductDetail,
    quotes: Mapping[UUID, Quote],
    stock: Offer,
    offered: Mapping[Hex, ShopOffer],
) -> ShopProductDetail:
    variants = tuple(_variant(shop, fact, quotes, stock, offered) for fact in found.variants)
    lowest, highest = _range(variant.price.amount if variant.price else None for variant in variants)
    pictures = ((shop.pictures.show(p.file, p.alt), p.shows) for p in found.pictures)
    return ShopProductDetail(
        id=public("prd", found.product_id),
        slug=found.slug,
        slugs=found.slugs,
        name=found.name,
        description=found.description,
        kind=found.kind,
        origin=found.origin,
        image=shop.pictures.show(found.image, found.pictures[0].alt if found.pictures else found.name),
        pictures=tuple(ShopProductPicture(picture, shows) for picture, shows in pictures if picture),
        options=tuple(
            ShopOption(option.code, option.name, tuple(ShopChoice(c.code, c.name) for c in option.choices))
            for option in found.options
        ),
        attributes=tuple(
            ShopAttribute(fact.code, fact.name, fact.kind, fact.value, fact.unit) for fact in found.attributes
        ),
        categories=tuple(tuple(_category(node) for node in way) for way in found.categories),
        price_from=lowest,
        price_to=highest,
        tax_included=shop.including,
        availability=_best(variant.availability for variant in variants),
        variants=variants,
        card_amounts=_card_amounts(found, shop.market.currency),
    )


def _card_amounts(found: ProductDetail, currency: str) -> ShopCardAmounts | None:
    chosen = next((one for one in found.card_amounts if one.currency == currency), None)
    if chosen is None:
        return None
    return ShopCardAmounts(Money(chosen.least, currency), Money(chosen.most, currency))


def _variant(
    shop: Shop,
    fact: VariantFact,
    quotes: Mapping[UUID, Quote],
    stock: Offer,
    offered: Mapping[Hex, ShopOffer],
) -> ShopVariantDetail:
    variant = fact.sellable
    availability, expected = _said(shop, variant, stock)
    return ShopVariantDetail(
        id=public("var", variant.variant_id),
        sku=variant.sku,
        gtin=fact.gtin,
        options=variant.options,
        choices=fact.options,
        image=shop.pictures.address(variant.image),
        weight_g=variant.weight_g,
        length_mm=fact.length_mm,
        width_mm=fact.width_mm,
        height_mm=fact.height_mm,
        price=_price(shop, quotes.get(variant.variant_id), fact, offered.get(variant.variant_id.hex)),
        availability=availability,
        expected=expected,
        components=tuple(
            ShopComponent(public("var", one.variant_id), one.sku, one.name, one.quantity)
            for one in variant.components
        ),
        stock=_stock(shop, variant.variant_id, stock) if variant.kind is Kind.physical else (),
    )


def _price(shop: Shop, quote: Quote | None, fact: VariantFact, offer: ShopOffer | None) -> ShopPrice | None:
    if quote is None:
        return None
    money = partial(shop.money, quote)
    amount = money(quote.unit)
    return ShopPrice(
        amount=amount,
        offer=offer,
        tax_included=shop.including,
        tax_name=quote.tax_name,
        tax_rate=quote.tax_rate,
        recommended=None if quote.recommended is None else money(quote.recommended),
        breaks=tuple(ShopPriceBreak(one.from_quantity, money(one.unit)) for one in quote.breaks),
        reduction=reduction_of(quote.reduction, money) if quote.reduction else None,
        per_unit=_per_unit(offer.price if offer else amount, fact.content, fact.content_unit),
        trace=shop.reasons.told(quote.trace),
    )


def _stock(shop: Shop, variant_id: UUID, stock: Offer) -> tuple[ShopStock, ...]:
    free, waiting = stock.free.get(variant_id, {}), stock.late.get(variant_id, {})
    told = []
    for place in shop.places:
        sellable = free.get(place.location, 0)
        late = waiting.get(place.location)
        there = sellable - late.units if late else sellable
        told.append(
            ShopStock(
                location=place.location,
                store=place.store,
                name=place.name,
                delivers=place.delivers,
                sellable=min(sellable, MOST_TOLD),
                late=min(late.units, MOST_TOLD) if late else 0,
                expected=late.on if late else None,
                availability=_awaited(late.preorder) if late and not there else Availability.of(there),
            )
        )
    return tuple(told)


@lru_cache(maxsize=MOST_KEPT)
def _category(node: CategoryNode) -> ShopCategory:
    return ShopCategory(
        id=public("cat", node.id),
        parent=public("cat", node.parent_id) if node.parent_id else None,
        name=node.name,
        slug=node.slug,
        description=node.description,
    )
