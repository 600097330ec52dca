"""A basket read once: lines and deliveries in an order of their own, and which lines each selection means."""

from collections.abc import Sequence
from typing import Final

from torg.kernel.money import MOST
from torg.promotions.basket import Basket, BasketDelivery, BasketLine
from torg.promotions.evaluating.goods import NONE, GoodsIndex
from torg.promotions.model import MOST_UNITS

FIRST: Final[Sequence[int]] = (0,)
TOO_MUCH: Final = "a basket is at most 2**53 - 1 minor units"


class Reading:
    """What the evaluation asks of a basket, in an order that does not depend on the input's."""

    __slots__ = ("basket", "costs", "deliveries", "lines", "matches", "quantities", "shopper")

    def __init__(self, basket: Basket, goods: GoodsIndex) -> None:
        self.basket = basket
        self.shopper = basket.shopper
        self.lines: Sequence[BasketLine] = sorted(basket.lines, key=_line_order)
        self.deliveries: Sequence[BasketDelivery] = sorted(basket.deliveries, key=_delivery_order)
        self.quantities = [line.quantity for line in self.lines]
        self.costs = [line.quantity * line.unit for line in self.lines]
        self.matches = goods.matches(self.lines)
        _sound(self)

    def only(self, place: int, numbers: Sequence[int]) -> "Reading":
        """The reading of one line by itself; `numbers` are the selections that mean it."""
        alone = object.__new__(Reading)
        alone.basket, alone.shopper, alone.deliveries = self.basket, self.shopper, ()
        alone.lines, alone.costs = [self.lines[place]], [self.costs[place]]
        alone.quantities = [self.quantities[place]]
        alone.matches = dict.fromkeys(numbers, FIRST)
        return alone

    def places(self, number: int) -> Sequence[int]:
        """The lines that a selection means."""
        return self.matches.get(number, NONE)

    def amount(self, number: int) -> int:
        """What the goods of a selection cost before any promotion."""
        costs = self.costs
        return sum([costs[place] for place in self.matches.get(number, NONE)])

    def units(self, number: int) -> int:
        """How many units of a selection there are."""
        quantities = self.quantities
        return sum([quantities[place] for place in self.matches.get(number, NONE)])


def _line_order(line: BasketLine) -> tuple[str, str]:
    return line.variant, line.id


def _delivery_order(delivery: BasketDelivery) -> str:
    return delivery.id


def _sound(reading: Reading) -> None:
    for line in reading.lines:
        if not 1 <= line.quantity <= MOST_UNITS or line.unit < 0:
            raise ValueError("a line has one to a thousand million units and costs no less than nothing")
    charges = [delivery.amount for delivery in reading.deliveries]
    if charges and min(charges) < 0:
        raise ValueError("a delivery costs no less than nothing")
    if sum(reading.costs) + sum(charges) > MOST:
        raise ValueError(TOO_MUCH)
    if len({line.id for line in reading.lines}) < len(reading.lines):
        raise ValueError("two lines have the same id")
    if len({delivery.id for delivery in reading.deliveries}) < len(reading.deliveries):
        raise ValueError("two deliveries have the same id")
