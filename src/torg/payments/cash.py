"""Cash is counted in coins: what a law makes of an amount that coins cannot pay.

Only what changes hands is rounded, once for the whole amount that is paid in cash, and said as an amount of its own;
the order, its tax and the books keep the exact amount. A half is rounded up unless the place says otherwise. Pure.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from torg.kernel.money import Money


class Coins(Struct, frozen=True):
    """The smallest amount that cash can pay, in minor units, and who says so.

    Amounts up to `exact_to` are paid as they are; others that would come to nothing are rounded up to `least`. Half a
    coin is rounded up unless `half_down`.
    """

    step: int
    source: str
    exact_to: int = 0
    least: int = 0
    half_down: bool = False


# By currency and, where it is not the currency's own matter, country. What is not here is paid exactly.
COINS: Final[Mapping[tuple[str, str | None], Coins]] = {
    ("NOK", None): Coins(100, "FOR-2011-03-16-294 § 2, lovdata.no"),
    ("SEK", None): Coins(100, "Lag (1970:1029) om avrundning av vissa öresbelopp § 2, as of SFS 2009:283"),
    ("DKK", None): Coins(50, "Danmarks Nationalbank: the 50-øre coin is the smallest since 1 October 2008"),
    ("CHF", None): Coins(5, "Swissmint: the 5-centime coin is the smallest since 1 January 2007"),
    ("CZK", None): Coins(
        100,
        "Zákon č. 634/1992 Sb. o ochraně spotřebitele § 3 c, by cnb.cz: the koruna is the smallest coin",
    ),
    ("HUF", None): Coins(500, "2008. évi III. törvény 1. §, 2. §, since 1 March 2008"),
    ("AUD", None): Coins(5, "Federal Treasury's guidelines, since 1 February 1992: the total, to 5 cents"),
    ("CAD", None): Coins(5, "Government of Canada's rounding guideline, canada.ca, since 4 February 2013"),
    ("NZD", None): Coins(
        10,
        "New Zealand Retailers Association's recommendation of 2006: 1 to 5 cents down, 6 to 9 up",
        half_down=True,
    ),
    ("EUR", "BE"): Coins(
        5,
        "Wetboek van economisch recht art. VI.7/1, compulsory since 1 December 2019, above 5 cents",
        exact_to=5,
    ),
    ("EUR", "EE"): Coins(
        5, "Eesti Pank, FAQ about the rounding rule: by law since 1 January 2025, refunds too"
    ),
    ("EUR", "FI"): Coins(
        5,
        "Laki 890/2000 euromääräisten maksujen pyöristämisestä 1 §: 1 and 2 cents are paid as they are",
        exact_to=2,
    ),
    ("EUR", "IE"): Coins(5, "Central Bank of Ireland: national rounding since 28 October 2015"),
    ("EUR", "IT"): Coins(5, "Decreto-legge 50/2017 art. 13-quater, since 1 January 2018"),
    ("EUR", "LT"): Coins(5, "Lietuvos bankas: by law since 1 May 2025"),
    ("EUR", "NL"): Coins(5, "De Nederlandsche Bank: agreed rounding since 1 September 2004"),
    ("EUR", "SK"): Coins(
        5,
        "Zákon č. 18/1996 Z. z. o cenách § 3 (4), since 1 July 2022: 1 and 2 cents are rounded to 5",
        least=5,
    ),
}


def rounding(amount: Money, country: str | None) -> int:
    """What coins add to an amount, or take off it, in this country.

    >>> rounding(Money(19_950, "NOK"), "NO"), rounding(Money(19_949, "NOK"), "NO"), rounding(Money(1_997, "EUR"), "FI")
    (50, -49, -2)
    >>> rounding(Money(1_997, "EUR"), "DE"), rounding(Money(2_475, "DKK"), "DK"), rounding(Money(50, "JPY"), "JP")
    (0, 25, 0)
    """
    coins = COINS.get((amount.currency, country)) or COINS.get((amount.currency, None))
    if coins is None or amount.amount <= coins.exact_to:
        return 0
    if 0 < amount.amount < coins.least:
        return coins.least - amount.amount
    rest = amount.amount % coins.step
    half = 2 * rest == coins.step
    return coins.step - rest if 2 * rest > coins.step or (half and not coins.half_down) else -rest
