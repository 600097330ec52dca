"""What each of many goods costs by itself, for lists and pages of goods: the same as a basket of one unit of it, but
reckoned for all at once. Conditions that are the same for all are asked once; what a unit of a price comes to, where
the same promotions are open and the same selections mean it, is remembered while the promotions stay what they are.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec.structs import replace

from torg.promotions.basket import Basket
from torg.promotions.evaluating.compiled import Offers, Rule
from torg.promotions.evaluating.effects import Tiers
from torg.promotions.evaluating.one import Plan
from torg.promotions.evaluating.reading import Reading
from torg.promotions.outcome import Reason, ShelfPrice

MORE: Final = frozenset({Reason.too_few, Reason.amount_too_low})
MOST_KNOWN: Final = 50_000
"""So many prices are remembered of the same open promotions; then they are forgotten."""
MOST_OPEN: Final = 100
"""So many combinations of open promotions are remembered; then they are forgotten."""

Numbers: TypeAlias = tuple[int, ...]
Found: TypeAlias = tuple[int, tuple[str, ...], tuple[str, ...]]


class Shelves:
    """What is known of goods in lists while the same promotions are open, in one currency."""

    def __init__(self, offers: Offers, rules: Sequence[Rule], currency: str) -> None:
        self.offers = offers
        self.currency = currency
        self.lasting = not any(rule.asks_more for rule in rules)
        self.everywhere = [rule for rule in rules if not rule.needs_goods and rule.acts_on_one]
        self.by_number: dict[int, list[Rule]] = {}
        for rule in rules:
            for number in set(rule.numbers()) if rule.needs_goods else ():
                self.by_number.setdefault(number, []).append(rule)
        self.known: dict[tuple[Numbers, int], Found] = {}
        self._rules: dict[Numbers, list[Rule]] = {}
        self._plans: dict[tuple[Numbers, Numbers], Plan] = {}
        self._wants: dict[tuple[int, Numbers], bool] = {}

    def rules(self, numbers: Numbers) -> list[Rule]:
        """The promotions that could act on goods that these selections mean, in their order."""
        found = self._rules.get(numbers)
        if found is None:
            mine = {rule.rank: rule for rule in self.everywhere}
            for number in numbers:
                mine |= {rule.rank: rule for rule in self.by_number.get(number, ())}
            found = self._rules[numbers] = [mine[rank] for rank in sorted(mine)]
        return found

    def plan(self, numbers: Numbers, rules: Sequence[Rule]) -> Plan:
        """How these promotions act on goods that these selections mean."""
        key = numbers, tuple([rule.rank for rule in rules])
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = Plan(rules, numbers, self.offers.house, self.currency)
        return found

    def price(self, reading: Reading, place: int, numbers: Numbers) -> Found:
        """What one unit comes to."""
        unit = reading.costs[place]
        found = self.known.get((numbers, unit))
        if found is None:
            rules = self.rules(numbers)
            found = _alone(reading.only(place, numbers), numbers, rules, self) if rules else (unit, (), ())
            if self.lasting:
                self._remember(numbers, unit, found)
        return found

    def wants_more(self, rule: Rule, reading: Reading, numbers: Numbers) -> bool:
        """Whether it would act if there were more; for most the same whatever the unit costs."""
        key = rule.rank, numbers
        known = self._wants.get(key)
        if known is not None:
            return known
        wants = any([act.why_not(reading)[0] in MORE for act in rule.acts])
        if not any([isinstance(act, Tiers) for act in rule.acts]):
            self._wants[key] = wants
        return wants

    def _remember(self, numbers: Numbers, unit: int, found: Found) -> None:
        if len(self.known) >= MOST_KNOWN:
            for memory in (self.known, self._rules, self._plans, self._wants):
                memory.clear()
        self.known[numbers, unit] = found


def shelf(basket: Basket, offers: Offers) -> tuple[ShelfPrice, ...]:
    """What one unit of each line costs if it is bought alone, in the order of the lines given; without deliveries.

    `with_more` names promotions that would act on it if there were more in the basket: three for two.
    """
    lines = basket.lines
    if any([line.quantity != 1 for line in lines]):
        lines = tuple([replace(line, quantity=1) for line in lines])
    if basket.deliveries or lines is not basket.lines:
        basket = replace(basket, lines=lines, deliveries=())
    reading = Reading(basket, offers.goods)
    shelves = _shelves(offers, reading)
    numbers: list[list[int]] = [[] for _ in reading.lines]
    for number, places in reading.matches.items():
        for place in places:
            numbers[place].append(number)
    found = {}
    for place, line in enumerate(reading.lines):
        found[line.id] = ShelfPrice(line.id, *shelves.price(reading, place, tuple(sorted(numbers[place]))))
    return tuple([found[line.id] for line in basket.lines])


def _shelves(offers: Offers, reading: Reading) -> Shelves:
    open_rules = [rule for rule in offers.rules if rule.why_not_here(reading) is None]
    key = reading.basket.currency, tuple([rule.rank for rule in open_rules])
    known: Shelves | None = offers.shelves.get(key)
    if known is None:
        if len(offers.shelves) >= MOST_OPEN:
            offers.shelves.clear()
        known = offers.shelves[key] = Shelves(offers, open_rules, reading.basket.currency)
    return known


def _alone(reading: Reading, numbers: Numbers, rules: Sequence[Rule], shelves: Shelves) -> Found:
    offers = shelves.offers
    candidates: list[Rule] = []
    more: list[str] = []
    for rule in rules:
        why = rule.why_not_goods(reading)
        if why is None:
            candidates.append(rule)
        elif why[0] in MORE and rule.needs_goods:
            more.append(rule.promotion.key)
    # Where one has lines for itself even those that do nothing count for how many sets are tried.
    if not any([rule.has_lines for rule in candidates]):
        waiting = [rule for rule in candidates if not rule.acts_on_one]
        if waiting:
            more += [
                rule.promotion.key
                for rule in waiting
                if rule.needs_goods and shelves.wants_more(rule, reading, numbers)
            ]
            candidates = [rule for rule in candidates if rule.acts_on_one]
    if not candidates:
        return reading.costs[0], (), _in_order(more, offers)
    left, totals = shelves.plan(numbers, candidates).take(reading)
    applied = tuple([rule.promotion.key for rule in candidates if totals.get(rule.rank)])
    idle = [rule for rule in candidates if rule.needs_goods and rule.rank not in totals]
    more += [rule.promotion.key for rule in idle if shelves.wants_more(rule, reading, numbers)]
    return left, applied, _in_order(more, offers)


def _in_order(keys: Sequence[str], offers: Offers) -> tuple[str, ...]:
    return tuple(sorted(keys, key=offers.ranks.__getitem__)) if keys else ()
