"""Which promotions apply together when not all may: the set that takes most off, of at most `MOST_SETS` that are tried,
and of no more than look at `MOST_LINES` lines together.

They compete in three ways: of one group one applies; one that stands alone applies without any other; one that has its
lines for itself leaves nothing of them to others, so it is tried with it and without it. All that do not compete are in
every set. Where more sets than that would have to be tried, they are taken greedily: the one that takes most off by
itself first, each as long as it is allowed beside those that are taken.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Final

from torg.kernel.money import MOST
from torg.promotions.evaluating.compiled import Act, House, Rule
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import Run

MOST_SETS: Final = 64
MOST_LINES: Final = 3_200
LAST: Final = (
    sys.maxsize
)  # of two sets that take off as much, the one with the first promotion that the other lacks
Ranks = tuple[int, ...]


class Contest:
    """The candidates of one basket, and what each and each set of them takes off."""

    def __init__(self, reading: Reading, candidates: Sequence[Rule], house: House) -> None:
        self.reading = reading
        self.rules = {rule.rank: rule for rule in candidates}
        currency = reading.basket.currency
        self.rooms = {rule.rank: rule.room(currency, house) for rule in candidates}
        self._hold = [rule.rank for rule in candidates if rule.has_lines]
        self._alone: dict[int, int] = {}
        self._runs: dict[Ranks, Run] = {}
        self._touches: dict[int, set[int]] = {}
        self._steps: list[tuple[int, int, Act]] = []

    def run(self, ranks: Ranks, *, telling: bool = False) -> Run:
        """The promotions of a set, acting in their order; what nobody is told of is reckoned once."""
        if telling:
            return self._act(ranks, Run(self.reading, telling=True))
        run = self._runs.get(ranks)
        if run is None:
            run = self._runs[ranks] = self._act(ranks, Run(self.reading, telling=False))
        return run

    def _act(self, ranks: Ranks, run: Run) -> Run:
        for rank in self._hold:
            for place in self.touches(rank) if rank in ranks else ():
                run.holders.setdefault(place, rank)
        rooms = self.rooms
        if len(ranks) == 1:
            for act in self.rules[ranks[0]].steps:
                act.act(run, ranks[0], rooms[ranks[0]])
            return run
        chosen = frozenset(ranks)
        for _, rank, act in self._in_order():
            if rank in chosen:
                act.act(run, rank, rooms[rank])
        return run

    def _in_order(self) -> Sequence[tuple[int, int, Act]]:
        """The effects of all candidates: by what they do, then by rank, then as the promotion has them."""
        if not self._steps:
            self._steps = sorted(
                [(act.stage, rule.rank, act) for rule in self.rules.values() for act in rule.steps],
                key=_stage_and_rank,
            )
        return self._steps

    def value(self, run: Run) -> int:
        """What a set takes off, and what its gifts, points and coupons count."""
        currency = self.reading.basket.currency
        worth = [self.rules[rank].promotion.worth.get(currency, 0) for rank in run.rewards]
        return min(sum(run.totals.values()) + sum(worth), MOST)

    def by_itself(self, rank: int) -> int:
        """What one takes off by itself; -1 when it does nothing."""
        if rank not in self._alone:
            run = self.run((rank,))
            does = bool(run.totals.get(rank)) or rank in run.rewards
            self._alone[rank] = self.value(run) if does else -1
        return self._alone[rank]

    def touches(self, rank: int) -> set[int]:
        """The lines that one would reduce."""
        if rank not in self._touches:
            self._touches[rank] = self.rules[rank].touches(self.reading.matches)
        return self._touches[rank]

    def chosen(self) -> Ranks:
        """The set that applies."""
        alone = [rank for rank, rule in self.rules.items() if rule.alone and self.by_itself(rank) >= 0]
        others = [rank for rank, rule in self.rules.items() if not rule.alone]
        if alone:
            others = [rank for rank in others if self.by_itself(rank) >= 0]
        return self._best(self._sets(others, self._options(others), alone))

    def _best(self, sets: Sequence[Ranks]) -> Ranks:
        if len(sets) == 1:
            return sets[0]
        return min(sets, key=lambda ranks: (-self.value(self.run(ranks)), (*ranks, LAST)))

    def _options(self, others: Sequence[int]) -> list[list[Ranks]]:
        """What must be decided: one of a group, with or without one that has its lines for itself."""
        groups: dict[str, list[int]] = {}
        optional = [rank for rank in others if self.rules[rank].has_lines and self._meets(rank, others)]
        for rank in others:
            group = self.rules[rank].promotion.group
            if group is not None:
                groups.setdefault(group, []).append(rank)
        options = []
        decided = set()
        for members in groups.values():
            if len(members) > 1:
                useful = [rank for rank in members if self.by_itself(rank) >= 0] or members[:1]
                decided.update(members)
                choices: list[Ranks] = [(rank,) for rank in useful]
                if any(rank in optional for rank in useful):
                    choices.append(())
                options.append(choices)
        options += [[(rank,), ()] for rank in optional if rank not in decided]
        return options

    def _meets(self, rank: int, others: Sequence[int]) -> bool:
        mine = self.touches(rank)
        return any(other != rank and not mine.isdisjoint(self.touches(other)) for other in others)

    def _sets(self, others: Sequence[int], options: list[list[Ranks]], alone: Sequence[int]) -> list[Ranks]:
        contested = {rank for choices in options for choice in choices for rank in choice}
        settled = [rank for rank in others if rank not in contested and self._stays(rank, contested)]
        count = prod([len(choices) for choices in options]) + len(alone)
        if count > MOST_SETS or count * len(self.reading.lines) > MOST_LINES:
            together = [self._greedy(others)]
        else:
            together = list(_together(settled, options))
        return [*(ranks for ranks in together if ranks or not alone), *((rank,) for rank in alone)]

    def _stays(self, rank: int, contested: set[int]) -> bool:
        """One that does nothing by itself stands aside when there are others of its group."""
        group = self.rules[rank].promotion.group
        return group is None or not any(self.rules[other].promotion.group == group for other in contested)

    def _greedy(self, others: Sequence[int]) -> Ranks:
        groups: set[str] = set()
        kept: list[int] = []
        for rank in sorted(others, key=lambda rank: (-self.by_itself(rank), rank)):
            rule = self.rules[rank]
            if rule.promotion.group in groups:
                continue
            if rule.has_lines and self._meets(rank, kept):
                continue
            if rule.promotion.group is not None:
                groups.add(rule.promotion.group)
            kept.append(rank)
        return tuple(sorted(kept))


def _stage_and_rank(step: tuple[int, int, Act]) -> tuple[int, int]:
    return step[0], step[1]


def _together(settled: Sequence[int], options: Sequence[Sequence[Ranks]]) -> Iterator[Ranks]:
    for choices in product(*options):
        yield tuple(sorted([*settled, *(rank for choice in choices for rank in choice)]))
