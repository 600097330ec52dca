"""A cart as its page shows it: names in the reader's language, pictures, and the ways that each line can come."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from torg import carts, catalog
from torg.carts import (
    Cart,
    CartLine,
    CartNearlyView,
    CartPromotionView,
    CartUnappliedView,
    Intent,
    LineCard,
    PricedChoice,
)
from torg.inventory import DeliveryKind
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.kernel.http import Calling
from torg.kernel.i18n import DEFAULT
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.markets import Store
from torg.orders import OrderTax
from torg.pricing import TaxTotal
from torg.surfaces.shop import basket
from torg.surfaces.shop.front import Front
from torg.surfaces.storefront.pictures import ShopPicture


class LineSeen(Struct, frozen=True):
    """A line; what it costs is missing while it has no price here. `way` is `ship`, a store's code, or nothing.

    A `gift` comes with a promotion and is not changed; `card` says what is wanted of gift cards.
    """

    id: str
    product: str
    sku: str
    name: str
    options: str
    picture: ShopPicture | None
    quantity: int
    way: str
    unit: Money | None
    amount: Money | None
    less: Money | None
    warnings: tuple[str, ...]
    expected: date | None
    gift: bool
    card: LineCard | None


class DeliverySeen(Struct, frozen=True):
    """Lines that come together: how, when, and what that costs; no price is none."""

    name: str
    store: str
    earliest: date | None
    latest: date | None
    ready_at: datetime | None
    price: Money | None


class MethodSeen(Struct, frozen=True):
    """A way of shipping that can be chosen."""

    code: str
    name: str
    earliest: date
    latest: date
    price: Money | None
    chosen: bool


class TaxSeen(Struct, frozen=True):
    """What of a total is tax of one kind and rate."""

    name: str
    rate: Decimal
    tax: Money


class CartSeen(Struct, frozen=True):
    """A cart; `begun_in` is the market that its prices are of, where that is not the one that is looked at.

    `unapplied` says of codes that were given why their promotions do not apply, `nearly` what is lacking for more.
    """

    id: UUID
    version: int
    units: int
    lines: tuple[LineSeen, ...]
    stores: tuple[tuple[str, str], ...]
    deliveries: tuple[DeliverySeen, ...]
    methods: tuple[MethodSeen, ...]
    codes: tuple[str, ...]
    promotions: tuple[CartPromotionView, ...]
    unapplied: Mapping[str, str]
    nearly: tuple[str, ...]
    warnings: tuple[str, ...]
    goods: Money
    less: Money
    delivery: Money
    taxes: tuple[TaxSeen, ...]
    total: Money
    tax_included: bool
    begun_in: str

    @property
    def ships(self) -> bool:
        """Whether something in it is to be sent."""
        return any(line.way == Intent.ship for line in self.lines)


def taxes(of: Iterable[TaxTotal | OrderTax], currency: str) -> tuple[TaxSeen, ...]:
    """The taxes of a total as people read them; what nobody pays is left out."""
    return tuple(
        TaxSeen(one.name, Decimal(one.rate) / 1_000_000, Money(one.tax, currency)) for one in of if one.tax
    )


async def seen(call: Calling, at: Front) -> CartSeen | None:
    """The shopper's cart; none when she has none, or it has become an order."""
    kept = basket.kept(call.request)
    if kept is None:
        return None
    by = basket.shopper(call, at)

    async def look(tx: Transaction) -> CartSeen | None:
        there = await basket.still_open(tx, kept, by)
        if there is None:
            return None
        cart = await carts.load(tx, there, by=by)
        names = await _names(tx, at, cart)
        ways = await carts.choices(tx, there, by=by) if cart.lines else []
        await at.shop.pictures.meet(tx, [line.image for line in cart.lines])
        return _cart(at, cart, names, ways)

    return await call.read(look)


