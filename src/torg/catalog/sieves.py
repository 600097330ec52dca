"""The sieve as each process keeps it: as of at most a second ago while it is quickly made, else as of a moment ago.

Made anew when products have changed. Where that takes long, who asks meanwhile is given the last one, and the time
between two grows with what one takes, so that bringing in a hundred thousand products does not keep every process busy.
"""

import asyncio
import time
from typing import Final

from msgspec import Struct

from torg.catalog.browse import words_of
from torg.catalog.rules import Vocabulary
from torg.catalog.sieve import Sieve, sieve
from torg.catalog.store import sieving
from torg.kernel.database import Database, Transaction

KEPT: Final = "catalog.sieve"
FOR_GOOD: Final = 1e9
QUICK: Final = 0.15
"""Seconds that may be waited for a new one."""
PATIENCE: Final = 20
"""How many times as long as it takes to make one a slow one is kept at least."""
LOOKED_AT: Final = 0.5


class _Keeper(Struct):
    sieve: Sieve | None = None
    stamp: sieving.StampRow | None = None
    words: Vocabulary | None = None
    took: float = 0.0
    looked: float = 0.0
    made: float = 0.0
    task: asyncio.Task[Sieve] | None = None


async def sieve_of(database: Database) -> Sieve:
    """The sieve; no statement when it was looked at within half a second."""
    keeper: _Keeper = await database.cached(KEPT, _keeper, FOR_GOOD)
    now = time.monotonic()
    if keeper.sieve is not None and now - keeper.looked < LOOKED_AT:
        return keeper.sieve
    words = await words_of(database)
    if keeper.task is None or keeper.task.done():
        if not await _outdated(database, keeper, words):
            assert keeper.sieve is not None
            return keeper.sieve
        keeper.task = asyncio.create_task(_make(database, keeper, words))
    if keeper.sieve is None or keeper.took < QUICK:
        return await asyncio.shield(keeper.task)
    return keeper.sieve


async def _outdated(database: Database, keeper: _Keeper, words: Vocabulary) -> bool:
    now = time.monotonic()
    if keeper.sieve is not None and now - keeper.made < PATIENCE * keeper.took:
        keeper.looked = now
        return False
    stamp = await database.read(sieving.stamp)
    keeper.looked = now
    same = keeper.sieve is not None and stamp == keeper.stamp and words is keeper.words
    keeper.stamp, keeper.words = stamp, words
    return not same


async def _make(database: Database, keeper: _Keeper, words: Vocabulary) -> Sieve:
    began = time.monotonic()
    loaded = await database.read(lambda tx: sieving.load(tx, sorted(words.attributes)))
    made = await asyncio.to_thread(_of, loaded)
    keeper.sieve, keeper.made = made, time.monotonic()
    keeper.took = keeper.made - began
    return made


def _of(loaded: sieving.Loaded) -> Sieve:
    timed = [(one.scope, one.product_id, one.from_at, one.until_at) for one in loaded.timed]
    return sieve(loaded.keys, ((row.kind, row.name, row.value, row.packed) for row in loaded.rows), timed)


async def _keeper(_: Transaction) -> _Keeper:
    return _Keeper()
