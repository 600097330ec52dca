"""Wishes that come while others are being met are met together: one transaction for all that came in the meantime.

On one hot variant a transaction for each would wait for the commit of the one before. A flush is a transaction on the
process's reserved connection, so that it never waits for a connection that one of those who wait for it holds. Its
callers have no transaction open (`Transaction.need`), and each gets its own answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from torg.inventory.model import Demand
from torg.inventory.soft import let_go
from torg.inventory.soft.keep import keep
from torg.inventory.soft.model import Kept, Wish
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, TakeBack, Transaction, external
from torg.kernel.errors import Unavailable

MOST_AT_ONCE: Final = 256

Wanted: TypeAlias = Callable[[Transaction], Awaitable[Sequence[Demand]]]


async def wished(database: Database, wish: Wish) -> Kept:
    """Keep what is wished for, together with what others wish for at this moment."""
    external()
    flush = _flushes.get(database)
    if flush is None:
        flush = _flushes[database] = _Flush()
    return await flush.add(database, wish)


async def kept_before(database: Database, wish: Wish, wanted: Wanted) -> TakeBack:
    """Keep it before a transaction that needs it begins, and tell how to let go of it when that comes to nothing.

    What somebody else has come to count on since stays: `wanted` locks the cart and tells what its lines want.
    """
    kept = await wished(database, wish)

    async def back(tx: Transaction) -> None:
        await let_go.take_back(tx, wish.order_id, kept.made, await wanted(tx))

    async def undo() -> None:
        if kept.made:
            await database.run(back, repeatable=True)

    return undo


class _Flush:
    """One process's queue of wishes; while it is empty nothing runs."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Wish, asyncio.Future[Kept]]] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, database: Database, wish: Wish) -> Kept:
        answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, answer))
        if self._running is None or self._running.done():
            # Not in the context of whoever came first: its statements are nobody's in particular.
            self._running = asyncio.get_running_loop().create_task(self._run(database), context=Context())
        return await answer

    async def _run(self, database: Database) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            await _meet(database, [one for one in now if not one[1].done()])


async def _meet(database: Database, wishes: Sequence[tuple[Wish, "asyncio.Future[Kept]"]]) -> None:
    """Meet them together; what goes wrong with one wish is told to whose it is, and not to the others."""
    try:
        answers = await _keep(database, [wish for wish, _ in wishes])
    except Exception as failed:
        if len(wishes) > 1 and not isinstance(failed, Unavailable):
            half = len(wishes) // 2
            await _meet(database, wishes[:half])
            await _meet(database, wishes[half:])
            return
        for _, answer in wishes:
            if not answer.done():
                answer.set_exception(failed)
        return
    for (_, answer), kept in zip(wishes, answers, strict=True):
        if not answer.done():
            answer.set_result(kept)


async def _keep(database: Database, wishes: Sequence[Wish]) -> list[Kept]:
    async def work(tx: Transaction) -> list[Kept]:
        return await keep(tx, wishes)

    return await database.run(work, actor=str(SYSTEM), repeatable=True, reserved=True)


_flushes: WeakKeyDictionary[Database, _Flush] = WeakKeyDictionary()
