"""Random steps on stock from many connections at once: ledger, balances, holds and what callers were told must agree.

`./torg bench storm --operations 20000 --connections 16 --seed 1` draws goods in and out, counts, transfers, holds,
allocations, shipments on few enough levels that they meet, and ends with what is wrong (nothing) and how fast it was.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import uvloop
from bench import shopping, soundness
from bench.shelves import Shelves
from bench.stage import stage
from msgspec import Struct

from torg.inventory import expire
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.markets import atlas

VARIANTS = 8
PLACES = 4
LOOK_EVERY = 4
"""So many times during the storm it is asked whether everything is right so far."""
BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
say = partial(print, file=sys.stderr)


class Storm(Struct):
    """What was done, what is wrong, and how long it took; `outcomes` tells every step's answers."""

    operations: int
    connections: int
    seed: int
    seconds: float
    wrong: list[str]
    outcomes: dict[str, dict[str, int]]


async def rage(
    url: str,
    variants: Sequence[UUID],
    places: Sequence[str],
    *,
    operations: int,
    connections: int,
    seed: int,
) -> Storm:
    """Let so many connections do random steps until there were so many, then let every hold end."""
    clock = FixedClock(BEGAN)
    database = await Database.open(url, clock=clock, pool_size=2 * connections + 1)
    try:
        shelves = Shelves(database, clock, variants, places)
        wrong: list[str] = []
        began = time.perf_counter()
        for part in range(LOOK_EVERY):
            steps = iter(range(part, operations, LOOK_EVERY))
            randoms = [Random(f"{seed} {part} {number}") for number in range(connections)]
            await asyncio.gather(*(_steps(shelves, random, steps) for random in randoms))
            wrong += await soundness.unsound(database)
        seconds = time.perf_counter() - began
        clock.move(days=1)
        while await database.run(expire):
            pass
        wrong += await soundness.unsound(database)
        wrong += await soundness.unended(database)
        wrong += shelves.torn()
        wrong += await soundness.misbooked(database, shelves.books, frozenset(variants))
    finally:
        await database.close()
    outcomes = {name: dict(sorted(each.items())) for name, each in sorted(shelves.outcomes.items())}
    done = sum(sum(each.values()) for each in outcomes.values())
    return Storm(done, connections, seed, round(seconds, 1), wrong, outcomes)


async def _steps(shelves: Shelves, random: Random, steps: Iterator[int]) -> None:
    for _ in steps:
        await shelves.step(random)


def main() -> None:
    """Storm on a database that is thrown away; anything wrong ends with exit code 1."""
    parser = argparse.ArgumentParser(prog="./torg bench storm", description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000, help="how many steps (20000)")
    parser.add_argument("--connections", type=int, default=16, help="how many at a time (16)")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn (1)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    asked = parser.parse_args()
    with stage() as stood:
        with stood.hurried():
            stood.fill()
        variants, places = stood.do(_goods)
        more: dict[str, Any] = {name: getattr(asked, name) for name in ("operations", "connections", "seed")}
        say(f"{asked.operations:,} steps on {len(variants)} variants in {len(places)} places")
        found = uvloop.run(rage(stood.url, variants, places, **more))
    print(msgspec.json.encode(found).decode() if asked.json else _told(found))
    if found.wrong:
        sys.exit("stock is wrong")


async def _goods(database: Database) -> tuple[list[UUID], list[str]]:
    """Variants that nobody has stocked yet, and places for them."""
    there = set(await database.read(lambda tx: tx.all(UUID, "SELECT DISTINCT variant_id FROM levels")))
    free = [each for each in await shopping.shelved(database) if each not in there]
    return free[:VARIANTS], sorted((await atlas(database)).locations)[:PLACES]


def _told(found: Storm) -> str:
    lines = [f"{name:<12} {each}" for name, each in found.outcomes.items()]
    per_s = found.operations / max(0.1, found.seconds)
    lines.append(f"{found.operations:,} steps in {found.seconds} s ({per_s:.0f} a second)")
    return "\n".join([*lines, *found.wrong, "nothing is wrong" if not found.wrong else ""])


if __name__ == "__main__":
    main()
