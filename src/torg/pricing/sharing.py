"""What some units of a line come to, to the minor unit.

What units are given back or credited for is a share of what was paid for their line, not quantity times price:
discounts, tax and rounding belong to it. Pure, whole numbers only. Each step shares out what is left over the units
that are left, so in whatever steps a line is given back they add up to exactly what was paid for it; no share is
negative, and net and tax make gross in each.
"""

from msgspec import Struct


class Amounts(Struct, frozen=True):
    """What is paid for something without tax, and the tax on it, in minor units; together they are its gross amount."""

    net: int = 0
    tax: int = 0

    @property
    def gross(self) -> int:
        """What is paid for it."""
        return self.net + self.tax

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.net + other.net, self.tax + other.tax)

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.net - other.net, self.tax - other.tax)


def share(left: Amounts, units: int, of: int) -> Amounts:
    """What so many of the `of` units come to for which this much is left; all of them have all of it.

    >>> share(Amounts(80, 20), 1, 3), share(Amounts(54, 13), 1, 2), share(Amounts(27, 7), 1, 1)
    (Amounts(net=27, tax=6), Amounts(net=27, tax=6), Amounts(net=27, tax=7))
    >>> share(Amounts(80, 20), 4, 3)
    Traceback (most recent call last):
        ...
    ValueError: 4 of 3 units
    """
    if not 0 <= units <= of:
        raise ValueError(f"{units} of {of} units")
    if not units:
        return Amounts()
    gross = left.gross * units // of
    # The tax is shared out by the gross amount, not by the units: so no part of it is above its gross amount.
    tax = left.tax * gross // left.gross if left.gross else 0
    return left if units == of else Amounts(gross - tax, tax)
