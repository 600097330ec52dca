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

from torg.kernel.database import NETWORK, NOTICED, Database
from torg.kernel.errors import Unavailable
from torg.kernel.events import Subscription
from torg.kernel.live import RING
from torg.kernel.relay import store
from torg.kernel.relay.follow import Follower
from torg.kernel.relay.move import BATCH, look, move, tell_apart
from torg.kernel.telemetry import logger, metrics

LOCK = 0x746F7267_6C656164  # "torglead"
TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
OPTIONS = (
    f"-c TimeZone=UTC -c statement_timeout=60s -c lock_timeout=10s -c application_name=torg-leader {NOTICED}"
)

STAND_BY = 0.1
DEFECT_PAUSE = 5.0
BUSY_PAUSE = 0.025
IDLE_PAUSE = 0.05
GATHER = 0.1  # what happens within it is moved and handled together: a batch costs little more than one event
GATHER_MORE = 0.5  # the same for who need not hurry: several facts of one thing come to one batch
LOOK_AGAIN = 5.0
LOOK_FOR_REPLAYS = 1.0
AT_ONCE = 3

GONE = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError)

log = logger(__name__)


class Walker:
    """A follower under way: what wakes it, and whether somebody wants its parked events replayed."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.types = frozenset(follower.types) if follower.types else None
        self.bell = asyncio.Event()
        self.replay = True
        self.position = -1
        self.looked_at = 0.0

    def hear(self, types: Sequence[str]) -> None:
        """Wake up when one of these types is followed."""
        if self.types is None or not self.types.isdisjoint(types):
            self.bell.set()

    def due(self, head: int, now: float) -> bool:
        """Whether a step may find something: it was woken, or its cursor has been left behind for a while."""
        return self.bell.is_set() or (self.position != head and now - self.looked_at >= LOOK_AGAIN)


class Leader:
    """Stands for leadership until told to stop."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription]) -> None:
        names = [subscription.name for subscription in subscriptions]
        if len(names) != len(set(names)):
            raise ValueError(f"two subscriptions share a name: {sorted(names)}")
        self.database = database
        self.subscriptions = subscriptions
        self.leading = False
        self.head = 0
        # One connection that can write is left to the jobs and webhooks of this process.
        room = database.pool_stats()["write"]["pool_max"] - 1
        self._turns = asyncio.Semaphore(max(1, min(AT_ONCE, room)))

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
            except Exception as error:
                log.error("leader failed", exc_info=error)
                await _wait(stop, DEFECT_PAUSE)
            finally:
                self.leading = False

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(
            self.database.url,
            autocommit=True,
            options=OPTIONS,
            connect_timeout=5,
            prepare_threshold=2,
            **NETWORK,
        )

    async def _lead(self, connection: AsyncConnection[Any], stop: asyncio.Event) -> None:
        self.leading = True
        log.info("leading", subscriptions=len(self.subscriptions))
        walkers = [Walker(Follower(self.database, subscription)) for subscription in self.subscriptions]
        for walker in walkers:
            await walker.follower.register()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay(connection, walkers, stop), name="relay")
                group.create_task(self._look_for_replays(walkers, stop), name="replays")
                for walker in walkers:
                    group.create_task(self._follow(walker, stop), name=walker.follower.name)
        except* GONE as lost:
            raise _first(lost) from None
        log.info("no longer leading")

    async def _relay(
        self, connection: AsyncConnection[Any], walkers: Sequence[Walker], stop: asyncio.Event
    ) -> None:
        idle = 0
        while not stop.is_set():
            waiting, head = await look(connection)
            if waiting:
                idle = 0
                moved = await _move(connection)
                await connection.execute(RING)
                metrics().moved.inc(max(0, *moved.values(), head) - head)
                self.head = max(self.head, *moved.values(), 0)
                for walker in walkers:
                    walker.hear(list(moved))
                if self.head - head < BATCH:
                    await _wait(stop, GATHER)
            else:
                if head > self.head:  # somebody else moved: a leader before us, or a script
                    self.head = head
                    for walker in walkers:
                        walker.bell.set()
                idle += 1
                await _wait(stop, BUSY_PAUSE if idle < 40 else IDLE_PAUSE)

    async def _look_for_replays(self, walkers: Sequence[Walker], stop: asyncio.Event) -> None:
        while not stop.is_set():
            wanted = set(await self.database.read(store.replays_wanted))
            for walker in walkers:
                if walker.follower.name in wanted:
                    walker.replay = True
                    walker.bell.set()
            await _wait(stop, LOOK_FOR_REPLAYS)

    async def _follow(self, walker: Walker, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        walker.bell.set()
        more = True
        while not stop.is_set():
            if not walker.due(self.head, loop.time()):
                await _wait_for(walker.bell, stop, LOOK_AGAIN)
                continue
            if walker.follower.subscription.gathers and not more:
                await _wait(stop, GATHER_MORE)
            walker.bell.clear()
            async with self._turns:
                step = await walker.follower.step()
                walker.looked_at = loop.time()
                if walker.replay:
                    walker.replay = await walker.follower.replay()
            if step.wait:
                await _wait(stop, step.wait)
            else:
                walker.position = step.position
            more = step.more or walker.replay
            if more:
                walker.bell.set()


async def _move(connection: AsyncConnection[Any]) -> dict[str, int]:
    try:
        async with connection.transaction():
            return await move(connection)
    except psycopg.errors.UniqueViolation:
        async with connection.transaction():
            events = await tell_apart(connection)
        if not events:
            raise
        log.error("events of two keys share an aggregate", events=events)
        return {}


async def _locked(connection: AsyncConnection[Any]) -> bool:
    row = await (await connection.execute(TRY_LOCK, (LOCK,))).fetchone()
    return bool(row and row[0])


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _wait_for(bell: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(bell.wait()), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
