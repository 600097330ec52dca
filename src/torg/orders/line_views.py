"""The lines of an order as the outside sees them, and what promotions did to it."""

from datetime import date

from msgspec import Struct

from torg.carts import Adjustment, LineCard
from torg.catalog import Inside
from torg.kernel import ids
from torg.kernel.money import Money
from torg.orders.model import Intent, Order, OrderLine, OrderPromotion, OrderState, Promised
from torg.pricing import Treatment


class OrderAdjustmentView(Struct, frozen=True):
    """What a promotion took off a line or a charge for delivery, of how many units."""

    promotion: str
    amount: Money
    quantity: int

    @classmethod
    def of(cls, one: Adjustment, currency: str) -> "OrderAdjustmentView":
        """The adjustment as the outside sees it."""
        return cls(one.promotion, Money(one.amount, currency), one.quantity)


class OrderCouponView(Struct, frozen=True):
    """A code that the order has brought, for another promotion, for so many days from when it was placed."""

    promotion: str
    code: str
    days: int


class OrderPromotionView(Struct, frozen=True):
    """A promotion as it held when the order was made; points and coupons are there once it is placed."""

    promotion: str
    name: str
    code: str | None
    amount: Money
    points: int
    coupons: list[OrderCouponView]

    @classmethod
    def of(cls, one: OrderPromotion, order: Order) -> "OrderPromotionView":
        """The promotion with what the order earns by it."""
        earned = order.state is OrderState.placed
        return cls(
            one.promotion,
            one.name,
            one.code,
            Money(one.amount, order.currency),
            one.points if earned and order.customer_id is not None else 0,
            [OrderCouponView(each.promotion, each.code, each.days) for each in one.coupons if earned],
        )


class LineComponentView(Struct, frozen=True):
    """So many of a variant in one of a bundle."""

    variant: str
    sku: str
    name: str
    quantity: int

    @classmethod
    def of(cls, one: Inside) -> "LineComponentView":
        """The component as the outside sees it."""
        return cls(ids.public("var", one.variant_id), one.sku, one.name, one.quantity)


class OrderLineView(Struct, frozen=True):
    """A line as it was bought; `gone` are units that have left the building.

    `components` are what a bundle was made of. What was `promised` as a backorder or pre-order was `expected` then.
    `adjustments` are the parts of `discount`; `gift` names the promotion that gave the line for nothing.
    `card` says who gets gift cards, and when.
    """

    id: str
    product: str
    variant: str
    sku: str
    name: str
    options: str
    image: str | None
    intent: Intent
    store: str | None
    note: str | None
    quantity: int
    gone: int
    unit: Money
    tax_included: bool
    tax_rate: int
    tax_name: str
    treatment: Treatment
    discount: Money
    net: Money
    tax: Money
    gross: Money
    components: list[LineComponentView]
    promised: Promised | None
    expected: date | None
    adjustments: list[OrderAdjustmentView]
    gift: str | None
    price_reason: str | None
    card: LineCard | None
    wraps: str | None

    @classmethod
    def of(cls, line: OrderLine, currency: str) -> "OrderLineView":
        """The line as the outside sees it."""
        return cls(
            id=ids.public("lin", line.id),
            product=ids.public("prd", line.product_id),
            variant=ids.public("var", line.variant_id),
            sku=line.sku,
            name=line.name,
            options=line.options,
            image=line.image,
            intent=line.intent,
            store=line.store,
            note=line.note,
            quantity=line.quantity,
            gone=line.gone,
            unit=Money(line.unit, currency),
            tax_included=line.tax_included,
            tax_rate=line.tax_rate,
            tax_name=line.tax_name,
            treatment=line.treatment,
            discount=Money(line.discount, currency),
            net=Money(line.net, currency),
            tax=Money(line.tax, currency),
            gross=Money(line.gross, currency),
            components=[LineComponentView.of(one) for one in line.components],
            promised=line.promised,
            expected=line.expected,
            adjustments=[OrderAdjustmentView.of(one, currency) for one in line.adjustments],
            gift=line.gift,
            price_reason=line.price_reason,
            card=line.card,
            wraps=ids.public("lin", line.wraps) if line.wraps else None,
        )
