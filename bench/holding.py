"""How many holds a second levels can take: soft ones together or one by one, pinned ones, and bare UPDATEs beside them.

A flush of soft holds does not wait for the disk, since the cart's own commit follows. So bare updates stand there
twice: as commits that wait for the disk (`bare`), as a hold by itself would, and as such that do not (`unwaited`).

For `bench/stock.py`: `measured` takes a database with stock and goes through all of it; `held` is one figure.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import psycopg
from msgspec import Struct

from torg import inventory
from torg.inventory import Demand, Wish
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.markets import CartHold, KeepWhen

CONNECTIONS = 16
"""So many clients have a connection at a time; the others wait for one, as in a server process."""
TERMS = CartHold(KeepWhen.always)

# Writes the row and its commit, and leaves every balance as it is.
BARE = b"UPDATE levels SET reserved = reserved WHERE variant_id = %s AND location = %s"


class Way(StrEnum):
    """How a unit is kept: with others in one flush, in a transaction of its own, or for a checkout."""

    together = "together"
    alone = "alone"
    pinned = "pinned"


class Holding(Struct):
    """What levels took: `per_second` holds of one unit each by so many clients on so many variants."""

    way: str
    clients: int
    variants: int
    per_second: float


async def measured(
    url: str, variants: Sequence[UUID], place: str, *, seconds: float, clients: Sequence[int] = (32, 256)
) -> list[Holding]:
    """Every way on one variant and on all of them, beside bare UPDATEs of the same row."""
    found = []
    for many in clients:
        for name, options in (("bare", ""), ("unwaited", "-c synchronous_commit=off")):
            rate = await bare(url, variants[0], place, clients=many, seconds=seconds, options=options)
            found.append(Holding(name, many, 1, rate))
        for some, way in itertools.product((variants[:1], variants), Way):
            rate = await held(url, some, place, way=way, clients=many, seconds=seconds)
            found.append(Holding(way.value, many, len(some), rate))
    return found


async def held(
    url: str, variants: Sequence[UUID], place: str, *, way: Way, clients: int, seconds: float
) -> float:
    """Holds a second: each client keeps one unit for a cart of its own, again and again."""
    database = await Database.open(url, pool_size=2 * CONNECTIONS + 2, wait=60.0)
    try:
        turns = itertools.cycle(variants)
        return await _rate(lambda: _hold(database, next(turns), place, way), clients, seconds)
    finally:
        await database.close()


async def bare(
    url: str, variant: UUID, place: str, *, clients: int, seconds: float, options: str = ""
) -> float:
    """Commits a second of an UPDATE of one row, straight through the driver."""
    many = min(clients, CONNECTIONS)
    connections = [
        await psycopg.AsyncConnection.connect(url, autocommit=True, options=options) for _ in range(many)
    ]
    free: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)

    async def once() -> None:
        connection = await free.get()
        await connection.execute(BARE, (variant, place), prepare=True)
        free.put_nowait(connection)

    try:
        return await _rate(once, clients, seconds)
    finally:
        for connection in connections:
            await connection.close()


async def _rate(once: Callable[[], Awaitable[None]], clients: int, seconds: float) -> float:
    await asyncio.gather(*(once() for _ in range(CONNECTIONS)))  # every connection has prepared what it needs
    over = time.perf_counter() + seconds

    async def client() -> int:
        done = 0
        while time.perf_counter() < over:
            await once()
            done += 1
        return done

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(client() for _ in range(clients))))
    return done / (time.perf_counter() - began)


async def _hold(database: Database, variant: UUID, place: str, way: Way) -> None:
    cart, demand = new_id(), Demand(new_id(), variant, 1, (place,))
    wish = Wish(cart, f"cart:{cart.hex}", "visitor", (demand,), TERMS)

    async def alone(tx: Transaction) -> bool:
        (kept,) = await inventory.keep(tx, [wish])
        return bool(kept.made)

    async def pinned(tx: Transaction) -> bool:
        until = tx.now + timedelta(minutes=15)
        return bool(await inventory.hold(tx, cart, [demand], expires_at=until, by=SYSTEM))

    if way is Way.together:
        got = bool((await inventory.wished(database, wish)).made)
    else:
        got = await database.run(alone if way is Way.alone else pinned)
    if not got:
        raise LookupError("there is not enough stock for this measurement")
