"""Codes that take something off the goods: a percent or an amount, in some channels, for a time, as often as
allowed.

Owns `promotions` and, in the value family keyed by the code, `promotion_counters`, `promotion_customers` and
`promotion_redemptions`. Promises that a limit is never passed, however many redeem at once; that one order
counts once; and that a discount is shared out to the lines to the last minor unit. Publishes
`promotion.created`, `promotion.disabled`, `code.redeemed`, `code.given-back`.
"""

from torg.promotions.events import CodeGivenBack, CodeRedeemed, PromotionCreated, PromotionDisabled
from torg.promotions.keep import create_promotion, disable_promotion, list_promotions, promotion_of
from torg.promotions.model import (
    AmountOff,
    CodeNotValid,
    CodeText,
    CodeUsedUp,
    Limit,
    Percent,
    Promotion,
    UnknownCode,
)
from torg.promotions.redeem import find_code, give_back, redeem
from torg.promotions.rules import discount, written

__all__ = [
    "AmountOff",
    "CodeGivenBack",
    "CodeNotValid",
    "CodeRedeemed",
    "CodeText",
    "CodeUsedUp",
    "Limit",
    "Percent",
    "Promotion",
    "PromotionCreated",
    "PromotionDisabled",
    "UnknownCode",
    "create_promotion",
    "disable_promotion",
    "discount",
    "find_code",
    "give_back",
    "list_promotions",
    "promotion_of",
    "redeem",
    "written",
]
