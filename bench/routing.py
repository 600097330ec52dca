"""How many orders a second the rules alone can route, without storing what they decide; and how long the optimiser
thinks about one of ten lines.

`decisions_a_second` is what other measurements call; the orders are of one to five lines over fourteen places, of which
some are closed, full, or lack some of the goods, so that rules pass and orders are split.
"""

import json
import random
import time
from uuid import UUID

from torg.inventory.routing import optimise, rules
from torg.inventory.routing.model import (
    Costs,
    Decision,
    Destination,
    Place,
    Question,
    Rank,
    Rule,
    RuleSet,
    Want,
)
from torg.markets import LocationKind

PLACES, QUESTIONS, SEED = 14, 500, 20_261_123
LINES, OPTIMISED = 10, 100
RULES = RuleSet(
    "web",
    (
        Rule("in time, near", same_country=True, on_time=True, keep=1, ranks=(Rank.nearest, Rank.least_busy)),
        Rule("a warehouse", kinds=(LocationKind.warehouse,), ranks=(Rank.cheapest,)),
        Rule("two parcels", most_parcels=2, least_value=5_000, ranks=(Rank.cheapest, Rank.most_stock)),
        Rule("anybody", most_parcels=4, ranks=(Rank.most_stock, Rank.listed)),
    ),
)


def questions(count: int = QUESTIONS) -> list[Question]:
    """The same orders every time."""
    dice = random.Random(SEED)  # the same dice every time, nothing secret
    return [_question(dice) for _ in range(count)]


def _question(dice: random.Random, lines: int | None = None) -> Question:
    lines = lines or dice.choice((1, 1, 1, 2, 2, 3, 5))
    variants = [UUID(int=dice.getrandbits(128)) for _ in range(lines)]
    wants = tuple(
        Want(UUID(int=number), variant, dice.choice((1, 1, 2, 3)), dice.randrange(5_000, 90_000), 600)
        for number, variant in enumerate(variants)
    )
    places = tuple(
        Place(
            f"place-{number}",
            LocationKind.warehouse if number < 2 else LocationKind.store,  # two warehouses
            dice.choice(("NO", "NO", "SE", "DE")),
            {variant: dice.choice((0, 0, 1, 2, 4, 9)) for variant in variants},
            postal_code=f"{dice.randrange(10_000):04}",
            days=dice.randrange(1, 7),
            room=dice.choice((None, None, 0, 3, 40)),
            ships=dice.random() < 0.9,  # one in ten stays out
        )
        for number in range(PLACES)
    )
    return Question(wants, places, Destination("NO", None, "0155", "standard", promised_days=4))


def decisions_a_second(seconds: float = 1.0) -> dict[str, float]:
    """Route the orders again and again for so long: how many a second of processor time, how many were served."""
    asked = questions()
    served = _round(asked)  # also warms up
    done, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < seconds:
        _round(asked)
        done += len(asked)
    return {
        "orders_per_s": round(done / spent),
        "microseconds": round(1_000_000 * spent / done, 1),
        "places": PLACES,
        "served_percent": round(100 * served / len(asked), 1),
    }


def _round(asked: list[Question]) -> int:
    return sum(isinstance(rules.decide(RULES, question), Decision) for question in asked)


def thinking() -> dict[str, float]:
    """How long the optimiser takes for orders of ten lines, any number of parcels, and how many it proved the least."""
    dice = random.Random(SEED)
    rule = Rule("least cost", most_parcels=8, optimise=True)
    asked = [_question(dice, LINES) for _ in range(OPTIMISED)]
    optimise.least_cost(rule, Costs(), asked[0])  # loads the solver
    spent, proven, served = [], 0, 0
    for question in asked:
        begun = time.perf_counter()
        made = optimise.least_cost(rule, Costs(), question)
        spent.append(1000 * (time.perf_counter() - begun))
        served += isinstance(made, Decision)
        proven += isinstance(made, Decision) and made.gap == 0
    spent.sort()
    return {
        "lines": LINES,
        "places": PLACES,
        "p50_ms": round(spent[len(spent) // 2], 1),
        "p95_ms": round(spent[len(spent) * 95 // 100], 1),
        "most_ms": round(spent[-1], 1),
        "served": served,
        "proven": proven,
    }


def main() -> None:
    """Print what was measured, as JSON."""
    print(json.dumps({"rules": decisions_a_second(), "optimiser": thinking()}))


if __name__ == "__main__":
    main()
