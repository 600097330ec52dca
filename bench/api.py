"""What buying costs: product list, product detail and whole purchases, beside bare PostgreSQL and a bare server.

`./torg bench api` measures at 1, 8 and 32 callers with two server processes, a worker and a relay on the practice
retailer; the same with one server process stands under `one_server`. `--quick` measures purchases at 8 callers alone.
"""

import argparse
import sys
from functools import partial
from typing import Any

import msgspec
import uvloop
from bench import shopping
from bench.baseline import bare_orders, bare_server, purchase_script
from bench.measure import Load, Parts, Unit, run
from bench.stage import Stage, stage

CALLERS = (1, 8, 32)
Loads = dict[str, dict[str, tuple[Load, Parts]]]
say = partial(print, file=sys.stderr)


async def loads(stage: Stage, units: dict[str, Unit], asked: argparse.Namespace) -> Loads:
    """Every unit with every number of callers."""
    results: Loads = {}
    for name, unit in units.items():
        results[name] = {}
        for callers in asked.callers:
            load, parts = await run(
                unit, port=stage.port, concurrency=callers, seconds=asked.seconds, meter=stage.meter()
            )
            results[name][f"c{callers}"] = load, parts
            say(f"{len(stage.servers)} servers  {row(name, callers, load, parts)}")
    return results


def whole(stage: Stage, asked: argparse.Namespace) -> dict[str, Any]:
    """All figures that were asked for."""
    results: dict[str, Any] = {}
    more: dict[str, Any] = {"parts": {}}
    say("filling in the practice retailer")
    with stage.hurried():
        stage.fill()
        stage.do(shopping.stock_up)
    if asked.beside:
        more["cold_start_s"] = round(stage.cold_start(), 2)
    stage.add_server()
    script = purchase_script(stage) if asked.beside else ""
    stage.add_worker()
    goods = uvloop.run(shopping.look_around(stage.port))
    units = {name: unit for name, unit in goods.units().items() if name in asked.only}
    say(HEAD)
    for servers in (1, 2):
        if servers == 2:
            stage.add_server()
        if servers in asked.servers:
            found = uvloop.run(loads(stage, units, asked))
            figures = {name: {c: load for c, (load, _) in each.items()} for name, each in found.items()}
            results |= figures if servers == 2 else {}
            more |= {"one_server": figures} if servers == 1 else {}
            more["parts"][f"{servers}_servers"] = {
                name: {c: parts for c, (_, parts) in each.items()} for name, each in found.items()
            }
    if asked.beside:
        memory = round(stage.memory(), 1)
        results["baseline"] = {
            "hello_per_s": bare_server(asked.seconds),
            "pg_order_per_s": bare_orders(stage.url, script, asked.seconds),
        }
        results |= {"cold_start_s": more.pop("cold_start_s"), "rss_mb": memory}
    return results | more


HEAD = (
    "           what      callers   per s   p50 ms   p95 ms | server ms  database ms  statements  errors |"
    " worker ms  database ms for: servers, worker, itself | caller ms, log kB, worker ready after"
)


def row(name: str, callers: int, load: Load, parts: Parts) -> str:
    """A load as a line for people."""
    return (
        f"{name:<9} {callers:>7} {load.per_s:>7.1f} {load.p50_ms:>8.1f} {load.p95_ms:>8.1f} |"
        f" {load.server_cpu_ms:>9.2f} {load.db_cpu_ms:>12.2f} {load.statements:>11.1f} {load.errors:>7} |"
        f" {parts.worker:>9.2f} {parts.db_servers:>22.2f} {parts.db_worker:>7.2f} {parts.db_itself:>7.2f} |"
        f" {parts.callers:>6.2f} {parts.wal_kb:>6.1f} {parts.behind_s:>6.1f} s"
    )


def errors(results: dict[str, Any]) -> int:
    """How many units went wrong in all loads."""
    found = [results, results.get("one_server", {})]
    return sum(
        load.errors
        for each in found
        for name in ("list", "detail", "purchase")
        for load in each.get(name, {}).values()
    )


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="./torg bench api", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    parser.add_argument("--seconds", type=float, help="how long each load counts (5; with --quick 2)")
    parser.add_argument("--quick", action="store_true", help="purchases at 8 callers on two servers alone")
    parser.add_argument("--only", help="list, detail, purchase: some of them, with commas between")
    parser.add_argument("--callers", help="numbers of callers, with commas between")
    parser.add_argument("--servers", help="numbers of server processes: 1, 2, or 1,2")
    asked = parser.parse_args()
    asked.beside = not (asked.quick or asked.only or asked.servers)
    asked.seconds = asked.seconds or (2.0 if asked.quick else 5.0)
    asked.only = (asked.only or ("purchase" if asked.quick else "list,detail,purchase")).split(",")
    asked.callers = [int(each) for each in asked.callers.split(",")] if asked.callers else CALLERS
    asked.servers = [int(each) for each in asked.servers.split(",")] if asked.servers else (1, 2)
    if asked.quick:
        asked.callers = asked.callers if asked.callers != CALLERS else (8,)
        asked.servers = asked.servers if asked.servers != (1, 2) else (2,)
    return asked


def main() -> None:
    """Measure on a database and servers that are thrown away; a load with errors ends with exit code 1."""
    asked = arguments()
    with stage() as stood:
        results = whole(stood, asked)
    if asked.json:
        print(msgspec.json.encode(results).decode())
    elif asked.beside:
        print(
            msgspec.json.format(
                msgspec.json.encode(
                    {
                        **results["baseline"],
                        "cold_start_s": results["cold_start_s"],
                        "rss_mb": results["rss_mb"],
                    }
                ),
                indent=2,
            ).decode()
        )
    if wrong := errors(results):
        sys.exit(f"{wrong} went wrong")


if __name__ == "__main__":
    main()
