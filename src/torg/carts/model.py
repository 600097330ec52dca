"""The words of carts.

A cart belongs to a customer or a visitor, not to a channel. The channel, market, language, currency and country in
which it was begun are what its prices are reckoned for, wherever it is taken up again; every line says how it reaches
the customer and through which channel it came in.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg.carts.cards import LineCard
from torg.carts.hands.model import Offered, Opener, Parked
from torg.catalog import Inside, Kind
from torg.customers import Address, CheckedNumber
from torg.inventory import DeliveryKind, Units
from torg.kernel.access.touchpoint import DeviceKind
from torg.markets import Scheme
from torg.pricing import BUILT_IN, LineTotal, Quote, TaxQuestion, Totals, TraceStep, Treatment
from torg.promotions import Lacking, Reason, Use

MOST_LINES: Final = 500
MOST_UNITS: Final = 10_000
MOST_CODES: Final = 10
MOST_TOUCHES: Final = 100


class CartState(StrEnum):
    """Open to changes; a quote; frozen while its purchase is under way; an order; gone into another cart."""

    open = "open"
    quoted = "quoted"
    completing = "completing"
    ordered = "ordered"
    merged = "merged"


class Intent(StrEnum):
    """How a line reaches the customer."""

    ship = "ship"
    pick_up = "pick_up"
    carry_out = "carry_out"
    digital = "digital"


class Trouble(StrEnum):
    """What keeps a line, a delivery or a code from being bought as it stands."""

    not_for_sale = "not-for-sale"
    no_price = "no-price"
    out_of_stock = "out-of-stock"
    no_delivery = "no-delivery"
    code_not_valid = "code-not-valid"


class Adjustment(Struct, frozen=True, omit_defaults=True):
    """What a promotion takes off a line or a charge for delivery, of how many units, and the steps to it."""

    promotion: str
    amount: int
    quantity: int = 1
    steps: tuple[TraceStep, ...] = ()


class CartCoupon(Struct, frozen=True):
    """A code for another promotion that the order will bring, for so many days."""

    promotion: str
    days: int


class CartPromotion(Struct, frozen=True, kw_only=True):
    """A promotion that applies: by which code, what it takes off in all, and what it brings besides."""

    promotion: str
    version: int
    names: Mapping[str, str]
    code: str | None
    amount: int
    points: int = 0
    coupons: tuple[CartCoupon, ...] = ()
    steps: tuple[TraceStep, ...] = ()


class CartGift(Struct, frozen=True):
    """A gift of a promotion: the line that it has become, or None while there is none of it in stock."""

    promotion: str
    variant_id: UUID
    quantity: int
    line_id: UUID | None


class Unapplied(Struct, frozen=True):
    """A promotion whose code was given and which did not apply, with the first reason and the facts behind it."""

    promotion: str
    names: Mapping[str, str]
    code: str
    reason: Reason
    facts: Mapping[str, Any]


class NearlyReached(Struct, frozen=True):
    """A promotion that would apply, or take off more, with so much or so many more."""

    promotion: str
    names: Mapping[str, str]
    what: Lacking
    lacking: int


class StoredLine(Struct, frozen=True, omit_defaults=True):
    """A line as it is kept: what, how many, how it reaches the customer; `store` where that is in a store.

    `kept` says which units of which shelf are kept for it until `kept_until`, when its channel keeps any. `wraps` is
    the line whose goods it wraps as gifts: it goes their way, as many as there are of them.
    """

    id: UUID
    variant_id: UUID
    quantity: int
    intent: Intent
    store: str | None
    note: str | None
    channel: str
    added_at: datetime
    kept: tuple[Units, ...] = ()
    kept_until: datetime | None = None
    card: LineCard | None = None
    wraps: UUID | None = None


class Touch(Struct, frozen=True):
    """Somebody of this kind did something with the cart, in this channel and on this device."""

    at: datetime
    channel: str
    by: str
    device: DeviceKind | None = None


class Loss(StrEnum):
    """Why something did not come along into another cart, or came in another way than it was to come."""

    not_for_sale = "not-for-sale"
    cart_full = "cart-full"
    too_many_codes = "too-many-codes"
    other_way = "other-way"
    no_address = "no-address"


class LeftOut(Struct, frozen=True, omit_defaults=True):
    """Goods or a code that did not come along; with `other_way` the goods came, and reach her otherwise now."""

    why: Loss
    variant_id: UUID | None = None
    name: str = ""
    quantity: int = 0
    code: str = ""


class Merger(Struct, frozen=True):
    """That a cart has gone into another, and what did not come along."""

    into: UUID
    at: datetime
    left_out: tuple[LeftOut, ...] = ()


class Business(Struct, frozen=True, omit_defaults=True):
    """That a company buys, with its VAT number and what was found out about it."""

    company: str
    vat_number: CheckedNumber | None = None


class TaxBasis(Struct, frozen=True, omit_defaults=True):
    """Why some lines are taxed as they are: from where to where, by which law, under which number of the seller."""

    treatment: Treatment
    lines: tuple[UUID, ...]
    sent_from: str
    to: str
    law: str
    scheme: Scheme | None = None
    number: str | None = None
    engine: str = BUILT_IN
    reference: str | None = None


class Then(Struct, frozen=True, kw_only=True):
    """The moment of an order that is reckoned again as the cart that it was: with the prices and promotions of then.

    `quotes` (by line) and `charges` (by delivery) stay as they are, in the charge's own terms and before anything is
    taken off. `kept` is on the shelves for it; `used` are its promotions in their versions, opened by these `codes`;
    they do not look at the lines `apart`. `reasons` tell why lines have another price than their price list says.
    """

    at: datetime
    quotes: Mapping[UUID, Quote] = {}
    charges: Mapping[str, int] = {}
    kept: tuple[Units, ...] = ()
    used: Mapping[str, int] = {}
    codes: Mapping[str, str] = {}
    apart: frozenset[UUID] = frozenset()
    reasons: Mapping[UUID, str] = {}


class StoredCart(Struct, frozen=True, kw_only=True):
    """A cart as it is kept, without anything that is reckoned anew each time.

    An order that is to be changed is reckoned as the cart of `then`, and a quote as that of the moment it was made.
    """

    id: UUID
    state: CartState
    version: int
    customer_id: UUID | None
    token_hash: bytes | None
    channel: str
    market: str
    language: str
    currency: str
    country: str
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    address: Address | None = None
    billing_address: Address | None = None
    business: Business | None = None
    purchase_order: str | None = None
    ship_method: str | None = None
    pick_up_method: str | None = None
    codes: tuple[str, ...] = ()
    created_by: str
    created_at: datetime
    changed_at: datetime
    journey: tuple[Touch, ...] = ()
    lines: tuple[StoredLine, ...] = ()
    merger: Merger | None = None
    offered: Offered | None = None
    openers: tuple[Opener, ...] = ()
    parked: Parked | None = None
    then: Then | None = None

    def moment(self, now: datetime) -> datetime:
        """The moment whose prices, promotions and tax it is reckoned with."""
        return now if self.then is None else self.then.at


class CartLine(Struct, frozen=True, kw_only=True):
    """A line with what the catalogue, the prices and the shelves say of it now; without a price it is in no total.

    `gift` names the promotion that gives it for nothing: it is no line of the stored cart, and bought like one.

    `components` are what a bundle is made of; with `expected` some of it is not there yet, or (`preorder`) not out.
    """

    id: UUID
    variant_id: UUID
    quantity: int
    intent: Intent
    store: str | None
    note: str | None
    product_id: UUID | None
    sku: str
    name: str
    options: str
    image: str | None
    tax_class: str
    kind: Kind
    weight_g: int
    quote: Quote | None
    total: LineTotal | None
    components: tuple[Inside, ...] = ()
    expected: date | None = None
    preorder: bool = False
    kept: tuple[Units, ...] = ()
    kept_until: datetime | None = None
    adjustments: tuple[Adjustment, ...] = ()
    gift: str | None = None
    card: LineCard | None = None
    price_reason: str | None = None
    wraps: UUID | None = None

    def kept_at(self, at: datetime) -> int:
        """How many of it are kept at a time: of a bundle whole ones."""
        if self.kept_until is None or self.kept_until <= at:
            return 0
        if not self.components:
            return sum(part.quantity for part in self.kept)
        return min(self._kept_of(one.variant_id) // one.quantity for one in self.components)

    def _kept_of(self, variant_id: UUID) -> int:
        return sum(part.quantity for part in self.kept if part.variant_id == variant_id)


class Delivery(Struct, frozen=True, kw_only=True):
    """Lines that reach the customer together; without a quote the charge is not known, or there is none.

    `ready_at` is when a store could have them ready if they were bought now.
    """

    method: str
    kind: DeliveryKind
    name: dict[str, str]
    store: str | None
    lines: tuple[UUID, ...]
    weight_g: int
    earliest: date | None
    latest: date | None
    quote: Quote | None
    ready_at: datetime | None = None
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def discount(self) -> int:
        """What promotions take off its charge, in the charge's own terms."""
        return sum(one.amount for one in self.adjustments)


