"""Choosing who sends, by ordered rules; pure.

Each rule leaves places out, ranks the others and takes the fewest of them that together have everything; one that
cannot passes, and the next is asked. Exact among the `CANDIDATES` best ranked places that have any of the goods: the
fewest parcels, and of equally many those of the best ranked places.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from torg.inventory.model import Held
from torg.inventory.routing.model import (
    CANDIDATES,
    Cost,
    Costs,
    Decision,
    Destination,
    LeftOut,
    Passed,
    Place,
    Question,
    Rank,
    Rule,
    RuleSet,
    Step,
    Want,
)


class Chosen(NamedTuple):
    """What a rule says: the parts, or why it passes."""

    parts: tuple[Held, ...]
    step: Step


def decide(rules: RuleSet, question: Question) -> Decision | None:
    """What the first rule that decides says; None when all pass. A rule that optimises is asked by its ranks here."""
    decision = explained(rules, question)
    return decision if decision.parts else None


def explained(rules: RuleSet, question: Question) -> Decision:
    """The same, with the reasons also when all pass: a decision without parts."""
    steps: list[Step] = []
    for rule in rules.rules:
        chosen = ask(rule, rules.costs, question)
        steps.append(chosen.step)
        if chosen.step.passed is None:
            found = cost(rules.costs, question, chosen.parts)
            return Decision(chosen.parts, rule.name, tuple(steps), found)
    return Decision((), None, tuple(steps), Cost(0, 0, 0, 0))


def ask(rule: Rule, costs: Costs, question: Question) -> Chosen:
    """What one rule makes of the question."""
    places, left_out = considered(rule, question)
    ranked = sorted(places, key=_Key(rule, costs, question))
    step = Step(rule.name, left_out, tuple(place.location for place in ranked))
    if not ranked:
        return Chosen((), _passes(step, Passed.no_place))
    need = Counter[UUID]()
    for want in question.wants:
        need[want.variant_id] += want.quantity
    free = {place.location: _spare(rule, place, need) for place in ranked}
    if any(sum(row[variant] for row in free.values()) < units for variant, units in need.items()):
        return Chosen((), _passes(step, Passed.not_enough))
    for parcels in range(1, min(rule.most_parcels, len(ranked)) + 1):
        for team in combinations([place.location for place in ranked[:CANDIDATES]], parcels):
            if all(sum(free[place][variant] for place in team) >= units for variant, units in need.items()):
                parts = share(question.wants, {place: dict(free[place]) for place in team})
                if parcels == 1 or worth(question.wants, parts, parcels, rule.least_value):
                    return Chosen(parts, step)
    return Chosen((), _passes(step, Passed.too_many_parcels))


def considered(rule: Rule, question: Question) -> tuple[list[Place], dict[str, LeftOut]]:
    """The places that a rule looks at, and why it does not look at the others."""
    found: list[Place] = []
    left_out: dict[str, LeftOut] = {}
    variants = {want.variant_id for want in question.wants}
    for place in question.places:
        reason = _left_out(rule, place, question.destination, variants)
        if reason is None:
            found.append(place)
        else:
            left_out[place.location] = reason
    return found, left_out


def _left_out(rule: Rule, place: Place, to: Destination, variants: Iterable[UUID]) -> LeftOut | None:
    checks = (
        (all(variant in place.rejected for variant in variants), LeftOut.rejected),
        (not place.ships, LeftOut.does_not_ship),
        (rule.kinds and place.kind not in rule.kinds, LeftOut.kind),
        (rule.locations and place.location not in rule.locations, LeftOut.not_named),
        (rule.same_country and place.country != to.country, LeftOut.other_country),
        (
            rule.same_region and (place.country, place.region) != (to.country, to.region),
            LeftOut.other_region,
        ),
        (rule.on_time and late_by(place, to) > 0, LeftOut.late),
        (place.room is not None and place.room < 1, LeftOut.no_room),
        (all(place.free.get(variant, 0) <= rule.keep for variant in variants), LeftOut.nothing_there),
    )
    return next((reason for applies, reason in checks if applies), None)


def late_by(place: Place, to: Destination) -> int:
    """How many days after the promise goods from there arrive; nought when nothing was promised."""
    return 0 if to.promised_days is None else max(0, place.days - to.promised_days)


def worth(wants: Sequence[Want], parts: Sequence[Held], parcels: int, least: int) -> bool:
    """Whether as many parcels as were meant come out of it, each with goods of at least this value."""
    of = {(want.line_id, want.variant_id): want for want in wants}
    value = Counter[str]()
    for part in parts:
        want = of[part.line_id, part.variant_id]
        value[part.location] += unit_value(want) * part.quantity
    return len(value) == parcels and all(amount >= least for amount in value.values())


def share(wants: Sequence[Want], free: dict[str, dict[UUID, int]]) -> tuple[Held, ...]:
    """Hand the lines to the places in their order: whole lines where one place has them, the others from several.

    `free` holds enough for all, and is used up.
    """
    parts: list[Held] = []
    torn: list[Want] = []
    for want in sorted(wants, key=lambda want: -want.quantity):
        place = next((place for place, row in free.items() if row[want.variant_id] >= want.quantity), None)
        if place is None:
            torn.append(want)
        else:
            free[place][want.variant_id] -= want.quantity
            parts.append(Held(want.line_id, want.variant_id, place, want.quantity))
    for want in torn:
        missing = want.quantity
        for place, row in free.items():
            got = min(missing, row[want.variant_id])
            if got:
                row[want.variant_id] -= got
                missing -= got
                parts.append(Held(want.line_id, want.variant_id, place, got))
    return tuple(sorted(parts, key=lambda part: (part.line_id, part.location)))


def cost(costs: Costs, question: Question, parts: Sequence[Held]) -> Cost:
    """What it costs to send these parts.

    A parcel costs `parcel` (abroad `parcel_abroad`) and each unit its part of `kilogram`, rounded up; every parcel
    after the first `split`; each day that one is late `day_late`; each unit `risk` of its value divided by how many
    the place has free. Linear in units and parcels, so that a solver can find the least.
    """
    of = {(want.line_id, want.variant_id): want for want in question.wants}
    places = {place.location: place for place in question.places}
    sending = [places[code] for code in dict.fromkeys(part.location for part in parts)]
    to = question.destination
    weight = sum(part.quantity * unit_weight(costs, of[part.line_id, part.variant_id]) for part in parts)
    risk = sum(
        part.quantity * unit_risk(costs, of[part.line_id, part.variant_id], places[part.location])
        for part in parts
    )
    return Cost(
        shipping=weight + sum(parcel(costs, place, to) for place in sending),
        splits=costs.split * max(0, len(sending) - 1),
        lateness=costs.day_late * sum(late_by(place, to) for place in sending),
        risk=risk,
    )


def parcel(costs: Costs, place: Place, to: Destination) -> int:
    """What an empty parcel from there costs."""
    return costs.parcel if place.country == to.country else costs.parcel_abroad


def unit_value(want: Want) -> int:
    """What one unit of a line is worth."""
    return want.value // want.quantity


def unit_weight(costs: Costs, want: Want) -> int:
    """What the weight of one unit costs to send."""
    return -(-costs.kilogram * want.weight_g // (1000 * want.quantity))


def unit_risk(costs: Costs, want: Want, place: Place) -> int:
    """What taking one unit there may cost in a sale that is missed."""
    free = max(1, place.free.get(want.variant_id, 0))
    return costs.risk * want.value // (1_000_000 * want.quantity * free)


def _spare(rule: Rule, place: Place, need: Iterable[UUID]) -> dict[UUID, int]:
    return {variant: max(0, place.free.get(variant, 0) - rule.keep) for variant in need}


def _passes(step: Step, why: Passed) -> Step:
    return Step(step.rule, step.left_out, step.ranked, why)


class _Key:
    """How a rule orders places: one number or tuple for each rank, smaller is better."""

    def __init__(self, rule: Rule, costs: Costs, question: Question) -> None:
        self.ranks = rule.ranks
        self.costs = costs
        self.question = question
        self.listed = {place.location: number for number, place in enumerate(question.places)}

    def __call__(self, place: Place) -> tuple[tuple[int, ...], ...]:
        return (*(self._by(rank, place) for rank in self.ranks), (self.listed[place.location],))

    def _by(self, rank: Rank, place: Place) -> tuple[int, ...]:
        to = self.question.destination
        match rank:
            case Rank.listed:
                return (self.listed[place.location],)
            case Rank.nearest:
                return nearness(place, to)
            case Rank.cheapest:
                return (parcel(self.costs, place, to) + late_by(place, to) * self.costs.day_late,)
            case Rank.fastest:
                return (place.days,)
            case Rank.most_stock:
                wants = self.question.wants
                return (-sum(min(want.quantity, place.free.get(want.variant_id, 0)) for want in wants),)
            case Rank.least_busy:
                return (0, 0) if place.room is None else (1, -place.room)


def nearness(place: Place, to: Destination) -> tuple[int, ...]:
    """Smaller is nearer: the same country, the same region, then the longest common beginning of the postal codes.

    Postal codes are given out by area, so that a long common beginning means near; it is no distance.
    """
    if place.country != to.country:
        return (2, 0)
    same = 0
    for here, there in zip(_plain(place.postal_code), _plain(to.postal_code), strict=False):
        if here != there:
            break
        same += 1
    return (0 if place.region is not None and place.region == to.region else 1, -same)


def _plain(code: str | None) -> str:
    return "".join((code or "").split()).upper()
