"""The data form of a promotion: what must be true of a basket, and what is taken off it then.

Everything that a promotion may say is in these Structs and nowhere else; there are no expressions to run. The form is
small and closed, so that a second program (the till without a server) can follow it to the unit. What each word does,
in what order and how it is rounded is written in docs/promotions.md.

Amounts are minor units by currency, shares are millionths (10 % is 100,000), times of day are minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from torg.kernel.i18n import DEFAULT
from torg.kernel.money import MOST, Currency

MILLION: Final = 1_000_000
MOST_UNITS: Final = 1_000_000_000
DAY: Final = 24 * 60

Key = Annotated[str, Meta(min_length=1, max_length=60, examples=["autumn-sale"])]
Reference = Annotated[str, Meta(min_length=1, max_length=100)]
References = Annotated[tuple[Reference, ...], Meta(max_length=1_000)]
Share = Annotated[int, Meta(ge=1, le=MILLION, description="Millionths: 100000 is 10 %.")]
MinorUnits = Annotated[int, Meta(ge=0, le=MOST)]
Amounts = Annotated[
    Mapping[Currency, MinorUnits],
    Meta(description="Minor units by currency; in other currencies the promotion does not hold."),
]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


def _hash(value: Struct) -> int:
    """What has mappings in it has a hash too, since it is a default of others."""
    return hash(msgspec.json.encode(value, order="deterministic"))


class Selection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Goods that are meant: of any of these variants, products or categories, and with one of the values of each
    attribute; what is left empty does not narrow.
    """

    variants: References = ()
    products: References = ()
    categories: References = ()
    attributes: Annotated[Mapping[Reference, References], Meta(max_length=20)] = {}

    def __hash__(self) -> int:
        return _hash(self)


class Goods(Selection, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A selection without some of it; `reduced` false leaves out goods that a price list has reduced already."""

    without: Selection | None = None
    reduced: bool = True


EVERYTHING: Final = Goods()


class Fact(StrEnum):
    """What is known of where, by whom and how is bought."""

    channel = "channel"
    market = "market"
    store = "store"
    country = "country"
    group = "group"
    segment = "segment"
    payment = "payment"


class AllOf(Struct, frozen=True, tag_field="type", tag="all", forbid_unknown_fields=True):
    """All of these are true."""

    of: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=20)]


class AnyOf(Struct, frozen=True, tag_field="type", tag="any", forbid_unknown_fields=True):
    """At least one of these is true."""

    of: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=20)]


class Not(Struct, frozen=True, tag_field="type", tag="not", forbid_unknown_fields=True):
    """This is not true."""

    of: Condition


class Is(Struct, frozen=True, tag_field="type", tag="is", forbid_unknown_fields=True):
    """A fact is one of these; of a shopper's groups and segments one is enough."""

    fact: Fact
    any_of: Annotated[References, Meta(min_length=1)]


class GoodsAmount(
    Struct, frozen=True, tag_field="type", tag="amount", forbid_unknown_fields=True, omit_defaults=True
):
    """The goods cost so much together, as their prices are shown, before any promotion."""

    at_least: Amounts
    at_most: Amounts = {}
    on: Goods = EVERYTHING


class GoodsQuantity(
    Struct, frozen=True, tag_field="type", tag="quantity", forbid_unknown_fields=True, omit_defaults=True
):
    """There are so many units of the goods."""

    at_least: Units = 1
    at_most: Units | None = None
    on: Goods = EVERYTHING


class Hours(
    Struct, frozen=True, tag_field="type", tag="hours", forbid_unknown_fields=True, omit_defaults=True
):
    """On these days of the week (Monday is 1), from a minute of the day until another, on the local clock.

    Without weekdays it is every day. When it ends before it begins, it goes on past midnight and belongs to the day
    on which it began.
    """

    weekdays: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(max_length=7)] = ()
    from_minute: Annotated[int, Meta(ge=0, le=DAY - 1)] = 0
    to_minute: Annotated[int, Meta(ge=1, le=DAY)] = DAY


class FirstPurchase(Struct, frozen=True, tag_field="type", tag="first-purchase", forbid_unknown_fields=True):
    """The shopper has never bought here; unknown is not true."""


class KnownCustomer(Struct, frozen=True, tag_field="type", tag="known-customer", forbid_unknown_fields=True):
    """The shopper has an account and is signed in."""


Condition: TypeAlias = (
    AllOf | AnyOf | Not | Is | GoodsAmount | GoodsQuantity | Hours | FirstPurchase | KnownCustomer
)


class Choose(StrEnum):
    """Which units of a deal are the reduced ones."""

    cheapest = "cheapest"
    dearest = "dearest"


class TierBy(StrEnum):
    """What decides which tier is reached."""

    amount = "amount"
    quantity = "quantity"


class PercentOff(
    Struct, frozen=True, tag_field="type", tag="percent", forbid_unknown_fields=True, omit_defaults=True
):
    """A share of what each line costs."""

    percent: Share
    on: Goods = EVERYTHING


class AmountOff(
    Struct, frozen=True, tag_field="type", tag="amount", forbid_unknown_fields=True, omit_defaults=True
):
    """An amount off the goods together, or off each unit of them."""

    amount: Amounts
    on: Goods = EVERYTHING
    each: bool = False


