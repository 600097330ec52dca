"""The words of orders: what was bought, at what price, to be delivered how; and what can be refused.

An order is `pending` while its payment is under way: goods are held and the cart is closed to changes. It is `placed`
when it is paid for, or it has `lapsed`: nothing is held, the cart is open again, and completing the cart once more
takes up the same order.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.carts import Adjustment, Business, LineCard, TaxBasis, Touch
from torg.catalog import Inside, Kind
from torg.customers import Address
from torg.kernel.errors import Conflict, Invalid, NotFound, Refused
from torg.kernel.money import Money
from torg.pricing import TraceStep, Treatment
from torg.promotions import Earned, EarnedCoupon


class OrderState(StrEnum):
    """How far an order has come."""

    pending = "pending"
    lapsed = "lapsed"
    placed = "placed"
    cancelled = "cancelled"


class Capture(StrEnum):
    """When authorised money is taken."""

    placement = "placement"
    shipment = "shipment"


class Intent(StrEnum):
    """How a line reaches the customer."""

    ship = "ship"
    pick_up = "pick_up"
    carry_out = "carry_out"
    digital = "digital"


class OrderTax(Struct, frozen=True):
    """The tax of one rate and treatment in an order; rates are millionths."""

    name: str
    rate: int
    net: int
    tax: int
    treatment: Treatment = Treatment.domestic


class OrderDelivery(Struct, frozen=True):
    """A way in which some lines reach the customer, with what was promised and what it costs.

    A store has promised what is picked up for `ready_at`. `discount` is what promotions took off its charge before tax
    was shared out, with each one's `adjustments`.
    """

    intent: Intent
    method: str
    name: str
    store: str | None
    net: int
    tax: int
    gross: int
    earliest: date | None = None
    latest: date | None = None
    ready_at: datetime | None = None
    discount: int = 0
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def picked_up_at(self) -> str | None:
        """The store that hands it over to a customer who comes for it."""
        return self.store if self.intent is Intent.pick_up else None


class Promised(StrEnum):
    """How goods were promised that were not there, or not out, when they were bought."""

    backorder = "backorder"
    preorder = "preorder"


class OrderPromotion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A promotion as it held when the order was made: by which code, what it took off, what the order earns by it."""

    promotion: str
    version: int
    name: str
    code: str | None = None
    amount: int = 0
    points: int = 0
    coupons: tuple[EarnedCoupon, ...] = ()
    steps: tuple[TraceStep, ...] = ()


class OrderLine(Struct, frozen=True):
    """A line as it was bought; `gone` are units that have left the building, of a bundle whole ones.

    `components` are what a bundle was made of then. `adjustments` are the parts of `discount`, promotion by promotion;
    `gift` names the promotion that gave the line for nothing. What was `promised` as a backorder or pre-order was
    expected on that day. `price_reason` is why staff gave it another price than its price list. `card` says who gets
    gift cards, and when; `wraps` is the line whose goods it wraps as gifts.
    """

    id: UUID
    position: int
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    options: str
    image: str | None
    kind: str
    weight_g: int
    intent: Intent
    store: str | None
    note: str | None
    quantity: int
    unit: int
    tax_included: bool
    tax_rate: int
    tax_name: str
    discount: int
    net: int
    tax: int
    gross: int
    treatment: Treatment = Treatment.domestic
    gone: int = 0
    components: tuple[Inside, ...] = ()
    promised: Promised | None = None
    expected: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    gift: str | None = None
    price_reason: str | None = None
    card: LineCard | None = None
    wraps: UUID | None = None

    @property
    def gift_card(self) -> bool:
        """Whether it is gift cards, which are issued when they are paid."""
        return self.kind == Kind.gift_card


class Order(Struct, frozen=True, kw_only=True):
    """An order without its lines. Amounts are minor units of `currency`; `gross` is what the customer pays.

    `store` sold it; `stores` hand over or send some of it. `journey` tells through which channels and on which
    devices it came about; `business` and `tax_basis` are the evidence of how it was taxed. `source` names the system
    that took it, when that was not this one. `given_back` is what changes made cheaper after it was taken,
    `exchanged` what goods that came back have paid of it. `quote` is the version of the quote that it was made of.
    """

    order_id: UUID
    state: OrderState
    source: str | None = None
    number: str | None = None
    channel: str
    market: str
    seller: str
    store: str | None
    stores: tuple[str, ...] = ()
    customer_id: UUID | None
    token_hash: bytes | None
    language: str
    country: str
    region: str | None
    time_zone: str
    name: str
    email: str | None
    phone: str | None
    address: Address | None
    billing: Address | None
    business: Business | None = None
    purchase_order: str | None = None
    quote: int | None = None
    tax_basis: tuple[TaxBasis, ...] = ()
    deliveries: tuple[OrderDelivery, ...]
    codes: tuple[str, ...]
    promotions: tuple[OrderPromotion, ...] = ()
    journey: tuple[Touch, ...] = ()
    capture: Capture
    currency: str
    net: int
    tax: int
    gross: int
    discount: int
    delivery: int
    taxes: tuple[OrderTax, ...]
    units: int
    actor: str
    reason: str | None = None
    held_until: datetime
    check_at: datetime | None = None
    created_at: datetime
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None
    updated_at: datetime
    version: int = 1
    given_back: int = 0
    exchanged: int = 0

    @property
    def picked_up_at(self) -> list[str]:
        """The stores where the customer comes for some of it."""
        return [shop for delivery in self.deliveries if (shop := delivery.picked_up_at) is not None]

    @property
    def earned(self) -> list[Earned]:
        """What it earns by its promotions when it is placed."""
        return [Earned(one.promotion, one.points, one.coupons) for one in self.promotions]

    @property
    def used(self) -> list[str]:
        """The promotions that it counts as a use of."""
        return [one.promotion for one in self.promotions]

    @property
    def total(self) -> Money:
        """What the customer pays."""
        return Money(self.gross, self.currency)


class UnknownOrder(NotFound):
    """There is no such order, or it is not this visitor's, customer's or member of staff's to see."""

    code = "unknown-order"
    message = "There is no order {order}."


class TotalChanged(Conflict):
    """Prices or promotions changed since the customer saw the total: she is asked again."""

    code = "total-changed"
    message = "The total is now {present}, not {expected}."


class CartIncomplete(Invalid):
    """Something is missing that the order needs; all of it is named."""

    code = "cart-incomplete"
    message = "The order lacks some details."


class PaymentMissing(Refused):
    """The order costs something, and nobody said how it is paid."""

    code = "payment-missing"
    message = "Say how {amount} is to be paid."


class EarlierPaymentReturning(Conflict):
    """The money of an earlier try to buy this cart is on its way back: it is bought again once that has arrived."""

    code = "earlier-payment-returning"
    message = "The money of the earlier try is on its way back. Try again in a moment."


class GuestsNotServed(Refused):
    """This channel sells to customers with an account only."""

    code = "guests-not-served"
    message = "Sign in to buy here."


class CannotBeCancelled(Refused):
    """Only an order that was placed, and of which nothing has left, can be cancelled."""

    code = "cannot-be-cancelled"
    message = "An order that is {state} cannot be cancelled."


class SoldOutMeanwhile(Refused):
    """The goods were sold to somebody else while the payment took too long; the money goes back."""

    code = "sold-out-meanwhile"
    message = "While the payment was under way the goods were sold. The money is returned."


class Moved(Conflict):
    """The order is not pending any more: somebody else was faster."""

    code = "order-moved"
    message = "Somebody else has gone on with this order."
