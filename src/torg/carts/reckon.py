"""From a cart as it is kept to a cart as everybody sees it: prices, totals, dates and warnings of this moment.

Nothing that is reckoned here is ever stored with the cart, so nothing of it can be out of date.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import facts, rules
from torg.carts.facts import Facts
from torg.carts.model import Cart, CartLine, CartWarning, Delivery, Intent, StoredCart, StoredLine, Trouble
from torg.carts.taxing import Terms, basis_of, in_store, main_context, terms_of
from torg.catalog import Inside, Kind
from torg.inventory import (
    DeliveryKind,
    DeliveryQuestion,
    Held,
    Late,
    Means,
    Offer,
    Short,
    Units,
    awaited,
    means,
    picking_up,
    share_out,
    shipping,
)
from torg.kernel.database import Transaction
from torg.kernel.errors import NotFound, Refused
from torg.markets import Atlas, Channel, TaxDisplay
from torg.pricing import (
    Discount,
    PriceContext,
    PricedDelivery,
    PricedLine,
    delivery_price,
    displayed,
    totals,
)
from torg.promotions import CodePromotion, discount, find_code

KEPT = frozenset(StoredCart.__struct_fields__) & frozenset(Cart.__struct_fields__) - {"lines", "country"}


class Frame(Struct, frozen=True):
    """What a cart is reckoned in: its channel, the place that prices are for, and what is known of its goods."""

    means: Means
    channel: Channel
    terms: Terms
    facts: Facts

    @property
    def context(self) -> PriceContext:
        """The context of what is sent, or of the store where all is handed over."""
        return self.terms.of(None)

    @property
    def atlas(self) -> Atlas:
        """Sellers, markets, places and channels."""
        return self.means.atlas


async def reckoned(
    tx: Transaction, cart: StoredCart, *, fresh: bool, counted: bool = False, buying: bool = False
) -> Cart:
    """The cart with everything that is reckoned; `fresh` asks the database for every fact, `counted` for the shelves.

    `buying` leaves it to the hold that comes next to say what the shelves have, which it does under a lock.
    """
    frame = await framed(tx, cart, fresh=fresh, counted=counted or (fresh and not buying))
    groups, left = rules.groups(cart, frame.means.methods)
    promotions, warnings = await _promotions(tx, cart, frame)
    held, short = _shared(cart, frame, buying)
    waits = awaited(held, frame.facts.offer)
    lines = [_line(line, frame, waits.get(line.id)) for line in cart.lines]
    priced = [PricedLine.of(line.quote, line.quantity) for line in lines if line.quote is not None]
    discounts = [Discount(one.code, discount(one, priced)) for one in promotions]
    goods = goods_amount(lines, frame) - sum(sum(one.amounts) for one in discounts)
    deliveries = [await _delivery(tx, group, frame, goods) for group in groups]
    charges = [PricedDelivery.of(one.quote) for one in deliveries if one.quote is not None]
    added = totals(cart.currency, priced, charges, discounts)
    each = iter(added.lines)
    warnings += [*_line_troubles(cart, frame, short), *_delivery_troubles(cart, deliveries, left)]
    return Cart(
        **{name: getattr(cart, name) for name in KEPT},
        seller=frame.channel.seller,
        store=frame.channel.store,
        country=frame.context.country,
        region=frame.context.region,
        postal_code=frame.context.postal_code,
        lines=tuple(line if line.quote is None else replace(line, total=next(each)) for line in lines),
        deliveries=tuple(deliveries),
        promotions=tuple(promotions),
        tax_basis=basis_of(lines, frame.terms),
        totals=added,
        at=tx.now,
        warnings=tuple(warnings),
    )


async def framed(
    tx: Transaction, cart: StoredCart, *, fresh: bool, counted: bool, coming: Sequence[UUID] = ()
) -> Frame:
    """What the cart is reckoned in, with what is known of variants that are coming into it as well.

    Its currency is the one that it was begun with.
    """
    promising = await means(tx.database)
    known = promising.atlas
    channel = known.channel(cart.channel)
    member = await facts.buyer(tx, cart.customer_id, fresh=fresh)
    context = replace(main_context(cart, channel, known, tx, member), currency=cart.currency)
    shops = {line.store for line in cart.lines if line.store is not None}
    stores = {known.store(shop).location for shop in shops}
    quantities = {**dict.fromkeys(coming, 1), **_quantities(cart.lines)}
    found = await facts.gather(
        tx,
        channel,
        cart.language,
        context,
        quantities,
        sorted({*channel.locations, *stores}),
        fresh=fresh,
        counted=counted,
    )
    others = {
        shop: replace(in_store(shop, cart, channel, known, tx, member), currency=cart.currency)
        for shop in shops
        if len(shops) > 1 or any(line.store is None for line in cart.lines)
    }
    terms = terms_of(context, found.quotes, others, found.prices, found.goods, quantities)
    return Frame(promising, channel, terms, _for_cart(found, cart, tx.now))


def _for_cart(found: Facts, cart: StoredCart, at: datetime) -> Facts:
    """What the shelves have for this cart: what anybody could have, and what is kept for its lines."""
    lines = [line for line in cart.lines if line.kept and line.kept_until and line.kept_until > at]
    if not lines:
        return found
    free = {variant: dict(there) for variant, there in found.offer.free.items()}
    for line in lines:
        bundle = found.goods[line.variant_id].components if line.variant_id in found.goods else ()
        for part in (*line.kept, *_bundles(line, bundle)):
            there = free.setdefault(part.variant_id, {})
            there[part.location] = there.get(part.location, 0) + part.quantity
    return replace(found, offer=Offer(free, found.offer.late))


def _bundles(line: StoredLine, inside: Sequence[Inside]) -> Iterator[Units]:
    """How many whole bundles are kept for a line, and where."""
    for place in {part.location for part in line.kept} if inside else ():
        there = {part.variant_id: part.quantity for part in line.kept if part.location == place}
        yield Units(
            line.variant_id, place, min(there.get(one.variant_id, 0) // one.quantity for one in inside)
        )


def goods_amount(lines: Sequence[CartLine], frame: Frame) -> int:
    """What the goods cost as the market shows prices, before anything is taken off."""
    including = frame.atlas.market(frame.channel.market).tax_display is TaxDisplay.including
    return sum(
        displayed(line.quote, including=including) * line.quantity for line in lines if line.quote is not None
    )


def question(lines: Sequence[StoredLine], frame: Frame) -> DeliveryQuestion:
    """What is asked of a delivery method for these lines."""
    wanted = _quantities(lines)
    context = frame.context
    return DeliveryQuestion(
        context.at,
        frame.channel,
        context.country,
        context.postal_code,
        wanted,
        frame.facts.offer,
        context.region,
    )


def _quantities(lines: Sequence[StoredLine]) -> Counter[UUID]:
    """How many of each variant there are, over all lines."""
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return wanted


def weight(lines: Sequence[StoredLine], frame: Frame) -> int:
    """What the lines weigh together, in grams."""
    goods = frame.facts.goods
    return sum(goods[line.variant_id].weight_g * line.quantity for line in lines if line.variant_id in goods)


async def _promotions(
    tx: Transaction, cart: StoredCart, frame: Frame
) -> tuple[list[CodePromotion], list[CartWarning]]:
    found: list[CodePromotion] = []
    warnings: list[CartWarning] = []
    customer = str(cart.customer_id) if cart.customer_id else None
    for code in cart.codes:
        try:
            found.append(
                await find_code(tx, code, channel=frame.channel, at=frame.context.at, customer=customer)
            )
        except (NotFound, Refused):
            warnings.append(CartWarning(Trouble.code_not_valid, subject=code))
    return found, warnings


def _shared(cart: StoredCart, frame: Frame, buying: bool) -> tuple[list[Held], list[Short]]:
    """Who would get what from where; when it is bought only asked where something is not there yet."""
    offer = frame.facts.offer
    if buying and not offer.late:
        return [], []
    goods = frame.facts.goods
    lines = [line for line in cart.lines if _sold(line, frame)]
    inside = {id: one.components for id, one in goods.items() if one.components}
    demands = rules.demands_of(lines, frame.channel.locations, rules.store_places(frame.atlas), inside)
    held, short = share_out(demands, offer)
    return held, [] if buying else short


def _sold(line: StoredLine, frame: Frame) -> bool:
    goods = frame.facts.goods.get(line.variant_id)
    return goods is not None and goods.published and frame.terms.quote(line) is not None


def _line(line: StoredLine, frame: Frame, late: Late | None) -> CartLine:
    goods = frame.facts.goods.get(line.variant_id)
    selling = goods is not None and goods.published
    return CartLine(
        id=line.id,
        variant_id=line.variant_id,
        quantity=line.quantity,
        intent=line.intent,
        store=line.store,
        note=line.note,
        product_id=goods.product_id if goods else None,
        sku=goods.sku if goods else "",
        name=goods.name if goods else "",
        options=goods.options if goods else "",
        image=goods.image if goods else None,
        tax_class=goods.tax_class if goods else "",
        kind=goods.kind if goods else Kind.physical,
        weight_g=goods.weight_g if goods else 0,
        quote=frame.terms.quote(line) if selling else None,
        total=None,
        kept=line.kept,
        kept_until=line.kept_until,
        components=goods.components if goods else (),
        expected=late.on if late else None,
        preorder=late.preorder if late else False,
    )


async def _delivery(tx: Transaction, group: rules.Group, frame: Frame, goods: int) -> Delivery:
    asked = question(group.lines, frame)
    grams = weight(group.lines, frame)
    if group.kind is DeliveryKind.ship:
        choice = shipping(asked, group.method, frame.means)
    else:
        choice = picking_up(asked, group.method, frame.atlas.store(group.store or ""), frame.means)
    quote = await delivery_price(
        tx, frame.terms.of(group.store), method=group.method.code, weight_g=grams, goods_amount=goods
    )
    return Delivery(
        method=group.method.code,
        kind=group.kind,
        name=group.method.name,
        store=group.store,
        lines=tuple(line.id for line in group.lines),
        weight_g=grams,
        earliest=choice.earliest if choice else None,
        latest=choice.latest if choice else None,
        ready_at=choice.ready_at if choice else None,
        quote=quote,
    )


def _line_troubles(cart: StoredCart, frame: Frame, short: Sequence[Short]) -> Iterator[CartWarning]:
    for line in cart.lines:
        goods = frame.facts.goods.get(line.variant_id)
        if goods is None or not goods.published:
            yield CartWarning(Trouble.not_for_sale, line.id)
        elif frame.terms.quote(line) is None:
            yield CartWarning(Trouble.no_price, line.id)
    for lacking in short:
        yield CartWarning(Trouble.out_of_stock, lacking.line_id, str(lacking.available))


def _delivery_troubles(
    cart: StoredCart, deliveries: Sequence[Delivery], left: Sequence[StoredLine]
) -> Iterator[CartWarning]:
    for line in left:
        if line.intent is Intent.pick_up or cart.ship_method is not None:
            yield CartWarning(Trouble.no_delivery, line.id)
    for one in deliveries:
        if one.earliest is None or (one.kind is DeliveryKind.ship and one.quote is None):
            yield from (CartWarning(Trouble.no_delivery, line) for line in one.lines)
