"""Money is a whole number of minor units and an ISO 4217 currency, so that no sum is ever off by a rounding.

Guarantees: no float enters (bool neither); two currencies never meet in one sum; a division is either
rounded once, half away from zero (`ratio`), or shared out so that the parts add up to the whole
(`allocate`). How many minor units a currency has is ISO's answer, not CLDR's, which differs for some (CLDR
shows Hungarian forints and Iraqi dinars without decimals, ISO counts them with two and three); showing money
to people is `torg.kernel.i18n`'s work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import iso4217
from msgspec import Meta, Struct

# JSON readers keep whole numbers exact up to 2**53 - 1; that is ninety thousand billion in a currency with
# cents.
MOST: Final = 2**53 - 1


def _minor_units() -> dict[str, int]:
    units = {code: str(row["CcyMnrUnts"]) for code, row in iso4217.raw_table.items() if code}
    return {code: int(digits) for code, digits in units.items() if digits.isdigit()}


EXPONENTS: Final[dict[str, int]] = _minor_units()
CURRENCIES: Final[frozenset[str]] = frozenset(EXPONENTS)

if TYPE_CHECKING:
    Currency: TypeAlias = str
else:  # a choice among all codes, so that a wrong one is refused where it is read and descriptions list them
    Currency = Annotated[
        Literal[tuple(sorted(CURRENCIES))], Meta(description="ISO 4217 code", examples=["NOK"])
    ]

_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,18})(?:\.(?P<part>\d{1,9}))?", re.ASCII)


class UnknownCurrency(ValueError):
    """ISO 4217 has no such code, or the code (gold, special drawing rights) has no minor unit to count in."""

    def __init__(self, currency: object) -> None:
        super().__init__(f"{currency!r} is not a currency of ISO 4217 with a minor unit")


class MixedCurrencies(ValueError):
    """Two currencies met in one sum or comparison: a defect of the caller, never a matter of input."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be added or compared; convert at a stated rate first")


def exponent(currency: str) -> int:
    """How many decimals the currency counts in, after ISO 4217.

    >>> exponent("JPY"), exponent("NOK"), exponent("KWD")
    (0, 2, 3)
    """
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None


def require_currency(currency: str) -> str:
    """The code itself when it is a currency one can pay in, else `UnknownCurrency`."""
    exponent(currency)
    return currency


def whole(number: int, what: str = "a number of minor units") -> int:
    """The number itself when it is a true integer; floats, decimals and booleans are refused."""
    if type(number) is not int:
        raise TypeError(f"{what} is a whole number, not {type(number).__name__}")
    return number


def ratio(amount: int, numerator: int, denominator: int) -> int:
    """`amount * numerator / denominator`, rounded once, half away from zero, without leaving the integers.

    >>> ratio(250, 25, 1000), ratio(-250, 25, 1000), ratio(10_000, 25, 125)
    (6, -6, 2000)
    """
    top = whole(amount) * whole(numerator, "a numerator")
    if whole(denominator, "a denominator") < 0:
        top, denominator = -top, -denominator
    quotient, rest = divmod(abs(top), denominator)
    rounded = quotient + (2 * rest >= denominator)
    return -rounded if top < 0 else rounded


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Share out a total by weight so that the parts add up to it exactly (largest remainder).

    Equal remainders go to the earlier part, so the same question always has the same answer. A negative
    total gives the mirror image of the positive one. A weight of zero gets nothing; a negative weight, or
    nothing but zeros for a total that is not zero, is a ValueError.

    >>> allocate(100, [1, 1, 1]), allocate(-100, [1, 1, 1]), allocate(5, [0, 3, 7])
    ([34, 33, 33], [-34, -33, -33], [0, 2, 3])
    """
    if any(whole(weight, "a weight") < 0 for weight in weights):
        raise ValueError("a weight is never negative")
    everything = sum(weights)
    if not everything:
        if whole(total):
            raise ValueError("nothing to share the total over: every weight is zero")
        return [0] * len(weights)
    sign = -1 if whole(total) < 0 else 1
    shares = [divmod(abs(total) * weight, everything) for weight in weights]
    left = abs(total) - sum(part for part, _ in shares)
    winners = sorted(range(len(weights)), key=lambda place: -shares[place][1])[:left]
    parts = [part for part, _ in shares]
    for place in winners:
        parts[place] += 1
    return [sign * part for part in parts]


class Money(Struct, frozen=True):
    """An amount in minor units of one currency; made only with a real integer and a currency of ISO 4217.

    >>> Money(1999, "NOK") + Money(1, "NOK")
    Money(amount=2000, currency='NOK')
    >>> Money(1999, "NOK") + Money(1, "SEK")
    Traceback (most recent call last):
        ...
    torg.kernel.money.MixedCurrencies: NOK and SEK cannot be added or compared; convert at a stated rate first
    """

    amount: Annotated[int, Meta(ge=-MOST, le=MOST, description="Minor units", examples=[19900])]
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            whole(self.amount)
        if not -MOST <= self.amount <= MOST:
            raise ValueError(f"an amount lies between -{MOST} and {MOST} minor units")
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency: what a sum over no lines is."""
        return cls(0, currency)

    @classmethod
    def total(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of the parts; the currency says what the sum of no parts is, and every part must have
        it."""
        amount = 0
        for part in parts:
            if part.currency != currency:
                raise MixedCurrencies(currency, part.currency)
            amount += part.amount
        return cls(amount, currency)

    @classmethod
    def from_decimal(cls, text: str, currency: str) -> Money:
        """Read "12.50" as a person or a file writes it; more decimals than the currency has are refused.

        >>> Money.from_decimal("12.5", "NOK"), Money.from_decimal("-1200", "JPY")
        (Money(amount=1250, currency='NOK'), Money(amount=-1200, currency='JPY'))
        """
        found = _DECIMAL.fullmatch(text)
        if found is None:
            raise ValueError("an amount is digits with at most one point, such as 12.50")
        digits = exponent(currency)
        part = (found["part"] or "").rstrip("0")
        if len(part) > digits:
            raise ValueError(f"{currency} has {digits} decimals")
        return cls(int(found["sign"] + found["whole"] + part.ljust(digits, "0")), currency)

    def decimal(self) -> Decimal:
        """The amount in major units, exactly; for showing and for files of others, never for reckoning.

        >>> str(Money(1250, "NOK").decimal()), str(Money(1250, "JPY").decimal())
        ('12.50', '1250')
        """
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * whole(times, "a quantity"), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other).amount

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other).amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def ratio(self, numerator: int, denominator: int) -> Money:
        """A fraction of the amount, rounded half away from zero: a rate of 25 % is `ratio(25, 100)`."""
        return Money(ratio(self.amount, numerator, denominator), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Share the amount out by weight; the parts add up to it exactly (see `allocate`)."""
        return [Money(part, self.currency) for part in allocate(self.amount, weights)]

    def _same(self, other: Money) -> Money:
        if not isinstance(other, Money):
            raise TypeError(f"money meets money only, not {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(self.currency, other.currency)
        return other
