"""From a cart as it is kept to a cart as everybody sees it: prices, totals, dates and warnings of this moment.

Nothing that is reckoned here is ever stored with the cart, so nothing of it can be out of date.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules
from torg.carts.frame import Frame, cart_line, framed, quantities
from torg.carts.gifts import given
from torg.carts.model import Adjustment, Cart, CartLine, Delivery, StoredCart, StoredLine
from torg.carts.promote import Offering, Trial, anybody_before, basket_line, discounts, named, offering
from torg.carts.taxing import Said, engine_says
from torg.carts.troubles import troubles
from torg.inventory import (
    DeliveryKind,
    DeliveryQuestion,
    Held,
    Short,
    awaited,
    picking_up,
    share_out,
    shipping,
)
from torg.kernel.database import Transaction
from torg.pricing import (
    PricedDelivery,
    PricedLine,
    PriceRequest,
    Quote,
    Totals,
    delivery_price,
    displayed,
    totals,
    with_lowest,
)
from torg.promotions import Outcome

KEPT = frozenset(StoredCart.__struct_fields__) & frozenset(Cart.__struct_fields__) - {"lines", "country"}


async def reckoned(
    tx: Transaction,
    cart: StoredCart,
    *,
    fresh: bool,
    counted: bool = False,
    buying: bool = False,
    payment: str | None = None,
    trial: Trial | None = None,
) -> Cart:
    """The cart with everything that is reckoned; `fresh` asks the database for every fact, `counted` for the shelves.

    `buying` leaves it to the hold that comes next to say what the shelves have, which it does under a lock. `payment`
    is the tender that it is to be paid with, where that is known; `trial` a promotion that is only being tried.
    """
    frame = await framed(tx, cart, fresh=fresh, counted=counted or (fresh and not buying))
    offers = await offering(tx, cart, frame.channel, frame.context, frame.atlas, payment=payment, trial=trial)
    groups, left = rules.groups(cart, frame.means.methods)
    held, short = _shared(cart, frame, buying)
    bought = await _bought(tx, cart, frame, held, past=not buying)
    deliveries = [await _delivery(tx, group, frame, goods_amount(bought, frame)) for group in groups]
    tax = engine_says(tx, cart, frame.terms, bought, deliveries, frame.atlas)
    bought, deliveries = tax.on_lines(bought), tax.on_deliveries(deliveries)
    outcome, bought, deliveries = await _valued(tx, cart, bought, deliveries, frame, offers, tax)
    gifts, free = await given(tx, cart, outcome)
    lines, deliveries = _reduced([*bought, *tax.on_lines(free)], deliveries, outcome, offers)
    each = iter((added := _added(cart.currency, lines, deliveries)).lines)
    return Cart(
        **{name: getattr(cart, name) for name in KEPT},
        **_where(frame),
        lines=tuple(line if line.quote is None else replace(line, total=next(each)) for line in lines),
        deliveries=tuple(deliveries),
        promotions=offers.promotions(outcome),
        gifts=tuple(gifts),
        unapplied=offers.unapplied(outcome),
        nearly=offers.nearly(outcome),
        uses=offers.uses(outcome),
        tax_basis=tax.basis(lines),
        undecided=tax.undecided,
        totals=added,
        at=tx.now,
        warnings=(*offers.warnings(), *troubles(cart, frame, short, deliveries, left)),
    )


async def _bought(
    tx: Transaction, cart: StoredCart, frame: Frame, held: Sequence[Held], *, past: bool
) -> list[CartLine]:
    """What is gathered, with its prices; `past` with the lowest price before where one is reduced: no statement where
    nothing is, or it was asked for within the last minute.
    """
    waits = awaited(held, frame.facts.offer)
    lines = [cart_line(line, frame, waits.get(line.id)) for line in cart.lines]
    if not past:
        return lines
    quotes = {line.variant_id: line.quote for line in lines if line.quote and line.quote.reduction}
    if not quotes:
        return lines
    items = [PriceRequest(line.variant_id, line.tax_class, line.quantity) for line in lines]
    goods, including = frame.facts.goods, frame.including
    told = await with_lowest(
        tx,
        frame.context,
        quotes,
        items,
        await anybody_before(
            tx,
            frame.channel,
            frame.context,
            frame.atlas,
            [
                basket_line(id.hex, 1, quote, goods[id], including)
                for id, quote in quotes.items()
                if id in goods
            ],
        ),
    )
    return [
        replace(line, quote=told[line.variant_id])
        if line.quote and line.quote.reduction and line.variant_id in told
        else line
        for line in lines
    ]


async def _valued(
    tx: Transaction,
    cart: StoredCart,
    lines: list[CartLine],
    deliveries: list[Delivery],
    frame: Frame,
    offers: Offering,
    tax: Said,
) -> tuple[Outcome, list[CartLine], list[Delivery]]:
    """What promotions say, once more where the tax hinges on what the goods are sold for."""
    outcome, settled = await _settled(tx, lines, deliveries, frame, offers, tax)
    if not outcome.lines or not frame.hinges_on_value:
        return outcome, lines, settled
    lines = _revalued(lines, outcome, frame, cart)
    outcome, settled = await _settled(tx, lines, settled, frame, offers, tax)
    return outcome, lines, settled


def _revalued(lines: Sequence[CartLine], outcome: Outcome, frame: Frame, cart: StoredCart) -> list[CartLine]:
    """The lines with the tax of what they are sold for: what is of low value is measured by the price after discounts.

    Once: should prices without another tax bring another discount, the tax stays.
    """
    off = outcome.by_line()
    paid: dict[UUID, tuple[int, int]] = {}
    for line in lines:
        if line.quote is not None:
            cost = displayed(line.quote, including=frame.including) * line.quantity
            after, before = paid.get(line.variant_id, (0, 0))
            paid[line.variant_id] = after + cost - off.get(line.id.hex, 0), before + cost
    terms = frame.sold_for(paid, cart.lines).terms
    told = [(line, terms.quote(line)) for line in lines]
    fixed = frame.then.quotes if frame.then is not None else {}
    return [
        line
        if new is None or line.quote is None or line.id in fixed or new.treatment is line.quote.treatment
        else replace(line, quote=new)
        for line, new in told
    ]


def _where(frame: Frame) -> dict[str, Any]:
    channel, place = frame.channel, frame.context
    return {
        "seller": channel.seller,
        "store": channel.store,
        "country": place.country,
        "region": place.region,
        "postal_code": place.postal_code,
    }


def _reduced(
    lines: Sequence[CartLine], deliveries: Sequence[Delivery], outcome: Outcome, offers: Offering
) -> tuple[list[CartLine], list[Delivery]]:
    """Lines and deliveries with what promotions take off them, and gifts with the delivery that brings them."""
    off, carried = offers.off_lines(outcome, lines), offers.off_deliveries(outcome, deliveries)
    given = [line for line in lines if line.gift is not None]
    return (
        [replace(line, adjustments=tuple(off.get(line.id.hex, ()))) for line in lines],
        [_joined(one, given, tuple(carried.get(name, ()))) for name, one in named(deliveries).items()],
    )


def _added(currency: str, lines: Sequence[CartLine], deliveries: Sequence[Delivery]) -> Totals:
    priced = [line for line in lines if line.quote is not None]
    return totals(
        currency,
        [PricedLine.of(line.quote, line.quantity) for line in priced if line.quote is not None],
        [_charge(one.quote, one.discount) for one in deliveries if one.quote is not None],
        discounts(priced),
    )


async def _settled(
    tx: Transaction,
    lines: list[CartLine],
    deliveries: list[Delivery],
    frame: Frame,
    offers: Offering,
    tax: Said,
) -> tuple[Outcome, list[Delivery]]:
    """What promotions say, and what delivery costs for goods that cost so much less; asked once more where the charges
    are others than at first.
    """
    outcome = offers.outcome(lines, frame.facts.goods, deliveries)
    less = sum(one.amount for one in outcome.lines)
    if not less:
        return outcome, deliveries
    goods = goods_amount(lines, frame) - less
    again = tax.on_deliveries([replace(one, quote=await _price(tx, one, frame, goods)) for one in deliveries])
    if again == deliveries:
        return outcome, deliveries
    if [one.quote and one.quote.unit for one in again] == [
        one.quote and one.quote.unit for one in deliveries
    ]:
        return outcome, again
    return offers.outcome(lines, frame.facts.goods, again), again


def _joined(delivery: Delivery, gifts: Sequence[CartLine], off: tuple[Adjustment, ...]) -> Delivery:
    """The delivery with the gifts that go with it, and with what promotions take off its charge."""
    mine = [
        line.id for line in gifts if line.intent.value == delivery.kind.value and line.store == delivery.store
    ]
    return replace(delivery, lines=(*delivery.lines, *mine), adjustments=off)


def _charge(quote: Quote, off: int) -> PricedDelivery:
    charge = PricedDelivery.of(quote)
    return replace(charge, amount=charge.amount - off) if off else charge


def goods_amount(lines: Sequence[CartLine], frame: Frame) -> int:
    """What the goods cost as the market shows prices, before anything is taken off."""
    return sum(
        displayed(line.quote, including=frame.including) * line.quantity
        for line in lines
        if line.quote is not None
    )


def question(lines: Sequence[StoredLine], frame: Frame) -> DeliveryQuestion:
    """What is asked of a delivery method for these lines."""
    wanted = quantities(lines)
    context = frame.context
    return DeliveryQuestion(
        frame.now,
        frame.channel,
        context.country,
        context.postal_code,
        wanted,
        frame.facts.offer,
        context.region,
    )


def weight(lines: Sequence[StoredLine], frame: Frame) -> int:
    """What the lines weigh together, in grams."""
    goods = frame.facts.goods
    return sum(goods[line.variant_id].weight_g * line.quantity for line in lines if line.variant_id in goods)


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


async def _delivery(tx: Transaction, group: rules.Group, frame: Frame, goods: int) -> Delivery:
    asked = question(group.lines, frame)
    grams = weight(group.lines, frame)
    if group.kind is DeliveryKind.ship:
        choice = shipping(asked, group.method, frame.means)
    else:
        choice = picking_up(asked, group.method, frame.atlas.store(group.store or ""), frame.means)
    priced = Delivery(
        method=group.method.code,
        kind=group.kind,
        name=group.method.name,
        store=group.store,
        lines=tuple(line.id for line in group.lines),
        weight_g=grams,
        earliest=choice.earliest if choice else None,
        latest=choice.latest if choice else None,
        ready_at=choice.ready_at if choice else None,
        quote=None,
    )
    return replace(priced, quote=await _price(tx, priced, frame, goods))


async def _price(tx: Transaction, delivery: Delivery, frame: Frame, goods: int) -> Quote | None:
    """What the delivery costs for goods of this amount."""
    quote = await delivery_price(
        tx,
        frame.terms.of(delivery.store),
        method=delivery.method,
        weight_g=delivery.weight_g,
        goods_amount=goods,
    )
    if quote is None or frame.then is None:
        return quote
    (name,) = named([delivery])
    return replace(quote, unit=frame.then.charges.get(name, quote.unit))
