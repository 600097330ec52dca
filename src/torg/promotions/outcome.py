"""What promotions say of a basket: what is taken off what and why, what is given, what is nearly reached, and why every
other promotion did not apply.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from torg.pricing import TraceStep


class LineOff(Struct, frozen=True, gc=False):
    """What a promotion takes off a line together, of how many of its units, and the steps to it."""

    promotion: str
    line: str
    quantity: int
    amount: int
    steps: tuple[TraceStep, ...]


class DeliveryReduction(Struct, frozen=True, gc=False):
    """What a promotion takes off the charge of a delivery, and the steps to it."""

    promotion: str
    delivery: str
    amount: int
    steps: tuple[TraceStep, ...]


class Gift(Struct, frozen=True):
    """So many of one of these variants, for nothing; the first is proposed."""

    promotion: str
    variants: tuple[str, ...]
    quantity: int


class PointsGiven(Struct, frozen=True):
    """Points that the order brings, and the steps to them."""

    promotion: str
    points: int
    steps: tuple[TraceStep, ...]


class Coupon(Struct, frozen=True):
    """A code to be made when the order is placed: for another promotion, for so many days."""

    promotion: str
    of: str
    days: int


class Applied(Struct, frozen=True, gc=False):
    """A promotion that applies, with all that it takes off, and the code that opened it."""

    promotion: str
    amount: int
    code: str | None = None


class Reason(StrEnum):
    """Why a promotion did not apply."""

    no_goods = "no-goods"
    not_yet = "not-yet"
    over = "over"
    code_needed = "code-needed"
    used_up = "used-up"
    other_currency = "other-currency"
    condition = "condition"
    amount_too_low = "amount-too-low"
    amount_too_high = "amount-too-high"
    too_few = "too-few"
    too_many = "too-many"
    other_hours = "other-hours"
    no_effect = "no-effect"
    no_delivery = "no-delivery"
    outweighed = "outweighed"
    nothing_left = "nothing-left"


class Refused(Struct, frozen=True, gc=False):
    """A promotion that did not apply: the first reason, and the facts behind it."""

    promotion: str
    reason: Reason
    facts: Mapping[str, Any]


class Lacking(StrEnum):
    """What a promotion lacks."""

    amount = "amount"
    quantity = "quantity"


class Nearly(Struct, frozen=True, gc=False):
    """A promotion that would apply, or take off more, with so much or so many more of some goods.

    `lacking` is in minor units or in units; `at` is the place in the promotion that says of what: `conditions.0`,
    `effects.1`, `effects.0.tiers.2`.
    """

    promotion: str
    what: Lacking
    lacking: int
    at: str


class ShelfPrice(Struct, frozen=True, gc=False):
    """What one unit costs if it is bought alone, with which promotions, and which others would act on more."""

    line: str
    unit: int
    promotions: tuple[str, ...]
    with_more: tuple[str, ...]


class Outcome(Struct, frozen=True):
    """All that promotions say of a basket, each list in an order of its own that never depends on the input's.

    Line and delivery reductions: by line or delivery, then as the promotions acted. `discount` is what goods and
    deliveries are reduced by together.
    """

    applied: tuple[Applied, ...] = ()
    lines: tuple[LineOff, ...] = ()
    deliveries: tuple[DeliveryReduction, ...] = ()
    gifts: tuple[Gift, ...] = ()
    points: tuple[PointsGiven, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    nearly: tuple[Nearly, ...] = ()
    refused: tuple[Refused, ...] = ()

    def by_line(self) -> dict[str, int]:
        """What each line is reduced by, by all promotions together; lines that are not are missing."""
        found: dict[str, int] = {}
        for one in self.lines:
            found[one.line] = found.get(one.line, 0) + one.amount
        return found

    @property
    def discount(self) -> int:
        """What goods and deliveries are reduced by together."""
        return sum(one.amount for one in self.applied)
