"""What would other rules have made of past orders?

Each past order is asked again with the stock, the days and the room of its own moment, less what the simulated rules
have taken by then beyond what was really taken, so that one choice has its effect on the next.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory.routing import optimise, rules, store
from torg.inventory.routing.model import Cost, Decision, Question, RuleSet
from torg.inventory.routing.store import Routing
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


class Outcome(Struct, frozen=True):
    """What a set of rules made of orders: how many it could serve, and what that cost, in minor units."""

    orders: int
    served: int
    parcels: int
    split: int
    on_time: int
    cost: Cost
    loads: dict[str, int]


class Simulation(Struct, frozen=True):
    """What was, and what would have been."""

    was: Outcome
    would_be: Outcome


async def simulate(tx: Transaction, wanted: RuleSet, *, orders: int, by: Actor) -> Simulation:
    """Ask the rules about the channel's last `orders` routed orders; nothing is changed."""
    by.must(Permission.channels_read, channel=wanted.channel)
    past = list(reversed(await store.past(tx, wanted.channel, orders)))
    return await asyncio.to_thread(partial(replay, wanted, past))


def replay(wanted: RuleSet, past: Sequence[Routing], *, overnight: bool = False) -> Simulation:
    """The same without a database; `past` in the order in which it happened.

    With `overnight`, what was taken on one day is there again on the next.
    """
    more = Counter[tuple[UUID, str]]()
    busier = Counter[tuple[str, date]]()
    day = date.min
    was: list[tuple[Question, Decision | None]] = []
    would_be: list[tuple[Question, Decision | None]] = []
    for routing in past:
        if overnight and routing.at.date() != day:
            more.clear()
        day = routing.at.date()
        question = _as_it_would_be(routing.question, more, busier, day)
        decision = _decide(wanted, question)
        for sign, made in ((-1, routing.decision), (1, decision)):
            for part in made.parts if made else ():
                more[part.variant_id, part.location] += sign * part.quantity
            for place in made.places if made else ():
                busier[place, day] += sign
        was.append((routing.question, routing.decision))
        would_be.append((question, decision))
    return Simulation(_sum_up(wanted, was), _sum_up(wanted, would_be))


def _as_it_would_be(
    question: Question, more: Counter[tuple[UUID, str]], busier: Counter[tuple[str, date]], day: date
) -> Question:
    places = tuple(
        replace(
            place,
            free={v: max(0, units - more[v, place.location]) for v, units in place.free.items()},
            room=None if place.room is None else max(0, place.room - busier[place.location, day]),
        )
        for place in question.places
    )
    return replace(question, places=places)


def _decide(wanted: RuleSet, question: Question) -> Decision | None:
    for rule in wanted.rules:
        if rule.optimise:
            found = optimise.least_cost(rule, wanted.costs, question)
            if isinstance(found, Decision):
                return found
        elif rules.ask(rule, wanted.costs, question).step.passed is None:
            return rules.decide(replace(wanted, rules=(rule,)), question)
    return None


def _sum_up(wanted: RuleSet, made: Sequence[tuple[Question, Decision | None]]) -> Outcome:
    served = [(question, decision) for question, decision in made if decision is not None]
    costs = [rules.cost(wanted.costs, question, decision.parts) for question, decision in served]
    loads = Counter(place for _, decision in served for place in decision.places)
    return Outcome(
        orders=len(made),
        served=len(served),
        parcels=sum(loads.values()),
        split=sum(len(decision.places) > 1 for _, decision in served),
        on_time=sum(_on_time(question, decision) for question, decision in served),
        cost=Cost(
            shipping=sum(cost.shipping for cost in costs),
            splits=sum(cost.splits for cost in costs),
            lateness=sum(cost.lateness for cost in costs),
            risk=sum(cost.risk for cost in costs),
        ),
        loads=dict(sorted(loads.items())),
    )


def _on_time(question: Question, decision: Decision) -> bool:
    places = {place.location: place for place in question.places}
    return all(not rules.late_by(places[code], question.destination) for code in decision.places)
