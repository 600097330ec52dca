"""What buying costs: product list, product detail and whole purchases, beside bare PostgreSQL and a bare server.

`./torg bench api [--seconds N] [--json]` starts two server processes and a worker on the practice retailer in a
database of its own. Statements are the driver's, without BEGIN and COMMIT.
"""

import argparse
import asyncio
import itertools
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psutil
import psycopg
from bench.baseline import bare_orders, bare_server
from bench.client import Caller
from bench.measure import Load, expect, family, run

from torg import demo
from torg.commands import launch
from torg.kernel import migrate
from torg.kernel.database import Database
from torg.kernel.postgres import EmbeddedServer
from torg.kernel.processes import Keeper
from torg.settings import Settings, load

CHANNEL = "web-no"
CONCURRENCIES = (1, 8, 32)
CONTACT = {"email": "bench@example.org", "name": "Kari Nordmann"}
ADDRESS = {
    "delivery": {
        "country": "NO",
        "name": "Kari Nordmann",
        "street": "Storgata 1",
        "city": "Oslo",
        "postal_code": "0155",
    }
}
Unit = Callable[[Caller], Awaitable[int]]


def fetch(paths: list[str]) -> Unit:
    """One of these pages, in turn."""
    turn = itertools.cycle(paths)

    async def once(caller: Caller) -> int:
        expect(await caller.call("GET", next(turn)), 200)
        return 0

    return once


def purchase(variants: list[str], method: str) -> Unit:
    """A whole purchase: cart, two lines one by one, contact, address, delivery, payment and completion."""
    turn = itertools.cycle(variants)

    async def once(caller: Caller) -> int:
        cart = expect(await caller.call("POST", "/api/v1/carts", {"channel": CHANNEL}), 201).json()
        token, path = cart["token"], f"/api/v1/carts/{cart['id']}"
        for _ in range(2):
            line = {"variant": next(turn), "quantity": 1}
            expect(await caller.call("POST", f"{path}/lines", line, Torg_Token=token), 201)
        expect(await caller.call("PUT", f"{path}/contact", CONTACT, Torg_Token=token), 200)
        expect(await caller.call("PUT", f"{path}/address", ADDRESS, Torg_Token=token), 200)
        chosen = await caller.call("PUT", f"{path}/delivery", {"method": method}, Torg_Token=token)
        total = expect(chosen, 200).json()["totals"]["gross"]
        pay = {
            "expected_total": total,
            "payment": {"tender": "gateway", "gateway": "test", "method": "ok"},
        }
        order = expect(await caller.call("POST", f"{path}/complete", pay, Torg_Token=token), 200).json()
        if order["state"] != "placed":
            raise RuntimeError(f"the order is {order['state']}")
        return 0

    return once


async def statements(caller: Caller) -> float:
    """The statements that all server processes have sent so far, as /metrics tells."""
    text = expect(await caller.call("GET", "/metrics"), 200).body.decode()
    found = re.findall(r"^torg_request_statements_total\{.*\} ([0-9.e+]+)$", text, re.M)
    return sum(map(float, found))


async def goods(port: int, url: str) -> dict[str, Unit]:
    """What to call: pages of the channel, and purchases of what there is plenty of."""
    caller = Caller(port)
    found: list[dict[str, Any]] = []
    path = f"/api/v1/channels/{CHANNEL}/products"
    cursor = ""
    while True:
        page = expect(await caller.call("GET", f"{path}?limit=20{cursor}"), 200).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    variants = [
        v["id"] for p in found for v in p["variants"] if v["availability"] == "in_stock" and v["price"]
    ]
    fill_shelves(url)
    cart = expect(await caller.call("POST", "/api/v1/carts", {"channel": CHANNEL}), 201).json()
    there, token = f"/api/v1/carts/{cart['id']}", cart["token"]
    expect(await caller.call("POST", f"{there}/lines", {"variant": variants[0]}, Torg_Token=token), 201)
    expect(await caller.call("PUT", f"{there}/address", ADDRESS, Torg_Token=token), 200)
    choices = expect(await caller.call("GET", f"{there}/delivery-choices", Torg_Token=token), 200).json()
    method = next(choice["method"] for choice in choices if choice["kind"] == "ship")
    await caller.close()
    return {
        "list": fetch([f"{path}?limit=20"]),
        "detail": fetch([f"{path}/{product['slug']}" for product in found]),
        "purchase": purchase(variants, method),
    }


