"""Deals: buy some and get some, the cheapest of every so many, and sets at a price. A unit is in one deal at most.

Quantities stay numbers: what a line gives to a deal is found by counting along the lines, sorted by what one unit
costs, so a deal on lines of a million units costs no more than one on as many lines of one.
"""

from collections.abc import Sequence
from typing import Any, Final

from torg.kernel.money import allocate
from torg.promotions import model
from torg.promotions.evaluating.conditions import Why
from torg.promotions.evaluating.effects import NO_EFFECT
from torg.promotions.evaluating.goods import GoodsIndex
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import HALF, MILLION, Room, Run, Taking
from torg.promotions.model import Choose
from torg.promotions.outcome import Reason

CODE: Final = "promotion-deal"


class Shelf:
    """Units of lines that no deal has used yet, the dearest first."""

    __slots__ = ("places", "units", "worth")

    def __init__(self, run: Run, places: Sequence[int]) -> None:
        quantities, used = run.reading.quantities, run.used
        free = {place: quantities[place] - used[place] for place in places}
        self.worth = run.worth()
        self.places = sorted((place for place in places if free[place]), key=self.dearest)
        self.units = free

    def dearest(self, place: int) -> tuple[int, int]:
        """The order of lines: what a unit costs, and where it is the same, the lines' own order."""
        return -self.worth[place], place

    def total(self) -> int:
        """How many units there are."""
        return sum([self.units[place] for place in self.places])

    def first(self, count: int) -> list[tuple[int, int]]:
        """So many of the dearest units: (line, how many)."""
        return taken(self.places, self.units, count)

    def value(self, count: int) -> int:
        """What so many of the dearest units cost."""
        return sum([units * self.worth[place] for place, units in self.first(count)])


def taken(places: Sequence[int], there: dict[int, int], count: int) -> list[tuple[int, int]]:
    """So many units, from the first of the lines on."""
    found = []
    for place in places:
        if count <= 0:
            break
        units = min(count, there[place])
        if units:
            found.append((place, units))
            count -= units
    return found