class FixedPrice(
    Struct, frozen=True, tag_field="type", tag="price", forbid_unknown_fields=True, omit_defaults=True
):
    """Each unit costs this, if it costs more."""

    price: Amounts
    on: Goods = EVERYTHING


class BuyGet(
    Struct, frozen=True, tag_field="type", tag="buy-get", forbid_unknown_fields=True, omit_defaults=True
):
    """Whoever buys so many of some goods gets so many of others (or of the same) reduced, again and again.

    `percent` is what is taken off those that are got; `times` is how often it may happen in one order.
    """

    buy: Units
    get: Units
    on: Goods = EVERYTHING
    get_on: Goods | None = None
    percent: Share = MILLION
    times: Units | None = None
    choose: Choose = Choose.cheapest


class CheapestFree(
    Struct, frozen=True, tag_field="type", tag="cheapest-free", forbid_unknown_fields=True, omit_defaults=True
):
    """Of every so many units the cheapest are reduced: three for two is `every` 3, `free` 1."""

    every: Units
    free: Units = 1
    on: Goods = EVERYTHING
    percent: Share = MILLION
    times: Units | None = None
    choose: Choose = Choose.cheapest


class Tier(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From an amount or a quantity on, this share or amount is taken off."""

    amount_from: Amounts = {}
    quantity_from: Units | None = None
    percent: Share | None = None
    amount: Amounts = {}


class Tiered(
    Struct, frozen=True, tag_field="type", tag="tiered", forbid_unknown_fields=True, omit_defaults=True
):
    """The more, the more is taken off: of the tiers that are reached the last holds, for all of the goods."""

    by: TierBy
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=20)]
    on: Goods = EVERYTHING


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many of some goods, as a part of a set."""

    on: Goods
    quantity: Units = 1


class BundlePrice(
    Struct, frozen=True, tag_field="type", tag="bundle", forbid_unknown_fields=True, omit_defaults=True
):
    """All parts together cost this, again and again: `times` is how often in one order."""

    parts: Annotated[tuple[Part, ...], Meta(min_length=1, max_length=10)]
    price: Amounts
    times: Units | None = None


class DeliveryOff(
    Struct, frozen=True, tag_field="type", tag="delivery", forbid_unknown_fields=True, omit_defaults=True
):
    """A share or an amount off the charges for delivery, or a price that none of them is above.

    Without `methods` it is for all of them. Free delivery is a `percent` of 1,000,000.
    """

    percent: Share | None = None
    amount: Amounts = {}
    price: Amounts = {}
    methods: References = ()


class FreeGift(
    Struct, frozen=True, tag_field="type", tag="gift", forbid_unknown_fields=True, omit_defaults=True
):
    """So many of one of these variants, which the shopper chooses; the first is proposed."""

    variants: Annotated[References, Meta(min_length=1)]
    quantity: Units = 1


class Points(
    Struct, frozen=True, tag_field="type", tag="points", forbid_unknown_fields=True, omit_defaults=True
):
    """Points for the order, or for every full amount of the goods as they cost after all promotions."""

    points: Units
    per: Amounts = {}
    on: Goods = EVERYTHING


class NextCoupon(Struct, frozen=True, tag_field="type", tag="coupon", forbid_unknown_fields=True):
    """A code for another promotion, that holds for so many days from the order on."""

    promotion: Key
    days: Annotated[int, Meta(ge=1, le=3_660)]


Effect: TypeAlias = (
    PercentOff
    | AmountOff
    | FixedPrice
    | BuyGet
    | CheapestFree
    | Tiered
    | BundlePrice
    | DeliveryOff
    | FreeGift
    | Points
    | NextCoupon
)


class Stacking(StrEnum):
    """What a promotion allows beside itself."""

    combined = "combined"
    lines = "lines"
    alone = "alone"


class Caps(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The most that a promotion takes off a whole order (delivery included), and off one line."""

    order: Amounts = {}
    line: Amounts = {}

    def __hash__(self) -> int:
        return _hash(self)


class Limits(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often a promotion is used: in all, by one customer, and with one code. Counted when orders are placed."""

    uses: Units | None = None
    per_customer: Units | None = None
    per_code: Units | None = None


NO_CAPS: Final = Caps()
NO_LIMITS: Final = Limits()


class Promotion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reduction with its conditions, as data.

    All `conditions` must be true; then all `effects` happen. The higher `priority` acts first, then the key that comes
    first. Of the promotions of one `group` one applies, the best for the customer. `stacking`: `combined` shares lines
    with others, `lines` has its lines for itself, `alone` has the whole order for itself. `worth` is what gifts, points
    and coupons count when the best is chosen.
    """

    key: Key
    names: Annotated[Mapping[str, Name], Meta(min_length=1, max_length=10)]
    effects: Annotated[tuple[Effect, ...], Meta(min_length=1, max_length=10)]
    conditions: Annotated[tuple[Condition, ...], Meta(max_length=20)] = ()
    priority: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] = 0
    group: Key | None = None
    stacking: Stacking = Stacking.combined
    caps: Caps = NO_CAPS
    needs_code: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    limits: Limits = NO_LIMITS
    worth: Amounts = {}

    def called(self, language: str) -> str:
        """The promotion's name in a language."""
        return self.names.get(language) or self.names.get(DEFAULT) or self.key
