"""Whether cost grows with the data: list, detail and purchase of a small and of a large retailer, beside each other.

`./torg bench scale` measures with 1,500 variants and no orders, then with 100,000 variants and 1,000,000 orders, and
tells how many times the CPU of servers and database a unit costs. `--variants` and `--orders` set the larger size.
"""

import argparse
import sys
import time
from functools import partial
from typing import Any

import msgspec
import uvloop
from bench import growing, shopping
from bench.api import HEAD, row
from bench.measure import Load, Parts, run
from bench.stage import Stage, stage

SMALL = 1_500
AIM = 1.2
say = partial(print, file=sys.stderr)


def measured(
    stage: Stage, variants: int, orders: int, asked: argparse.Namespace
) -> dict[str, tuple[Load, Parts]]:
    """The loads on a retailer of this size."""
    begun = time.monotonic()
    with stage.hurried():
        stage.fill()
        stage.do(shopping.stock_up)
        there = stage.do(lambda database: growing.add_variants(database, variants))
        stage.connection.execute("ANALYZE")
        say(f"{there:,} variants after {time.monotonic() - begun:.0f} s")
        stage.add_server()
        stage.add_server()
        stage.add_worker()
        say(f"the worker has caught up after {time.monotonic() - begun:.0f} s")
        goods = uvloop.run(shopping.look_around(stage.port))
        if orders:
            growing.add_orders(stage, goods, orders)
            say(f"{orders:,} orders after {time.monotonic() - begun:.0f} s")
    say(f"ready after {time.monotonic() - begun:.0f} s; the database has {size(stage)}")
    say(HEAD)
    results = {}
    for name, unit in goods.units().items():
        load, parts = uvloop.run(
            run(unit, port=stage.port, concurrency=8, seconds=asked.seconds, meter=stage.meter())
        )
        results[name] = load, parts
        say(f"{there:>9,}  {row(name, 8, load, parts)}")
    return results


def size(stage: Stage) -> str:
    """How large the database is, in words."""
    found = stage.connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    assert found is not None
    return str(found[0])


def main() -> None:
    """Measure both sizes on databases that are thrown away; a load with errors ends with exit code 1."""
    parser = argparse.ArgumentParser(prog="./torg bench scale", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load counts")
    parser.add_argument("--variants", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    asked = parser.parse_args()
    found = []
    for variants, orders in ((SMALL, 0), (asked.variants, asked.orders)):
        with stage() as stood:
            found.append(measured(stood, variants, orders, asked))
    results: dict[str, Any] = {
        name: {
            "small": small[name][0],
            "large": large[0],
            "times": round(_cpu(large[0]) / max(0.001, _cpu(small[name][0])), 2),
        }
        for small, name, large in ((found[0], name, load) for name, load in found[1].items())
    }
    if asked.json:
        print(msgspec.json.encode(results).decode())
    else:
        for name, result in results.items():
            print(
                f"{name:<9} {result['times']:.2f} times the CPU of servers and database (aim: at most {AIM})"
            )
    if sum(load.errors for loads in found for load, _ in loads.values()):
        sys.exit("some went wrong")


def _cpu(load: Load) -> float:
    return load.server_cpu_ms + load.db_cpu_ms


if __name__ == "__main__":
    main()
