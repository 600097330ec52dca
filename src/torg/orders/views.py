"""Orders as the outside sees them: public ids, money, and nothing that is not the reader's."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict

from torg.customers import Address
from torg.fulfilment import Fulfilment, FulfilmentKind, FulfilmentState
from torg.kernel import ids
from torg.kernel.access.touchpoint import DeviceKind
from torg.kernel.money import Money
from torg.orders.balance import balance
from torg.orders.changes.views import BalanceView, OrderChangeView
from torg.orders.line_views import OrderAdjustmentView, OrderLineView, OrderPromotionView
from torg.orders.model import Intent, Order, OrderLine, OrderState
from torg.orders.placement import Placement
from torg.orders.returns import ReturnView
from torg.orders.see import Seen
from torg.orders.standing import Extent, standing
from torg.orders.store import CustomerOrder
from torg.orders.tax_views import OrderBusinessView, OrderTaxBasisView
from torg.payments import Payment, PaymentState, Tender
from torg.pricing import Treatment

AS_IT_IS: Final = ("source", "number", "channel", "market", "store", "purchase_order", "quote")


class OrderDeliveryView(Struct, frozen=True):
    """How some lines reach the customer, what was promised, and what it costs.

    A store has promised what is picked up for `ready_at`, on its own clock.
    """

    intent: Intent
    method: str
    name: str
    store: str | None
    price: Money
    earliest: date | None
    latest: date | None
    ready_at: datetime | None
    adjustments: list[OrderAdjustmentView]


class OrderTaxView(Struct, frozen=True):
    """The tax of one rate (in millionths) and treatment."""

    name: str
    rate: int
    net: Money
    tax: Money
    treatment: Treatment


class OrderPaymentView(Struct, frozen=True):
    """A payment of an order; with an `action_url` it waits for the customer there.

    `last_four` tells which gift card it was; `refunded` counts what became store credit, too.
    """

    id: str
    tender: Tender
    gateway: str | None
    last_four: str | None
    state: PaymentState
    amount: Money
    captured: Money
    refunded: Money
    action_url: str | None

    @classmethod
    def of(cls, payment: Payment) -> "OrderPaymentView":
        """The payment as its customer sees it."""
        return cls(
            id=ids.public("pay", payment.id),
            tender=payment.tender,
            gateway=payment.gateway,
            last_four=payment.last_four,
            state=payment.state,
            amount=Money(payment.amount, payment.currency),
            captured=Money(payment.captured, payment.currency),
            refunded=Money(payment.returned, payment.currency),
            action_url=payment.action_url,
        )


class OrderParcelView(Struct, frozen=True):
    """A parcel of an order, and where to follow it."""

    carrier: str
    tracking: str | None
    tracking_url: str | None
    shipped_at: datetime


class OrderFulfilmentView(Struct, frozen=True):
    """What one location does for an order; `units` by line: of a bundle how many it sends something of."""

    id: str
    kind: FulfilmentKind
    state: FulfilmentState
    location: str
    store: str | None
    units: dict[str, int]
    parcels: list[OrderParcelView]

    @classmethod
    def of(cls, fulfilment: Fulfilment, lines: Sequence[OrderLine]) -> "OrderFulfilmentView":
        """The fulfilment as its customer sees it."""
        return cls(
            id=ids.public("ful", fulfilment.id),
            kind=fulfilment.kind,
            state=fulfilment.state,
            location=fulfilment.location,
            store=fulfilment.store,
            units=_units(fulfilment, lines),
            parcels=[
                OrderParcelView(p.carrier, p.tracking, p.tracking_url, p.shipped_at)
                for p in fulfilment.parcels
                if p.shipped_at is not None
            ],
        )


def _units(fulfilment: Fulfilment, lines: Sequence[OrderLine]) -> dict[str, int]:
    per = {(line.id, one.variant_id): one.quantity for line in lines for one in line.components}
    units: dict[str, int] = {}
    for part in fulfilment.lines:
        line = ids.public("lin", part.line_id)
        units[line] = max(
            units.get(line, 0), -(-part.quantity // per.get((part.line_id, part.variant_id), 1))
        )
    return units


class TouchView(Struct, frozen=True):
    """Somebody (a visitor, the customer, staff, a program) did something, in this channel and on this device."""

    at: datetime
    channel: str
    by: str
    device: DeviceKind | None


class OrderView(Struct, frozen=True):
    """An order with all that belongs to it. Once placed it has a `number`; `source` says who took it, when not we."""

    id: str
    state: OrderState
    source: str | None
    number: str | None
    channel: str
    market: str
    store: str | None
    customer: str | None
    language: str
    currency: str
    name: str
    email: str | None
    phone: str | None
    address: Address | None
    billing_address: Address | None
    business: OrderBusinessView | None
    purchase_order: str | None
    quote: int | None
    tax_basis: list[OrderTaxBasisView]
    lines: list[OrderLineView]
    deliveries: list[OrderDeliveryView]
    codes: list[str]
    promotions: list[OrderPromotionView]
    discount: Money
    delivery: Money
    net: Money
    tax: Money
    total: Money
    taxes: list[OrderTaxView]
    payments: list[OrderPaymentView]
    fulfilments: list[OrderFulfilmentView]
    journey: list[TouchView]
    returns: list[ReturnView]
    balance: BalanceView
    paid: Extent
    shipped: Extent
    returned: Extent
    refunded: Extent
    changes: list[OrderChangeView]
    reason: str | None
    created_at: datetime
    placed_at: datetime | None
    cancelled_at: datetime | None
    version: int

    @classmethod
    def of(cls, seen: Seen | Placement) -> "OrderView":
        """The order as its customer and staff see it."""
        order = seen.order
        money = partial(Money, currency=order.currency)
        return cls(
            id=ids.public("ord", order.order_id),
            state=order.state,
            **{name: getattr(order, name) for name in AS_IT_IS},
            customer=ids.public("cus", order.customer_id) if order.customer_id else None,
            language=order.language,
            currency=order.currency,
            name=order.name,
            email=order.email,
            phone=order.phone,
            address=order.address,
            billing_address=order.billing,
            business=OrderBusinessView.of(order.business) if order.business else None,
            tax_basis=[OrderTaxBasisView.of(basis, order.language) for basis in order.tax_basis],
            lines=[OrderLineView.of(line, order.currency) for line in seen.lines],
            deliveries=_deliveries(order),
            codes=list(order.codes),
            promotions=[OrderPromotionView.of(one, order) for one in order.promotions],
            discount=money(order.discount),
            delivery=money(order.delivery),
            net=money(order.net),
            tax=money(order.tax),
            total=order.total,
            taxes=_taxes(order),
            payments=[OrderPaymentView.of(payment) for payment in seen.payments],
            fulfilments=_fulfilments(getattr(seen, "fulfilments", ()), seen.lines),
            journey=[TouchView(t.at, t.channel, t.by, t.device) for t in order.journey],
            returns=[ReturnView.of(r) for r in getattr(seen, "returns", ())],
            **_standing(seen),
            changes=[OrderChangeView.of(one) for one in getattr(seen, "changes", ())],
            reason=order.reason,
            created_at=order.created_at,
            placed_at=order.placed_at,
            cancelled_at=order.cancelled_at,
            version=order.version,
        )


def _standing(seen: Seen | Placement) -> dict[str, Any]:
    returns = getattr(seen, "returns", ())
    stands = balance(seen.order, seen.lines, seen.payments, returns)
    return {
        "balance": BalanceView.of(seen.order, stands),
        **asdict(standing(seen.order, seen.lines, returns, stands)),
    }


def _taxes(order: Order) -> list[OrderTaxView]:
    money = partial(Money, currency=order.currency)
    return [OrderTaxView(t.name, t.rate, money(t.net), money(t.tax), t.treatment) for t in order.taxes]


def _fulfilments(all_: Sequence[Fulfilment], lines: Sequence[OrderLine]) -> list[OrderFulfilmentView]:
    """What places do for the order; that one of them could not is not the customer's concern."""
    return [OrderFulfilmentView.of(f, lines) for f in all_ if f.state is not FulfilmentState.rejected]


