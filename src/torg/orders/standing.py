"""How far an order has come in four ways, one word each: paid, shipped, returned, refunded. Pure.

A list, a page and a program read the same word, and nobody has to reckon it from amounts and units. What is added to or
taken from an order changes the whole that it is measured by.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from torg.orders.balance import Balance, given_back
from torg.orders.model import Order, OrderLine
from torg.orders.returns.model import Return


class Extent(StrEnum):
    """How much of a whole."""

    none = "none"
    part = "part"
    all = "all"

    @classmethod
    def of(cls, done: int, whole: int) -> "Extent":
        """So much of a whole; of nothing nothing is done.

        >>> Extent.of(0, 3), Extent.of(2, 3), Extent.of(3, 3), Extent.of(0, 0)
        (<Extent.none: 'none'>, <Extent.part: 'part'>, <Extent.all: 'all'>, <Extent.none: 'none'>)
        """
        if done <= 0:
            return cls.none
        return cls.all if done >= whole else cls.part


class Standing(Struct, frozen=True):
    """How much of what it costs was taken; how many of its units have left, and came back; how much of what was taken
    went back. What costs nothing is paid.
    """

    paid: Extent
    shipped: Extent
    returned: Extent
    refunded: Extent


def standing(order: Order, lines: Sequence[OrderLine], returns: Sequence[Return], money: Balance) -> Standing:
    """How far the order has come, whose money stands like this."""
    back = sum(one.units for one in given_back(returns).values())
    return Standing(
        paid=Extent.of(money.captured, order.gross) if order.gross else Extent.all,
        shipped=Extent.of(sum(line.gone for line in lines), order.units),
        returned=Extent.of(back, order.units),
        refunded=Extent.of(money.refunded + money.credited, money.captured),
    )
