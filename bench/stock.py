"""Stock: asking what there is, a large stock, holds beside bare updates, and routing by rules alone.

`./torg bench stock` measures all four on databases of its own; `--only availability,large,holds,routing` some of them.
`large` is 100,000 variants in 300 locations with 3,000,000 levels; `--variants`, `--locations`, `--levels` change it.
"""

import argparse
import sys
import time
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import uvloop
from bench import holding, shopping
from bench.client import Caller
from bench.many_levels import Asked, asked, large
from bench.measure import Load, expect, run
from bench.stage import Stage, stage
from msgspec import Struct
from msgspec.structs import replace

from torg import inventory
from torg.inventory import Destination, Receipt
from torg.inventory.routing import rules
from torg.inventory.routing.model import Place, Question, Rank, Rule, RuleSet, Want
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.markets import LocationKind, atlas

PARTS = ("availability", "large", "holds", "routing")
PAGE = 20
PLACES = 14
TIMES = 1_000
SPREAD = 1_000
PLENTY = 10_000_000
say = partial(print, file=sys.stderr)


class Page(Struct):
    """One page of 20 variants: the question alone in 14 places, and the whole call over the API at 8 callers."""

    question: Asked
    call: Load


class Holds(Struct):
    """Holds a second by way; `times`, by clients: together on one variant, in bare updates of its row."""

    rates: list[holding.Holding]
    times: dict[str, float]


class Routing(Struct):
    """Orders a second that the rules decide, with nothing read or written, in one process."""

    orders_per_s: float
    decided: int
    split: int
    asked: int


def availability(stage: Stage, seconds: float) -> Page:
    """20 variants in 14 locations."""
    variants, places = stage.do(_page)
    question = partial(inventory.availability, variant_ids=variants, locations=places)
    alone = stage.do(lambda database: asked(database, stage.postgres, question, TIMES))
    stage.add_server()
    stage.add_server()
    goods = uvloop.run(shopping.look_around(stage.port, most=100))
    names = "&".join(f"variants={variant}" for variant in goods.variants[:PAGE])
    path = f"/api/v1/channels/{shopping.CHANNEL}/availability?{names}"

    async def once(caller: Caller) -> None:
        expect(await caller.call("GET", path), 200)

    load, _ = uvloop.run(run(once, port=stage.port, concurrency=8, seconds=seconds, meter=stage.meter()))
    return Page(alone, load)


async def _page(database: Database) -> tuple[list[UUID], list[str]]:
    return (await shopping.shelved(database))[:PAGE], sorted((await atlas(database)).locations)[:PLACES]


def holds(stage: Stage, seconds: float) -> Holds:
    """On one variant and on as many as there are, at 32 and 256 clients."""
    variants = stage.do(_stocked)
    rates = uvloop.run(holding.measured(stage.url, variants, shopping.WAREHOUSE, seconds=seconds))
    hot = {(rate.way, rate.clients): rate.per_second for rate in rates if rate.variants == 1}
    times = {
        str(clients): round(hot[holding.Way.together, clients] / rate, 2)
        for (way, clients), rate in hot.items()
        if way == "bare"
    }
    return Holds([replace(rate, per_second=round(rate.per_second, 1)) for rate in rates], times)


async def _stocked(database: Database) -> list[UUID]:
    """Variants of which the warehouse has more than can be held while it is measured."""
    variants = (await shopping.shelved(database))[:SPREAD]
    receipts = [Receipt(each, shopping.WAREHOUSE, PLENTY) for each in variants]
    await database.run(partial(inventory.receive, receipts=receipts, document="bench", by=SYSTEM))
    return variants


def route(seconds: float) -> Routing:
    """Orders of one to ten lines and 14 places: first one parcel in time, then two, then up to five from anywhere."""
    random = Random(1)
    rule_set = RuleSet(
        channel="bench",
        rules=(
            Rule("at once", same_country=True, on_time=True, keep=1, ranks=(Rank.nearest, Rank.most_stock)),
            Rule("in two", same_country=True, ranks=(Rank.most_stock, Rank.cheapest), most_parcels=2),
            Rule("anyhow", ranks=(Rank.least_busy, Rank.cheapest, Rank.listed), most_parcels=5),
        ),
    )
    questions = [_question(random) for _ in range(500)]
    decisions = [rules.decide(rule_set, question) for question in questions]
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        rules.decide(rule_set, questions[done % len(questions)])
        done += 1
    spent = time.process_time() - began
    found = [decision for decision in decisions if decision is not None]
    split = sum(len({part.location for part in decision.parts}) > 1 for decision in found)
    return Routing(round(done / spent, 1), len(found), split, len(questions))


def _question(random: Random) -> Question:
    lines = random.choices((1, 2, 3, 5, 10), (40, 30, 15, 10, 5))[0]
    wants = tuple(
        Want(new_id(), new_id(), random.randint(1, 3), value=random.randint(5_000, 200_000), weight_g=400)
        for _ in range(lines)
    )
    places = tuple(
        Place(
            location=f"place-{number}",
            kind=LocationKind.warehouse if number < 2 else LocationKind.store,
            country="NO" if number < 11 else "SE",
            postal_code=f"{random.randint(0, 9999):04}",
            free={w.variant_id: random.choice((0, 0, 1, 3, 8, 30)) for w in wants},
            days=random.randint(1, 4),
            room=random.choice((None, 5, 40)),
        )
        for number in range(PLACES)
    )
    return Question(wants, places, Destination("NO", postal_code="0155", promised_days=2))


def whole(asked: argparse.Namespace) -> dict[str, Any]:
    """All figures that were asked for."""
    results: dict[str, Any] = {}
    if "routing" in asked.only:
        results["routing"] = route(asked.seconds)
    if {"availability", "holds"} & set(asked.only):
        with stage() as stood:
            say("filling in the practice retailer")
            with stood.hurried():
                stood.fill()
            if "holds" in asked.only:
                results["holds"] = holds(stood, asked.seconds)
            if "availability" in asked.only:
                results["availability"] = availability(stood, asked.seconds)
    if "large" in asked.only:
        with stage() as stood:
            results["large"] = large(stood, asked.variants, asked.locations, asked.levels)
    return results


def _told(results: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(results), indent=2).decode()


def main() -> None:
    """Measure on databases and servers that are thrown away; a call with a wrong answer ends with exit code 1."""
    parser = argparse.ArgumentParser(prog="./torg bench stock", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each load counts (3)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--variants", type=int, default=100_000, help="of the large stock (100000)")
    parser.add_argument("--locations", type=int, default=300, help="of the large stock (300)")
    parser.add_argument("--levels", type=int, default=3_000_000, help="of the large stock (3000000)")
    asked = parser.parse_args()
    asked.only = asked.only.split(",")
    if unknown := set(asked.only) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    results = whole(asked)
    print(msgspec.json.encode(results).decode() if asked.json else _told(results))
    if "availability" in results and results["availability"].call.errors:
        sys.exit("some calls were answered wrongly")


if __name__ == "__main__":
    main()
