"""What becomes of an amount in a bulk change: converted, changed, rounded, kept above cost. Pure, whole numbers
only.
"""

from decimal import Decimal
from typing import Final

from torg.kernel.money import MOST, exponent, ratio
from torg.pricing.bulk.model import BulkWish, Conversion, Direction, Rounding
from torg.pricing.model import MILLION

EXACT: Final = 10**12
"""A stated rate has at most twelve decimals."""


def minor(text: str, currency: str) -> int | None:
    """A number of units of a currency in its minor units; None when the currency has not so many decimals.

    >>> minor("0.90", "NOK"), minor("10", "JPY"), minor("0.90", "JPY"), minor("0.990", "KWD")
    (90, 10, None, 990)
    """
    exact = Decimal(text).scaleb(exponent(currency))
    return int(exact) if exact == int(exact) else None


def rounded(amount: int, step: int, ending: int, direction: Direction) -> int:
    """The amount that ends so: a multiple of the step and the ending, the first that is not below zero.

    >>> [rounded(amount, 100, 90, Direction.nearest) for amount in (0, 1_239, 1_240, 1_290)]
    [90, 1190, 1290, 1290]
    >>> rounded(1_200, 100, 90, Direction.up), rounded(1_200, 100, 90, Direction.down)
    (1290, 1190)
    """
    lower = (amount - ending) // step * step + ending
    if lower == amount or direction is Direction.down:
        found = lower
    elif direction is Direction.up:
        found = lower + step
    else:
        found = lower if 2 * (amount - lower) < step else lower + step
    return found if found >= 0 else ending


def converted(amount: int, conversion: Conversion, source: str, target: str) -> int:
    """An amount of one currency in another by the stated rate, rounded once, half away from zero.

    >>> from datetime import date
    >>> converted(1_000, Conversion("eur", "11.7425", date(2026, 11, 20), "Norges Bank"), "EUR", "NOK")
    11743
    >>> converted(1_000, Conversion("eur", "163.2", date(2026, 11, 20), "ECB"), "EUR", "JPY")
    1632
    """
    numerator = int(Decimal(conversion.rate) * EXACT) * 10 ** exponent(target)
    return ratio(amount, numerator, EXACT * 10 ** exponent(source))


def changed(amount: int, wish: BulkWish, currency: str, floor: int | None) -> tuple[int, bool]:
    """What becomes of an amount of the list's currency, and whether its cost kept it up.

    What is kept up is rounded upwards, so that rounding never takes it below its floor again.
    """
    after = max(0, amount + ratio(amount, wish.share, MILLION) + wish.amount)
    after = _ended(after, wish.rounding, currency)
    if floor is None or after >= floor:
        return min(after, MOST), False
    rounding = wish.rounding
    if rounding is not None:
        rounding = Rounding(rounding.step, rounding.ending, Direction.up)
    return min(_ended(floor, rounding, currency), MOST), True


def _ended(amount: int, rounding: Rounding | None, currency: str) -> int:
    if rounding is None:
        return amount
    step, ending = minor(rounding.step, currency), minor(rounding.ending, currency)
    if not step or ending is None:
        raise ValueError("a rounding is checked before it is used")
    return rounded(amount, step, ending, rounding.direction)
