"""The leader: the one worker process that moves the outbox and runs the subscriptions.

Leadership is a session lock on a connection of its own: it ends with the connection, at once and by itself,
and the other workers, who ask for it ten times a second, take over. Nothing depends on there being only one:
moving holds the feed's head and each subscription its cursor, so a leader that does not know yet that it was
replaced does no harm."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from torg.kernel.database import Database
from torg.kernel.errors import Unavailable
from torg.kernel.events import Subscription
from torg.kernel.relay.follow import Follower
from torg.kernel.relay.move import move, waiting
from torg.kernel.telemetry import logger

LOCK = 0x746F7267_6C656164  # "torglead"
TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
OPTIONS = "-c TimeZone=UTC -c statement_timeout=60s -c lock_timeout=10s -c application_name=torg-leader"

STAND_BY = 0.1
BUSY_PAUSE = 0.025
IDLE_PAUSE = 0.05
LOOK_AGAIN = 5.0
LOOK_FOR_REPLAYS = 1.0
AT_ONCE = 3

GONE = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)

log = logger(__name__)


class News:
    """Wakes those who follow a type when an event of it has entered the feed."""

    def __init__(self) -> None:
        self._woken: list[tuple[frozenset[str] | None, asyncio.Event]] = []

    def bell(self, types: Sequence[str] | None) -> asyncio.Event:
        """Rung when one of the types (None: any) is told of."""
        bell = asyncio.Event()
        self._woken.append((frozenset(types) if types else None, bell))
        return bell

    def tell(self, types: Sequence[str]) -> None:
        for wanted, bell in self._woken:
            if wanted is None or not wanted.isdisjoint(types):
                bell.set()


class Leader:
    """Stands for leadership until told to stop."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription]) -> None:
        names = [subscription.name for subscription in subscriptions]
        if len(names) != len(set(names)):
            raise ValueError(f"two subscriptions share a name: {sorted(names)}")
        self.database = database
        self.subscriptions = subscriptions
        self.leading = False
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, stop: asyncio.Event) -> None:
        """Lead whenever nobody else does, until `stop`; what is under way then is finished first."""
        pause = STAND_BY
        while not stop.is_set():
            try:
                async with await self._connect() as connection:
                    pause = STAND_BY
                    while not stop.is_set():
                        if await _locked(connection):
                            await self._lead(connection, stop)
                        else:
                            await _wait(stop, STAND_BY)
            except GONE as error:
                log.warning("leader lost the database", error=str(error))
                await _wait(stop, pause)
                pause = min(pause * 2, 2.0)
            finally:
                self.leading = False

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(
            self.database.url, autocommit=True, options=OPTIONS, connect_timeout=5, prepare_threshold=2
        )

    async def _lead(self, connection: AsyncConnection[Any], stop: asyncio.Event) -> None:
        self.leading = True
        log.info("leading", subscriptions=len(self.subscriptions))
        news = News()
        followers = [Follower(self.database, subscription) for subscription in self.subscriptions]
        for follower in followers:
            await follower.register()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay(connection, news, stop), name="relay")
                for follower in followers:
                    bell = news.bell(follower.types)
                    group.create_task(self._follow(follower, bell, stop), name=follower.name)
        except* GONE as lost:
            raise _first(lost) from None
        log.info("no longer leading")

    async def _relay(self, connection: AsyncConnection[Any], news: News, stop: asyncio.Event) -> None:
        idle = 0
        while not stop.is_set():
            if await waiting(connection):
                idle = 0
                async with connection.transaction():
                    moved = await move(connection)
                news.tell(list(moved))
            else:
                idle += 1
                await _wait(stop, BUSY_PAUSE if idle < 40 else IDLE_PAUSE)

    async def _follow(self, follower: Follower, bell: asyncio.Event, stop: asyncio.Event) -> None:
        look_for_replays = asyncio.get_running_loop().time()
        while not stop.is_set():
            bell.clear()
            async with self._turns:
                step = await follower.step()
                now = asyncio.get_running_loop().time()
                if now >= look_for_replays:
                    look_for_replays = now + LOOK_FOR_REPLAYS
                    while await follower.replay() and not stop.is_set():
                        pass
            if step.wait:
                await _wait(stop, step.wait)
            elif not step.more:
                await _wait_for(bell, stop, LOOK_FOR_REPLAYS)


async def _locked(connection: AsyncConnection[Any]) -> bool:
    row = await (await connection.execute(TRY_LOCK, (LOCK,))).fetchone()
    return bool(row and row[0])


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _wait_for(bell: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(bell.wait()), asyncio.ensure_future(stop.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
