"""What promotions do to a cart, as the outside sees it: in the reader's words, amount by amount."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from torg import pricing
from torg.carts.model import Adjustment, CartGift, CartPromotion, NearlyReached, Unapplied
from torg.kernel.i18n import DEFAULT, Words
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.pricing import TraceStep
from torg.promotions import Lacking, Reason


class CartStepView(Struct, frozen=True):
    """A step towards an amount: a stable word, the reader's words for it, and the facts."""

    code: str
    text: str
    facts: dict[str, Any]


class CartAdjustmentView(Struct, frozen=True):
    """What a promotion takes off a line or a charge for delivery, of how many units, and why."""

    promotion: str
    amount: Money
    quantity: int
    steps: list[CartStepView]

    @classmethod
    def of(cls, one: Adjustment, currency: str, words: Words) -> "CartAdjustmentView":
        """The adjustment in the reader's words."""
        return cls(one.promotion, Money(one.amount, currency), one.quantity, _steps(one.steps, words))


class CartCouponView(Struct, frozen=True):
    """A code for another promotion that the order will bring, good for so many days."""

    promotion: str
    days: int


class CartPromotionView(Struct, frozen=True, kw_only=True):
    """A promotion that applies: by which code, what it takes off in all, and what the order earns by it."""

    promotion: str
    name: str
    code: str | None
    amount: Money
    points: int
    coupons: list[CartCouponView]
    steps: list[CartStepView]

    @classmethod
    def of(cls, one: CartPromotion, currency: str, words: Words) -> "CartPromotionView":
        """The promotion in the reader's words."""
        return cls(
            promotion=one.promotion,
            name=called(one.names, words.language),
            code=one.code,
            amount=Money(one.amount, currency),
            points=one.points,
            coupons=[CartCouponView(coupon.promotion, coupon.days) for coupon in one.coupons],
            steps=_steps(one.steps, words),
        )


class CartGiftView(Struct, frozen=True):
    """A gift of a promotion, with the line that it has become; without one there is none of it in stock."""

    promotion: str
    variant: str
    quantity: int
    line: str | None
    message: str | None

    @classmethod
    def of(cls, gift: CartGift, words: Words) -> "CartGiftView":
        """The gift in the reader's words."""
        return cls(
            gift.promotion,
            public("var", gift.variant_id),
            gift.quantity,
            public("lin", gift.line_id) if gift.line_id else None,
            None if gift.line_id else words.text("cart.gift-out-of-stock"),
        )


class CartUnappliedView(Struct, frozen=True):
    """A code that was given and whose promotion does not apply to this cart, and the first reason."""

    promotion: str
    name: str
    code: str
    reason: Reason
    message: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, one: Unapplied, currency: str, words: Words) -> "CartUnappliedView":
        """The reason in the reader's words."""
        name = called(one.names, words.language)
        return cls(
            one.promotion,
            name,
            one.code,
            one.reason,
            pricing.explain(TraceStep(one.reason.value, {"currency": currency, **one.facts}), words, "why"),
            dict(one.facts),
        )


class CartNearlyView(Struct, frozen=True):
    """A promotion that would apply, or take off more, with so much (`amount`) or so many (`units`) more."""

    promotion: str
    name: str
    amount: Money | None
    units: int | None
    message: str

    @classmethod
    def of(cls, one: NearlyReached, currency: str, words: Words) -> "CartNearlyView":
        """What is lacking in the reader's words."""
        name = called(one.names, words.language)
        if one.what is Lacking.amount:
            money = Money(one.lacking, currency)
            return cls(
                one.promotion, name, money, None, words.text("cart.nearly-amount", amount=money, name=name)
            )
        text = words.text("cart.nearly-units", count=one.lacking, name=name)
        return cls(one.promotion, name, None, one.lacking, text)


def _steps(steps: Sequence[TraceStep], words: Words) -> list[CartStepView]:
    return [CartStepView(step.code, pricing.explain(step, words), dict(step.facts)) for step in steps]


def called(names: Mapping[str, str], language: str) -> str:
    """A name in a language, or else in the next best."""
    return names.get(language) or names.get(DEFAULT) or next(iter(names.values()))