def fill_shelves(url: str) -> None:
    """So much of everything that nothing runs out while it is measured; the ledger is told as well."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE levels SET on_hand = on_hand + 1000000 WHERE on_hand > 0")


async def measure(
    port: int, url: str, units: dict[str, Unit], seconds: float, pids: list[int], postgres: int
) -> Any:
    """Every unit at every concurrency."""
    servers = [psutil.Process(pid) for pid in pids]
    caller = Caller(port)
    results: dict[str, dict[str, Load]] = {}
    for name, unit in units.items():
        results[name] = {}
        for concurrency in CONCURRENCIES:
            before = await statements(caller)
            load = await run(
                unit,
                port=port,
                concurrency=concurrency,
                seconds=seconds,
                servers=servers,
                database=lambda: family(postgres),
            )
            done = max(1, round(load.per_s * seconds))
            sent = await statements(caller) - before
            results[name][f"c{concurrency}"] = msgspec.structs.replace(load, statements=round(sent / done, 1))
            print(f"{name:<9} c{concurrency:<3} {load}", file=sys.stderr)
    await caller.close()
    return results


def start(keeper: Keeper, settings: Settings, processes: int) -> tuple[list[int], float]:
    """Start servers and a worker; tells the servers' pids and the seconds to the first ready answer."""
    began = time.perf_counter()
    programs = [launch.program("server", settings, name=f"server {n + 1}") for n in range(processes)]
    keeper.keep(programs[0])
    keeper.wait_for(lambda: launch.answers(settings), what="the first answer", seconds=60)
    cold = time.perf_counter() - began
    for program in [*programs[1:], launch.program("worker", settings)]:
        keeper.keep(program)
    time.sleep(3)
    return [program.process.pid for program in programs if program.process], cold


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def pss(pids: list[int]) -> float:
    """Megabytes of memory of processes, what they share counted once."""
    text = subprocess.run(
        ["cat", *(f"/proc/{pid}/smaps_rollup" for pid in pids)], capture_output=True, text=True
    )
    return sum(map(int, re.findall(r"^Pss:\s+(\d+) kB", text.stdout, re.M))) / 1024


async def prepare(settings: Settings) -> None:
    """The practice retailer in an empty database."""
    database = await Database.open(settings.database_url, pool_size=4)
    await demo.fill(database, settings, picture_width=160)
    await database.close()


def whole(keeper: Keeper, folder: Path, seconds: float) -> dict[str, Any]:
    """All figures."""
    environ = {
        "TORG_ENVIRONMENT": "demo",
        "TORG_DATA": str(folder),
        "TORG_PORT": "0",
        "TORG_RATE_LIMIT_VISITOR": "1000000",
        "TORG_LOG_LEVEL": "error",
        "TORG_DATABASE_CONNECTIONS": "16",
    }
    settings, held = launch.take_port(launch.make_secret(load(environ)))
    embedded = EmbeddedServer(folder)
    url = keeper.keep_database(embedded)
    migrate.upgrade(url)
    settings = msgspec.structs.replace(settings, database_url=url)
    asyncio.run(prepare(settings))
    held.close()
    pids, cold = start(keeper, settings, 2)
    assert embedded.process is not None
    units = asyncio.run(goods(settings.port, url))
    time.sleep(2)  # the atlas and the prices are read anew
    results: dict[str, Any] = asyncio.run(
        measure(settings.port, url, units, seconds, pids, embedded.process.pid)
    )
    everything = [p.pid for pid in pids for p in family(pid)]
    worker = [p.pid for p in psutil.Process().children() if "worker" in p.cmdline()]
    results["baseline"] = {
        "hello_per_s": bare_server(free_port(), seconds),
        "pg_order_per_s": bare_orders(url, seconds),
    }
    results["cold_start_s"] = round(cold, 2)
    results["rss_mb"] = round(pss([*everything, *worker]), 1)
    return results


def main() -> None:
    """Measure on a database and servers that are thrown away."""
    parser = argparse.ArgumentParser(prog="./torg bench api")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="torg-bench-") as folder,
        Keeper(partial(print, file=sys.stderr)) as keeper,
    ):
        Path(folder).chmod(0o755)
        results = whole(keeper, Path(folder), asked.seconds)
    if asked.json:
        print(msgspec.json.encode(results).decode())
    else:
        print(msgspec.json.format(msgspec.json.encode(results), indent=2).decode())


if __name__ == "__main__":
    main()
