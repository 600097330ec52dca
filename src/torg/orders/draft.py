"""From a cart to the order that it will be: everything is copied, so that nothing that changes later changes it."""

from datetime import datetime, timedelta
from typing import Final

from torg.carts import Cart, CartLine, touched
from torg.kernel.access import Actor
from torg.kernel.i18n import DEFAULT
from torg.markets import Atlas, Channel
from torg.orders.model import (
    Capture,
    Intent,
    Order,
    OrderDelivery,
    OrderLine,
    OrderPromotion,
    OrderState,
    OrderTax,
)
from torg.orders.rules import CHECK, GRACE
from torg.promotions import new_coupon

TAKEN_OVER: Final = """
market seller customer_id token_hash language country region email phone address business purchase_order tax_basis
currency
""".split()


def draft(
    cart: Cart, known: Atlas, channel: Channel, *, at: datetime, by: Actor
) -> tuple[Order, list[OrderLine]]:
    """The pending order of a cart whose lines are all priced."""
    order = Order(
        order_id=cart.id,
        state=OrderState.pending,
        channel=channel.code,
        store=channel.store,
        **{name: getattr(cart, name) for name in TAKEN_OVER},
        time_zone=_time_zone(known, channel),
        name=cart.name or (cart.address.name if cart.address else ""),
        billing=cart.billing_address,
        deliveries=_deliveries(cart),
        codes=tuple(sorted(cart.codes)),
        promotions=_promotions(cart),
        journey=touched(cart, known, by=by, at=at),
        capture=Capture(channel.settings.capture),
        net=cart.totals.net,
        tax=cart.totals.tax,
        gross=cart.totals.gross,
        discount=cart.totals.discount,
        delivery=sum(delivery.gross for delivery in cart.totals.delivery),
        taxes=_taxes(cart),
        units=sum(line.quantity for line in cart.lines),
        actor=str(by),
        held_until=pay_until(channel, at) + GRACE,
        check_at=at + CHECK,
        created_at=at,
        updated_at=at,
    )
    return order, _lines(cart)


def _taxes(cart: Cart) -> tuple[OrderTax, ...]:
    return tuple(OrderTax(one.name, one.rate, one.net, one.tax, one.treatment) for one in cart.totals.taxes)


def pay_until(channel: Channel, at: datetime) -> datetime:
    """Until when a payment that begins now may take."""
    return at + timedelta(minutes=channel.settings.checkout_hold_minutes)


def _time_zone(known: Atlas, channel: Channel) -> str:
    place = known.store(channel.store).location if channel.store else channel.locations[0]
    return known.location(place).time_zone


def _promotions(cart: Cart) -> tuple[OrderPromotion, ...]:
    return tuple(
        OrderPromotion(
            promotion=one.promotion,
            version=one.version,
            name=one.names.get(cart.language) or one.names.get(DEFAULT) or one.promotion,
            code=one.code,
            amount=one.amount,
            points=one.points,
            coupons=tuple(new_coupon(coupon.promotion, coupon.days) for coupon in one.coupons),
            steps=one.steps,
        )
        for one in cart.promotions
    )


def _deliveries(cart: Cart) -> tuple[OrderDelivery, ...]:
    charges = iter(cart.totals.delivery)
    chosen = []
    for delivery in cart.deliveries:
        charge = next(charges) if delivery.quote is not None else None
        chosen.append(
            OrderDelivery(
                intent=Intent(delivery.kind.value),
                method=delivery.method,
                name=delivery.name.get(cart.language) or delivery.name.get(DEFAULT) or delivery.method,
                store=delivery.store,
                net=charge.net if charge else 0,
                tax=charge.tax if charge else 0,
                gross=charge.gross if charge else 0,
                earliest=delivery.earliest,
                latest=delivery.latest,
                discount=delivery.discount,
                adjustments=delivery.adjustments,
            )
        )
    return tuple(chosen)


def _lines(cart: Cart) -> list[OrderLine]:
    return [_line(position, line) for position, line in enumerate(cart.lines)]


def _line(position: int, line: CartLine) -> OrderLine:
    total = line.total
    if line.quote is None or total is None or line.product_id is None:
        raise LookupError("a cart that lacks a price was to become an order")
    return OrderLine(
        id=line.id,
        position=position,
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        options=line.options,
        image=line.image,
        kind=line.kind.value,
        weight_g=line.weight_g,
        intent=Intent(line.intent.value),
        store=line.store,
        note=line.note,
        quantity=line.quantity,
        unit=line.quote.unit,
        tax_included=line.quote.tax_included,
        tax_rate=total.tax_rate,
        tax_name=total.tax_name,
        treatment=total.treatment,
        discount=total.discount,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
        components=line.components,
        expected=line.expected,
        adjustments=line.adjustments,
        gift=line.gift,
        card=line.card,
        price_reason=line.price_reason,
        wraps=line.wraps,
    )