def _deliveries(order: Order) -> list[OrderDeliveryView]:
    return [
        OrderDeliveryView(
            intent=d.intent,
            method=d.method,
            name=d.name,
            store=d.store,
            price=Money(d.gross, order.currency),
            earliest=d.earliest,
            latest=d.latest,
            ready_at=d.ready_at,
            adjustments=[OrderAdjustmentView.of(one, order.currency) for one in d.adjustments],
        )
        for d in order.deliveries
    ]


class CancelledOrder(Struct, frozen=True):
    """An order that will not be delivered."""

    id: str
    state: OrderState
    source: str | None
    number: str | None
    channel: str
    store: str | None
    customer: str | None
    name: str
    email: str | None
    units: int
    total: Money
    created_at: datetime
    placed_at: datetime | None
    version: int

    @classmethod
    def of(cls, order: Order) -> "CancelledOrder":
        """The order without what belongs to it."""
        return cls(
            id=ids.public("ord", order.order_id),
            state=order.state,
            source=order.source,
            number=order.number,
            channel=order.channel,
            store=order.store,
            customer=ids.public("cus", order.customer_id) if order.customer_id else None,
            name=order.name,
            email=order.email,
            units=order.units,
            total=order.total,
            created_at=order.created_at,
            placed_at=order.placed_at,
            version=order.version,
        )


class CustomerOrderView(Struct, frozen=True):
    """An order in its customer's own list; `title` is its first line's name."""

    id: str
    number: str
    state: OrderState
    channel: str
    store: str | None
    total: Money
    units: int
    gone: int
    title: str
    image: str | None
    placed_at: datetime

    @classmethod
    def of(cls, order: CustomerOrder) -> "CustomerOrderView":
        """The order as its customer's list shows it."""
        return cls(
            id=ids.public("ord", order.order_id),
            number=order.number,
            state=order.state,
            channel=order.channel,
            store=order.store,
            total=Money(order.gross, order.currency),
            units=order.units,
            gone=order.gone,
            title=order.title,
            image=order.image,
            placed_at=order.placed_at,
        )