async def _names(tx: Transaction, at: Front, cart: Cart) -> dict[UUID, tuple[str, str]]:
    """Names and options in the language of the page, where the cart speaks another."""
    if cart.language == at.language or not cart.lines:
        return {}
    channel = at.shop.atlas.channel(cart.channel)
    ids = [line.variant_id for line in cart.lines]
    found = await catalog.sellables(
        tx, channel=channel, language=at.language, variant_ids=ids, unpublished=True
    )
    return {one.variant_id: (one.name, one.options) for one in found}


def _cart(at: Front, cart: Cart, names: Mapping[UUID, tuple[str, str]], ways: list[PricedChoice]) -> CartSeen:
    known, totals = at.shop.atlas, cart.totals
    market = known.market(cart.market)
    stores: dict[str, Store] = {store.code: store for store in known.stores_of(market.code)}
    words = i18n.words(at.language, market.country)
    offered = dict.fromkeys(way.choice.store for way in ways if way.choice.store)

    def money(amount: int) -> Money:
        return Money(amount, cart.currency)

    return CartSeen(
        id=cart.id,
        version=cart.version,
        units=sum(line.quantity for line in cart.lines),
        lines=tuple(_line(at, cart, line, names) for line in cart.lines),
        stores=tuple((code, stores[code].called(at.language)) for code in offered if code in stores),
        deliveries=tuple(_deliveries(at, cart)),
        methods=tuple(_method(at, cart, way) for way in ways if way.choice.kind is DeliveryKind.ship),
        codes=cart.codes,
        promotions=tuple(CartPromotionView.of(one, cart.currency, words) for one in cart.promotions),
        unapplied={
            one.code: CartUnappliedView.of(one, cart.currency, words).message for one in cart.unapplied
        },
        nearly=tuple(CartNearlyView.of(one, cart.currency, words).message for one in cart.nearly),
        warnings=tuple(warning.code for warning in cart.warnings if warning.line_id is None),
        goods=money(sum(line.amount for line in totals.lines)),
        less=money(totals.discount),
        delivery=money(sum(one.quote.unit for one in cart.deliveries if one.quote)),
        taxes=taxes(totals.taxes, cart.currency),
        total=money(totals.gross),
        tax_included=market.tax_display.value == "including",
        begun_in=market.called(at.language) if market.code != at.shop.market.code else "",
    )


def _line(at: Front, cart: Cart, line: CartLine, names: Mapping[UUID, tuple[str, str]]) -> LineSeen:
    name, options = names.get(line.variant_id, (line.name, line.options))

    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, cart.currency)

    way = {Intent.ship: Intent.ship.value, Intent.pick_up: line.store or ""}.get(line.intent, "")
    return LineSeen(
        id=public("lin", line.id),
        product=public("prd", line.product_id) if line.product_id else "",
        sku=line.sku,
        name=name,
        options=options,
        picture=at.shop.pictures.show(line.image, "", small=True),
        quantity=line.quantity,
        way=way,
        unit=money(line.quote.unit if line.quote else None),
        amount=money(line.total.amount if line.total else None),
        less=money(line.total.discount if line.total and line.total.discount else None),
        warnings=tuple(warning.code for warning in cart.warnings if warning.line_id == line.id),
        expected=line.expected,
        gift=line.gift is not None,
        card=line.card,
    )


def _deliveries(at: Front, cart: Cart) -> list[DeliverySeen]:
    known = at.shop.atlas
    return [
        DeliverySeen(
            name=one.name.get(at.language) or one.name[DEFAULT],
            store=known.store(one.store).called(at.language) if one.store else "",
            earliest=one.earliest,
            latest=one.latest,
            ready_at=one.ready_at,
            price=Money(one.quote.unit, cart.currency) if one.quote else None,
        )
        for one in cart.deliveries
    ]


def _method(at: Front, cart: Cart, way: PricedChoice) -> MethodSeen:
    choice = way.choice
    return MethodSeen(
        code=choice.code,
        name=choice.name.get(at.language) or choice.name[DEFAULT],
        earliest=choice.earliest,
        latest=choice.latest,
        price=Money(way.quote.unit, way.currency) if way.quote else None,
        chosen=any(one.method == choice.code for one in cart.deliveries),
    )
