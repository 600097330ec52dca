"""Which order goods were returned from, as far as the file lets us know.

It names no order on a credit note. The order is known when the same customer bought all of the credit note's goods on
one invoice before, at the same prices and in such numbers that they could come back; of several the latest. All others,
and those of nobody known, are returns without a receipt.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field

from torg.connectors.online_retail.book import Book
from torg.connectors.online_retail.sort import Document

Wanted: TypeAlias = tuple[int, str, int]
"""A customer, a code, a price."""


class Bought(Struct):
    """Units of goods on one line of an invoice, and how many of them have not come back."""

    document: int
    line: int
    at: datetime
    left: int


class Back(Struct, frozen=True):
    """A credit note: which of the order's lines each of its lines is of."""

    document: int
    lines: tuple[int, ...]


class Matches(Struct):
    """The credit notes of each order, and the credit notes that have an order; both by their invoice's place."""

    of_order: dict[int, list[Back]] = field(default_factory=dict)
    matched: set[int] = field(default_factory=set)


class Purchases:
    """What customers bought of goods that they returned at some time."""

    def __init__(self, book: Book) -> None:
        self._wanted = book.given_back()
        self._bought: dict[Wanted, list[Bought]] = {}
        self._returns: list[tuple[datetime, int, list[tuple[Wanted, int]]]] = []

    def hear(self, place: int, document: Document) -> None:
        """Take note of an invoice."""
        if not document.customer:
            return
        for number, line in enumerate(document.sold):
            key = (document.customer, line.code, line.price)
            if key in self._wanted:
                self._bought.setdefault(key, []).append(Bought(place, number, document.at, line.quantity))
        if document.returned:
            back = [
                ((document.customer, line.code, line.price), -line.quantity) for line in document.returned
            ]
            self._returns.append((document.at, place, back))

    def match(self) -> Matches:
        """The orders of the credit notes, the earliest credit note first."""
        found = Matches()
        for at, place, back in sorted(self._returns):
            for order in self._candidates(at, back[0][0]):
                lines = self._take(order, back)
                if lines is not None:
                    found.of_order.setdefault(order, []).append(Back(place, lines))
                    found.matched.add(place)
                    break
        return found

    def _candidates(self, at: datetime, key: Wanted) -> list[int]:
        bought = [one for one in self._bought.get(key, ()) if one.at <= at and one.left]
        return [one.document for one in sorted(bought, key=lambda one: (one.at, one.document), reverse=True)]

    def _take(self, order: int, back: Sequence[tuple[Wanted, int]]) -> tuple[int, ...] | None:
        """Take all of it off the order's lines; nothing, when one of them does not have it."""
        taken: list[tuple[Bought, int]] = []
        for key, units in back:
            one = next(
                (b for b in self._bought.get(key, ()) if b.document == order and b.left >= units), None
            )
            if one is None:
                for before, count in taken:
                    before.left += count
                return None
            one.left -= units
            taken.append((one, units))
        return tuple(one.line for one, _ in taken)
