"""Which lines a selection of goods means: every selection of every promotion is looked up at once, by what a line is,
so that the cost follows what can apply and not what is offered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from torg.promotions.basket import BasketLine
from torg.promotions.model import Goods, Selection

Matches = Mapping[int, Sequence[int]]
NONE: Final[Sequence[int]] = ()


class Pick:
    """A selection made ready to be asked."""

    __slots__ = ("attributes", "named", "narrow", "not_reduced", "without", "words")

    def __init__(self, goods: Selection) -> None:
        self.words = (frozenset(goods.variants), frozenset(goods.products), frozenset(goods.categories))
        self.named = any(self.words)
        self.attributes = [(name, frozenset(values)) for name, values in goods.attributes.items()]
        without = goods.without if isinstance(goods, Goods) else None
        self.without = None if without is None or without == Selection() else Pick(without)
        self.not_reduced = isinstance(goods, Goods) and not goods.reduced
        self.narrow = bool(self.attributes or self.without or self.not_reduced)

    def means(self, line: BasketLine) -> bool:
        """Whether the line is meant."""
        if self.named:
            variants, products, categories = self.words
            if (
                line.variant not in variants
                and line.product not in products
                and categories.isdisjoint(line.categories)
            ):
                return False
        return not self.narrow or self.keeps(line)

    def keeps(self, line: BasketLine) -> bool:
        """Whether a line that is of the goods named has the attributes, and is not left out."""
        for name, values in self.attributes:
            if values.isdisjoint(line.attributes.get(name, ())):
                return False
        if self.not_reduced and line.reduced:
            return False
        return self.without is None or not self.without.means(line)


class GoodsIndex:
    """Every selection under a number, found by the words that a line has."""

    def __init__(self) -> None:
        self.picks: list[Pick] = []
        self._numbers: dict[bytes, int] = {}
        self._variants: dict[str, list[int]] = defaultdict(list)
        self._products: dict[str, list[int]] = defaultdict(list)
        self._categories: dict[str, list[int]] = defaultdict(list)
        self._attributes: dict[str, dict[str, list[int]]] = {}
        self._everywhere: list[int] = []

    def number(self, goods: Goods) -> int:
        """The number of a selection; the same selection has the same."""
        form = msgspec.json.encode(goods, order="deterministic")
        number = self._numbers.get(form)
        if number is None:
            number = self._numbers[form] = len(self.picks)
            pick = Pick(goods)
            self.picks.append(pick)
            self._file(number, pick)
        return number

    def matches(self, lines: Sequence[BasketLine]) -> Matches:
        """The places of the lines that each selection means; a selection that means none is missing."""
        found: dict[int, list[int]] = {}
        variants, products, categories = self._variants, self._products, self._categories
        for place, line in enumerate(lines):
            _add(found, variants.get(line.variant, ()), place)
            _add(found, products.get(line.product, ()), place)
            for category in line.categories:
                if category in categories:
                    _add(found, categories[category], place)
            if self._attributes:
                for name, values in line.attributes.items():
                    numbers = self._attributes.get(name)
                    for value in values if numbers else ():
                        _add(found, numbers.get(value, ()) if numbers else (), place)
        everything = list(range(len(lines)))
        for number in self._everywhere if lines else ():
            found[number] = everything
        return self._narrowed(found, lines)

    def _narrowed(self, found: dict[int, list[int]], lines: Sequence[BasketLine]) -> Matches:
        for number in [number for number in found if self.picks[number].narrow]:
            pick = self.picks[number]
            kept = [place for place in found[number] if pick.keeps(lines[place])]
            if kept:
                found[number] = kept
            else:
                del found[number]
        return found

    def _file(self, number: int, pick: Pick) -> None:
        if pick.named:
            for words, shelf in zip(
                pick.words, (self._variants, self._products, self._categories), strict=True
            ):
                for word in words:
                    shelf[word].append(number)
        elif pick.attributes:
            name, values = pick.attributes[0]
            shelf = self._attributes.setdefault(name, defaultdict(list))
            for value in values:
                shelf[value].append(number)
        else:
            self._everywhere.append(number)


def _add(found: dict[int, list[int]], numbers: Iterable[int], place: int) -> None:
    for number in numbers:
        there = found.get(number)
        if there is None:
            found[number] = [place]
        elif there[-1] != place:
            there.append(place)
