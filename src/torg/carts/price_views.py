"""What stands beside the price of a line, as lists of products tell it too: what more would cost apiece, and from what
it is reduced.
"""

from datetime import datetime

from msgspec import Struct

from torg.kernel.money import Money
from torg.pricing import PriceBreak, Reduction


class CartPriceBreakView(Struct, frozen=True):
    """What one costs from so many on, over all lines of the cart."""

    from_quantity: int
    unit: Money

    @classmethod
    def of(cls, one: PriceBreak, currency: str) -> "CartPriceBreakView":
        """The break in a currency."""
        return cls(one.from_quantity, Money(one.unit, currency))


class CartReductionView(Struct, frozen=True):
    """What would be asked without the reduction, since when it is, and the lowest price of the thirty days before."""

    regular: Money
    since: datetime
    lowest_30_days: Money | None

    @classmethod
    def of(cls, reduction: Reduction, currency: str) -> "CartReductionView":
        """The reduction in a currency."""
        lowest = None if reduction.lowest is None else Money(reduction.lowest, currency)
        return cls(Money(reduction.regular, currency), reduction.since, lowest)
