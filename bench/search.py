"""Finding goods among a hundred thousand: questions, suggestions, shelves; and the processor time of the shop's pages.

    ./torg bench search [--json] [--products N]

The catalogue is the practice retailer's, copied (`multiply`), so that every word finds far more than in a real shop.
"""

import argparse
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import httpx
from bench import multiply
from bench.stage import stage

from torg import catalog
from torg.app import build
from torg.catalog import Wanted
from torg.kernel.database import Database, Transaction
from torg.markets import atlas
from torg.settings import Settings

QUESTIONS = (
    "kaffe,kopp,julekaffe,gryte,emaljekopp,telt,ryggsekk,kaffekjele,sidamo,kniv,termos,ullsokker,kaffe 250 g,blå kopp,"
    "kaffe etiopia,vann koker,emalekop,bonner kaffe,zzzzqq,rygsekk"
).split(",")
BEGUN = "ka kaf kaff kaffe ko kop gry te tel em rygg jul kaffek".split()
SHELVES = ("outdoor", "coffee", "brewing", "kitchen", "coffee-beans", "kettles-grinders")
ROUNDS = 10
PAGES = {
    "home": "/no/nb",
    "category": "/no/nb/c/friluft",
    "search": "/no/nb/search?q=kaffe",
    "product": "/no/nb/p/julekaffe",
}


async def found(database: Database) -> dict[str, float]:
    """Milliseconds until the answer: of the first time in a process, and of later ones."""
    channel = (await atlas(database)).channel("web-no")
    began = time.perf_counter()
    sieve = await catalog.sieve_of(database)
    figures = {"products": float(sieve.count), "sieve_ms": 1000 * (time.perf_counter() - began)}

    def asked(wanted: Wanted) -> Callable[[Transaction], Awaitable[Any]]:
        return partial(catalog.narrow, wanted=wanted, channel=channel, language="nb")

    questions = [asked(Wanted(sieve=sieve, query=question)) for question in QUESTIONS]
    figures |= spread("search_first", await timed(database, questions, 1))
    figures |= spread("search", await timed(database, questions, ROUNDS))
    begun = [
        partial(catalog.suggest, sieve=sieve, channel=channel, language="nb", query=text) for text in BEGUN
    ]
    figures |= spread("suggest_first", await timed(database, begun, 1))
    figures |= spread("suggest", await timed(database, begun, ROUNDS))
    shelves = [asked(Wanted(sieve=sieve, category=code)) for code in SHELVES]
    figures |= spread("category", await timed(database, shelves, ROUNDS))
    narrowed = [
        asked(Wanted(sieve=sieve, category="coffee-beans", wishes={"roast": [roast]}))
        for roast in ("light", "dark")
    ]
    return figures | spread("narrowed", await timed(database, narrowed, ROUNDS))


async def timed(
    database: Database, works: Sequence[Callable[[Transaction], Awaitable[Any]]], rounds: int
) -> list[float]:
    """Milliseconds of each piece of work, so many times."""
    took = []
    for _ in range(rounds):
        for work in works:
            began = time.perf_counter()
            await database.read(work)
            took.append(1000 * (time.perf_counter() - began))
    return took


def spread(name: str, took: list[float]) -> dict[str, float]:
    """The middle and the 95th of a hundred."""
    return {
        f"{name}_p50_ms": statistics.median(took),
        f"{name}_p95_ms": statistics.quantiles(took, n=20)[-1],
    }


async def pages(database: Database, settings: Settings) -> dict[str, float]:
    """Milliseconds of this process's processor for a page of the shop, with everything around it."""
    figures = {}
    app = build(settings, database)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar is narrower than ASGI
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, path in PAGES.items():
            took = []
            for _ in range(3 + ROUNDS):
                began = time.process_time()
                for _ in range(5):
                    answer = await client.get(path)
                    answer.raise_for_status()
                took.append(200 * (time.process_time() - began))
            figures[f"{name}_cpu_ms"] = min(took[3:])
    return figures


def main() -> None:
    """Fill, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--products", type=int, default=100_000)
    wishes = parser.parse_args()
    with stage() as here:
        with here.hurried():
            here.fill()
            multiply.products(here.connection, wishes.products)
        figures = here.do(found) | here.do(partial(pages, settings=here.settings))
    if wishes.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:<24} {figure:12.1f}")


if __name__ == "__main__":
    main()