class CartWarning(Struct, frozen=True):
    """Something that has changed under the cart: about a line, or about the whole of it."""

    code: Trouble
    line_id: UUID | None = None
    subject: str = ""


class Cart(Struct, frozen=True, kw_only=True):
    """A cart as everybody sees it: what is kept, and prices, totals, dates and warnings of this moment.

    Tax that is `undecided` is an estimate until an outside engine has been asked. `left_out` is what did not come along
    when another cart went into this one just now, or when it changed its market.
    """

    id: UUID
    state: CartState
    version: int
    customer_id: UUID | None
    token_hash: bytes | None
    channel: str
    market: str
    seller: str
    store: str | None
    language: str
    currency: str
    country: str
    region: str | None
    postal_code: str | None
    email: str | None
    phone: str | None
    name: str | None
    address: Address | None
    billing_address: Address | None
    business: Business | None
    purchase_order: str | None
    tax_basis: tuple[TaxBasis, ...]
    undecided: TaxQuestion | None
    lines: tuple[CartLine, ...]
    deliveries: tuple[Delivery, ...]
    codes: tuple[str, ...]
    promotions: tuple[CartPromotion, ...]
    gifts: tuple[CartGift, ...]
    unapplied: tuple[Unapplied, ...]
    nearly: tuple[NearlyReached, ...]
    uses: tuple[Use, ...]
    totals: Totals
    warnings: tuple[CartWarning, ...]
    changed_at: datetime
    at: datetime
    journey: tuple[Touch, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class CartSummary(Struct, frozen=True):
    """A cart in a list."""

    id: UUID
    version: int
    channel: str
    market: str
    currency: str
    lines: int
    units: int
    changed_at: datetime