class OfEvery:
    """Of every so many units some are reduced. The dearest units make the first set, the next the second, and so on, so
    buying at once is never dearer than buying one by one.
    """

    stage = 2

    def __init__(self, effect: model.CheapestFree | model.BuyGet, goods: GoodsIndex) -> None:
        self.number = goods.number(effect.on)
        self.numbers = (self.number,)
        if isinstance(effect, model.CheapestFree):
            self.every, self.reduced = effect.every, effect.free
        else:
            self.every, self.reduced = effect.buy + effect.get, effect.get
        self.percent, self.times, self.choose = effect.percent, effect.times, effect.choose

    def sets(self, units: int) -> int:
        """How often it happens for so many units."""
        sets = units // self.every
        return sets if self.times is None else min(sets, self.times)

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Count along the lines which units are the reduced ones of their set."""
        places = run.open(rank, self.number)
        if run.free(places) < self.every:
            return
        shelf = Shelf(run, places)
        sets = self.sets(shelf.total())
        end = sets * self.every
        begin, reduced = 0, []
        for place in shelf.places if sets else ():
            stop = min(begin + shelf.units[place], end)
            units = self._before(stop) - self._before(begin)
            if units:
                reduced.append((place, units))
            begin = stop
        if not reduced:
            return
        taking = taking_of(run, shelf, reduced, self.percent, sets)
        run.take(rank, room, taking)
        if any(taking.amounts):
            use(run, shelf.first(end))

    def _before(self, place: int) -> int:
        """How many of the first so many units are reduced."""
        sets, rest = divmod(place, self.every)
        if self.choose is Choose.dearest:
            return sets * self.reduced + min(rest, self.reduced)
        return sets * self.reduced + max(0, rest - (self.every - self.reduced))

    def lacking(self, reading: Reading) -> int:
        """How many more units make one more set; nothing when none of it is there, or no more are allowed."""
        units = reading.units(self.number)
        rest = units % self.every
        if not rest or (self.times is not None and units // self.every >= self.times):
            return 0
        return self.every - rest

    def why_not(self, reading: Reading) -> Why:
        have = reading.units(self.number)
        if have >= self.every:
            return NO_EFFECT
        return Reason.too_few, {"need": self.every, "have": have, "lacking": self.every - have}


class BuyThisGetThat:
    """Whoever buys some goods gets some of others reduced. Goods that are of both kinds are either bought or got."""

    stage = 2

    def __init__(self, effect: model.BuyGet, get_on: model.Goods, goods: GoodsIndex) -> None:
        self.bought, self.got = goods.number(effect.on), goods.number(get_on)
        self.numbers = (self.bought, self.got)
        self.effect = effect

    def act(self, run: Run, rank: int, room: Room) -> None:
        """First those that are got, as far as enough are left to be bought; then those that are bought."""
        effect = self.effect
        bought, got = run.open(rank, self.bought), run.open(rank, self.got)
        if run.free(bought) < effect.buy or run.free(got) < effect.get:
            return
        shelf = Shelf(run, sorted({*bought, *got}))
        buys, gets = set(bought), set(got)
        only_bought = sum([shelf.units[place] for place in shelf.places if place not in gets])
        only_got = sum([shelf.units[place] for place in shelf.places if place not in buys])
        both = shelf.total() - only_bought - only_got
        sets = self.sets(only_bought, only_got, both)
        if not sets:
            return
        need = sets * effect.buy
        spare = both - max(0, need - only_bought)
        order = [place for place in shelf.places if place in gets]
        if effect.choose is Choose.cheapest:
            order.sort(key=lambda place: (shelf.worth[place], place))
        reduced = self._got(order, shelf, buys, sets * effect.get, spare)
        rest = dict(shelf.units)
        for place, units in reduced:
            rest[place] -= units
        first = [place for place in shelf.places if place in buys and place not in gets]
        then = [place for place in shelf.places if place in buys and place in gets]
        taking = taking_of(run, shelf, reduced, effect.percent, sets)
        run.take(rank, room, taking)
        if any(taking.amounts):
            use(run, reduced)
            use(run, taken([*first, *then], rest, need))

    def _got(
        self, order: Sequence[int], shelf: Shelf, buys: set[int], count: int, spare: int
    ) -> list[tuple[int, int]]:
        """So many units to be got; of goods that could be bought as well only those that are to spare."""
        found = []
        for place in order:
            units = min(count, shelf.units[place])
            if place in buys:
                units = min(units, spare)
                spare -= units
            if units:
                found.append((place, units))
                count -= units
        return found

    def sets(self, only_bought: int, only_got: int, both: int) -> int:
        """How often it happens when so many units are of one kind only, and of both."""
        buy, get = self.effect.buy, self.effect.get
        sets = min(
            (only_bought + both) // buy,
            (only_got + both) // get,
            (only_bought + only_got + both) // (buy + get),
        )
        return sets if self.effect.times is None else min(sets, self.effect.times)

    def counted(self, reading: Reading) -> tuple[int, int, int]:
        """Units that can only be bought, only be got, and both."""
        bought, got = set(reading.places(self.bought)), set(reading.places(self.got))
        units = {place: reading.lines[place].quantity for place in bought | got}
        return (
            sum([units[place] for place in bought - got]),
            sum([units[place] for place in got - bought]),
            sum([units[place] for place in bought & got]),
        )

    def lacking(self, reading: Reading) -> int:
        """How many more units make one more set; nothing when none of it is there, or no more are allowed."""
        only_bought, only_got, both = self.counted(reading)
        effect, every = self.effect, self.effect.buy + self.effect.get
        sets = self.sets(only_bought, only_got, both)
        if effect.times is not None and sets >= effect.times:
            return 0
        lacking = self._short(sets + 1, only_bought, only_got, both)
        return lacking if lacking < every else 0

    def _short(self, sets: int, only_bought: int, only_got: int, both: int) -> int:
        buy, get = sets * self.effect.buy, sets * self.effect.get
        return max(
            buy - only_bought - both, get - only_got - both, buy + get - only_bought - only_got - both, 0
        )

    def why_not(self, reading: Reading) -> Why:
        counted = self.counted(reading)
        if self.sets(*counted):
            return NO_EFFECT
        lacking, need = self._short(1, *counted), self.effect.buy + self.effect.get
        return Reason.too_few, {"need": need, "have": need - lacking, "lacking": lacking}


class Sets:
    """All parts together at a price. A line is of the first part that means it; the dearest units make the first set,
    and there are as many sets as are cheaper than their units.
    """

    stage = 2

    def __init__(self, effect: model.BundlePrice, goods: GoodsIndex) -> None:
        self.parts = [(goods.number(part.on), part.quantity) for part in effect.parts]
        self.numbers = tuple(number for number, _ in self.parts)
        self.price, self.times = effect.price, effect.times

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Find how many sets there are, and share out what they are cheaper."""
        parts = list(zip(self._places(run, rank), self.counts(), strict=True))
        if any(run.free(places) < count for places, count in parts):
            return
        shelves = [(Shelf(run, places), count) for places, count in parts]
        most = min(shelf.total() // count for shelf, count in shelves)
        if self.times is not None:
            most = min(most, self.times)
        currency = run.reading.basket.currency
        price = self.price.get(currency)
        if price is None or not most:
            return
        sets = _cheaper(shelves, most, price)
        if not sets:
            return
        used = [
            (place, units, shelf.worth[place])
            for shelf, n in shelves
            for place, units in shelf.first(sets * n)
        ]
        values = [units * worth for _, units, worth in used]
        off = sum(values) - sets * price
        shared = {"sets": sets, "price": price, "goods": sum(values), "currency": currency}

        def facts(index: int) -> dict[str, Any]:
            return {**shared, "units": used[index][1], "base": values[index]}

        places, units = [place for place, _, _ in used], [units for _, units, _ in used]
        run.take(rank, room, Taking("promotion-bundle", places, allocate(off, values), units, facts))
        use(run, list(zip(places, units, strict=True)))

    def counts(self) -> list[int]:
        """How many units of each part make a set."""
        return [count for _, count in self.parts]

    def _places(self, run: Run, rank: int) -> list[list[int]]:
        """The lines of each part."""
        seen: set[int] = set()
        found = []
        for number, _ in self.parts:
            places = [place for place in run.open(rank, number) if place not in seen]
            seen.update(places)
            found.append(places)
        return found

    def _units(self, reading: Reading) -> list[int]:
        seen: set[int] = set()
        found = []
        for number, _ in self.parts:
            places = [place for place in reading.places(number) if place not in seen]
            seen.update(places)
            found.append(sum([reading.lines[place].quantity for place in places]))
        return found

    def lacking(self, reading: Reading) -> int:
        """How many more units make one more set; nothing when none of it is there, or no more are allowed."""
        have = self._units(reading)
        sets = min(units // count for units, count in zip(have, self.counts(), strict=True))
        if self.times is not None and sets >= self.times:
            return 0
        need = [(sets + 1) * count for count in self.counts()]
        lacking = sum([max(0, want - units) for want, units in zip(need, have, strict=True)])
        return lacking if lacking < sum(self.counts()) else 0

    def why_not(self, reading: Reading) -> Why:
        have, need = self._units(reading), self.counts()
        if all(units >= count for units, count in zip(have, need, strict=True)):
            return NO_EFFECT
        lacking = sum([max(0, count - units) for units, count in zip(have, need, strict=True)])
        return Reason.too_few, {"need": sum(need), "have": sum(need) - lacking, "lacking": lacking}


def _cheaper(shelves: Sequence[tuple[Shelf, int]], most: int, price: int) -> int:
    """How many sets, the dearest first, cost more than the price: each is cheaper than the one before, so the last that
    does is found by halving.
    """

    def saves(sets: int) -> bool:
        return sum([shelf.value(sets * n) - shelf.value((sets - 1) * n) for shelf, n in shelves]) > price

    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if saves(middle) else (low, middle - 1)
    return low


def taking_of(run: Run, shelf: Shelf, reduced: Sequence[tuple[int, int]], percent: int, sets: int) -> Taking:
    """A share of what some units of each line cost, rounded once per line."""
    currency, worth = run.reading.basket.currency, shelf.worth
    bases = [units * worth[place] for place, units in reduced]
    amounts = [(base * percent + HALF) // MILLION for base in bases]
    places, units = [place for place, _ in reduced], [count for _, count in reduced]

    def facts(index: int) -> dict[str, Any]:
        told = {"rate": percent, "units": units[index], "base": bases[index], "sets": sets}
        return {**told, "currency": currency}

    return Taking(CODE, places, amounts, units, facts)


def use(run: Run, units: Sequence[tuple[int, int]]) -> None:
    """Note that units are in a deal."""
    for place, count in units:
        run.used[place] += count
