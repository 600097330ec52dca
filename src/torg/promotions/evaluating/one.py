"""Promotions acting on one unit of goods that is all there is in the basket: the same as any set of them acting on any
basket, without what one unit does not need. Lists of goods ask for little else.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import product
from math import prod
from typing import NamedTuple, TypeAlias

from torg.promotions.evaluating.choose import LAST, MOST_SETS, Contest, Ranks
from torg.promotions.evaluating.compiled import House, Rule
from torg.promotions.evaluating.effects import Prices, Tiers, Whole
from torg.promotions.evaluating.extras import Rewards
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import FREE, MILLION, Room


class Step(NamedTuple):
    """What one effect takes off a unit, by what is left of it, what it cost and the currency."""

    rank: int
    room: Room
    off: Callable[[int, int, str], int]


Steps: TypeAlias = tuple[Step, ...]
Taken: TypeAlias = tuple[int, dict[int, int]]
"""What is left of a unit, and what each promotion has taken off it."""


class Plan:
    """How some promotions act on a unit that some selections mean.

    Where all of them apply, or one of each of some groups, it is reckoned here. What else competes, or counts for more
    than it takes off, or is a deal of a single unit, is left to a contest.
    """

    __slots__ = ("_groups", "_settled", "_steps", "contested", "currency", "house", "rules")

    def __init__(self, rules: Sequence[Rule], numbers: Collection[int], house: House, currency: str) -> None:
        self.rules = rules
        self.house = house
        self.currency = currency
        groups: dict[str, list[int]] = {}
        for rule in rules:
            if rule.promotion.group is not None:
                groups.setdefault(rule.promotion.group, []).append(rule.rank)
        self._groups = [tuple(members) for members in groups.values() if len(members) > 1]
        grouped = {rank for members in self._groups for rank in members}
        self._settled = tuple([rule.rank for rule in rules if rule.rank not in grouped])
        self.contested = prod(map(len, self._groups)) > MOST_SETS or any(
            rule.alone or rule.has_lines or not rule.plain_on_one or _counts(rule, grouped, currency)
            for rule in rules
        )
        found = [
            (act.stage, Step(rule.rank, rule.room(currency, house), act.off_one))
            for rule in rules
            for act in rule.steps
            if isinstance(act, Prices | Whole | Tiers) and act.number in numbers
        ]
        every = tuple(rule.rank for rule in rules)
        self._steps = {every: tuple(step for _, step in sorted(found, key=_stage_and_rank))}

    def take(self, reading: Reading) -> Taken:
        """What is left of the unit, and what each promotion that applies has taken off it."""
        if self.contested:
            contest = Contest(reading, self.rules, self.house)
            run = contest.run(contest.chosen())
            return run.left[0], run.totals
        cost = reading.costs[0]
        if not self._groups:
            return self._taken(self._settled, cost)
        choices = [[rank for rank in members if self._taken((rank,), cost)[1]] for members in self._groups]
        options = [useful or members[:1] for useful, members in zip(choices, self._groups, strict=True)]
        sets = [tuple(sorted((*self._settled, *choice))) for choice in product(*options)]
        if len(sets) == 1:
            return self._taken(sets[0], cost)
        tried = [(self._taken(ranks, cost), ranks) for ranks in sets]
        return min(tried, key=_best)[0]

    def _taken(self, ranks: Ranks, cost: int) -> Taken:
        """What a set of them takes off."""
        steps = self._steps.get(ranks)
        if steps is None:
            every = next(iter(self._steps.values()))
            steps = self._steps[ranks] = tuple([step for step in every if step.rank in ranks])
        left, currency = cost, self.currency
        totals: dict[int, int] = {}
        for rank, room, off in steps:
            amount = off(left, cost, currency)
            if amount and room is not FREE:
                amount = _within(room, amount, totals.get(rank, 0), cost, left)
            if amount:
                left -= amount
                totals[rank] = totals.get(rank, 0) + amount
        return left, totals


def _counts(rule: Rule, grouped: Collection[int], currency: str) -> bool:
    """Whether what it gives, and does not take off, may decide what applies."""
    gives = any(isinstance(act, Rewards) for act in rule.acts)
    return gives and (rule.rank in grouped or bool(rule.promotion.worth.get(currency)))


def _within(room: Room, amount: int, taken: int, cost: int, left: int) -> int:
    """What the caps leave of an amount; of one unit the most of a line and of an order come to the same."""
    ends = [end - taken for end in (room.line, room.order) if end is not None]
    house = [rate for rate in (room.house_line, room.house_order) if rate is not None]
    ends += [cost * rate // MILLION - (cost - left) for rate in house]
    return max(0, min([amount, *ends]))


def _best(tried: tuple[Taken, Ranks]) -> tuple[int, Ranks]:
    (left, _), ranks = tried
    return left, (*ranks, LAST)


def _stage_and_rank(step: tuple[int, Step]) -> tuple[int, int]:
    return step[0], step[1].rank
