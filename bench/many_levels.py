"""A stock as large as a large retailer's: how long it takes to load, what it takes up, how fast it is asked.

Variants and locations are bare rows; the goods come in through `load_stock`, 20,000 levels a call, so every level has
its movement and its facts in the outbox, as it would have after a real import.
"""

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import psutil
from bench.measure import cpu, family, quantile
from bench.stage import Stage, pss
from msgspec import Struct

from torg import inventory
from torg.inventory import MOST_LOADED, Receipt, look
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id

T = TypeVar("T")
PRODUCTS = """
INSERT INTO products (id, status, kind, tax_class, options, attributes, rank, version, created_at, changed_at)
SELECT id, 'active', 'physical', 'standard', '{}', '{}', 0, 1, now(), now() FROM unnest(%s::uuid[]) AS n (id)
"""
VARIANTS = """
INSERT INTO variants (id, product_id, status, sku, options, combination, weight_g, position)
SELECT id, id, 'active', id::text, '{}', id::text, 100, 0 FROM unnest(%s::uuid[]) AS n (id)
"""
LOCATIONS = """
INSERT INTO locations (code, kind, name, country, time_zone, address, latitude_e6, longitude_e6)
SELECT code, 'store', code, 'NO', 'Europe/Oslo', %s, 0, 0 FROM unnest(%s::text[]) AS n (code)
"""
ADDRESS = '{"lines": ["Storgata 1"], "postal_code": "0155", "city": "Oslo", "country": "NO"}'
SIZE = "SELECT pg_total_relation_size('levels')::bigint, pg_total_relation_size('movements')::bigint"
PAGE = 20
TIMES = 200
say = partial(print, file=sys.stderr)


class Asked(Struct):
    """What a call takes: times of answer, and CPU of the process that asks and of PostgreSQL for one of them."""

    p50_ms: float
    p95_ms: float
    cpu_ms: float
    db_cpu_ms: float


class Large(Struct):
    """The whole of it; megabytes of the process that loaded and asked, of PostgreSQL's, and on disk."""

    variants: int
    locations: int
    levels: int
    load_s: float
    levels_per_s: float
    process_mb: float
    postgres_mb: float
    levels_mb: float
    movements_mb: float
    availability: Asked
    availability_everywhere: Asked
    sellable: Asked
    list: Asked


def large(stage: Stage, variants: int, locations: int, levels: int) -> Large:
    """Make it that large, and ask."""
    ids = [new_id() for _ in range(variants)]
    codes = [f"place-{number:03}" for number in range(locations)]
    with stage.hurried():
        stage.connection.execute(PRODUCTS, (ids,))
        stage.connection.execute(VARIANTS, (ids,))
        stage.connection.execute(LOCATIONS, (ADDRESS, codes))
        began = time.perf_counter()
        loaded = stage.do(partial(_load, variants=ids, places=codes, levels=levels))
        took = time.perf_counter() - began
    say(f"{loaded:,} levels after {took:.0f} s")
    some = [ids[len(ids) * number // PAGE] for number in range(PAGE)]
    asked = stage.do(partial(_ask, postgres=stage.postgres, variants=some, places=codes))
    row = stage.connection.execute(SIZE).fetchone()
    assert row is not None
    return Large(
        variants=variants,
        locations=locations,
        levels=loaded,
        load_s=round(took, 1),
        levels_per_s=round(loaded / took),
        process_mb=round(pss([psutil.Process().pid]) - pss([stage.postgres]), 1),
        postgres_mb=round(pss([stage.postgres]), 1),
        levels_mb=round(row[0] / 2**20, 1),
        movements_mb=round(row[1] / 2**20, 1),
        **asked,
    )


async def _load(database: Database, variants: Sequence[UUID], places: Sequence[str], levels: int) -> int:
    """Spread so many levels evenly: a variant lies in some of the places, each variant in others."""
    each = max(1, levels // len(variants))
    step = max(1, len(places) // each)
    waiting: list[Receipt] = []
    loaded = 0
    for number, variant in enumerate(variants):
        found = {places[(7 * number + step * turn) % len(places)] for turn in range(each)}
        waiting += [Receipt(variant, place, 1 + number % 40) for place in sorted(found)]
        if len(waiting) + each > MOST_LOADED or number == len(variants) - 1:
            load = partial(inventory.load_stock, receipts=waiting, document="bench", by=SYSTEM)
            loaded += await database.run(load)
            waiting = []
    return loaded


async def _ask(
    database: Database, postgres: int, variants: Sequence[UUID], places: Sequence[str]
) -> dict[str, Asked]:
    names = [variant.hex for variant in variants]
    return {
        "availability": await asked(
            database, postgres, lambda tx: inventory.availability(tx, variants, places[:14])
        ),
        "availability_everywhere": await asked(
            database, postgres, lambda tx: inventory.availability(tx, variants, places)
        ),
        "sellable": await asked(database, postgres, lambda tx: inventory.sellable(tx, names, places)),
        "list": await asked(
            database, postgres, lambda tx: look.levels(tx, by=SYSTEM, location=places[0], limit=100)
        ),
    }


async def asked(
    database: Database, postgres: int, question: Callable[[Transaction], Awaitable[Any]], times: int = TIMES
) -> Asked:
    """Ask so often, one after the other, once everything is warm."""
    for _ in range(10):
        await database.read(question)
    took = []
    own, theirs = time.process_time(), cpu(family(postgres))
    for _ in range(times):
        began = time.perf_counter()
        await database.read(question)
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return Asked(
        p50_ms=round(quantile(took, 50), 2),
        p95_ms=round(quantile(took, 95), 2),
        cpu_ms=round(1000 * (time.process_time() - own) / times, 3),
        db_cpu_ms=round(1000 * (cpu(family(postgres)) - theirs) / times, 3),
    )
