"""The means with which one can pay through Stripe: where each is offered, and which amounts it takes.

Pure. A means is one of Stripe's payment method types (`card`, `klarna`, `ideal`).
"""

from collections.abc import Mapping
from typing import Final

from torg.kernel.money import Money, exponent

HOSTED: Final = "hosted"
"""Everything that is offered, to choose from on Stripe's page."""

# What can be set aside first and taken later ("Place a hold on a payment method"); all else is taken at once.
HOLDS: Final = frozenset(
    """
    affirm afterpay_clearpay alma amazon_pay billie card cashapp kakao_pay klarna kr_card link mobilepay naver_pay payco
    paypal revolut_pay samsung_pay satispay scalapay sequra sunbit
    """.split()
)

# In these Stripe counts otherwise than ISO 4217 (https://docs.stripe.com/currencies): its zero-decimal MGA has decimals
# in ISO 4217; its "special cases" have none there, but are told to Stripe in hundredths.
DECIMALS: Final = {"MGA": 0, "ISK": 2, "UGX": 2}
# Three decimals of which the last must be 0, and whole units only (the same page).
STEPS: Final = {
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 10),
    **dict.fromkeys(("ISK", "UGX"), 100),
}

Offer = Mapping[str, frozenset[str] | None]
"""Means, each with the countries where it is offered; None is everywhere."""


def read_means(setting: str) -> Offer:
    """Means with their countries, as the setting writes them; empty leaves the choice to Stripe.

    >>> sorted(read_means("card ideal:NL klarna:NO,SE"))
    ['card', 'ideal', 'klarna']
    """
    found: dict[str, frozenset[str] | None] = {}
    for word in setting.split():
        means, _, countries = word.partition(":")
        found[means] = frozenset(countries.split(",")) if countries else None
    return found


def offered(offer: Offer, country: str | None) -> list[str]:
    """The means that are offered to who pays in a country, in the order of the setting."""
    return [means for means, where in offer.items() if where is None or country in where]


def to_stripe(money: Money) -> int | None:
    """The amount as Stripe counts it; None when it cannot take this amount.

    >>> [to_stripe(money) for money in (Money(500, "JPY"), Money(1999, "NOK"), Money(5124, "KWD"), Money(5120, "KWD"))]
    [500, 1999, None, 5120]
    """
    shift = DECIMALS.get(money.currency, exponent(money.currency)) - exponent(money.currency)
    amount, left = divmod(money.amount * 10 ** max(shift, 0), 10 ** max(-shift, 0))
    return None if left or amount % STEPS.get(money.currency, 1) else amount


def from_stripe(amount: int, currency: str) -> int:
    """An amount of Stripe in our minor units.

    >>> from_stripe(500, "ISK"), from_stripe(500, "JPY"), from_stripe(7, "MGA")
    (5, 500, 700)
    """
    shift = DECIMALS.get(currency, exponent(currency)) - exponent(currency)
    return int(amount * 10 ** max(-shift, 0) // 10 ** max(shift, 0))
