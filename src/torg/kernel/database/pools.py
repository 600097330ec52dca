"""The pools of one process: transactions with their retries, reads, and what is remembered of reference data."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakSet

import msgspec
import psycopg
from psycopg import errors
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from torg.kernel.clock import Clock, SystemClock
from torg.kernel.database.before import Before, NeedsBefore, take_back
from torg.kernel.database.line import Line
from torg.kernel.database.silence import NETWORK, NOTICED, Watch
from torg.kernel.database.transaction import OPEN, InsideTransaction, Transaction
from torg.kernel.database.wire import Outdated, Shapes, Wire
from torg.kernel.errors import Unavailable
from torg.kernel.telemetry.tracing import TRACE

T = TypeVar("T")
Pool = AsyncConnectionPool[Line]

ATTEMPTS = 5
DRAINED = 1.0  # those that broke together are replaced once
OVERLOADED = {"57014", "55P03"}  # a statement or a wait for a lock took too long: trying again makes it worse
# A plan is made once on a connection, maybe while a table is still small, and kept while it grows: so the index is
# taken also where reading the whole table would be a little cheaper at that moment. Nothing here is worth compiling.
PLANS = "-c random_page_cost=1 -c seq_page_cost=4 -c jit=off"
OPTIONS = (
    "-c TimeZone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    f" -c application_name=torg {PLANS} {NOTICED}"
)


class LostCommit(Unavailable):
    """The connection broke while the transaction was being committed: whether it happened is not known."""

    code = "outcome-unknown"
    message = "The answer of the database was lost. Repeat the call with the same Idempotency-Key."


class Kept(NamedTuple):
    """What is remembered until when, and how its tables looked."""

    until: float
    value: Any
    seen: object = None


class Database:
    """The pools of one process, and what it remembers of reference data."""

    def __init__(self, url: str, clock: Clock, pool_size: int, wait: float) -> None:
        self.url = url
        self.clock = clock
        self._cache: dict[str, Kept] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._drained: dict[str, float] = {}
        self._lines: WeakSet[Line] = WeakSet()
        readers = max(1, (pool_size - 2) // 2)
        wired = partial(_configure, self._lines, {})
        self._writers = _pool(url, max(1, pool_size - 2 - readers), wait, "write", wired)
        self._readers = _pool(url, readers, wait, "read", wired)
        # Reference data is loaded on a connection of its own: whoever asks for it may hold one of the others, and when
        # all of them did, each would wait for the loader and the loader for one of them.
        self._references = _pool(url, 1, wait, "reference", wired)
        # What many requests wait for together is written on a connection of its own, which no request can keep from it.
        # It does not wait for the disk: each of them commits after it, and so after it in the log on the disk.
        self._reserved = _pool(url, 1, wait, "reserved", wired)
        self._watch = Watch(url, self._lines)

    @classmethod
    async def open(
        cls, url: str, *, clock: Clock | None = None, pool_size: int = 8, wait: float = 5.0
    ) -> "Database":
        """Open the pools; connections are made as they are needed, at most `pool_size`, waited for `wait` seconds."""
        database = cls(url, clock or SystemClock(), pool_size, wait)
        await database._writers.open()
        await database._readers.open()
        await database._references.open()
        await database._reserved.open()
        database._watch.start(database._pools())
        return database

    async def close(self) -> None:
        """Close all connections."""
        await self._watch.stop()
        await self._writers.close()
        await self._readers.close()
        await self._references.close()
        await self._reserved.close()

    def _pools(self) -> tuple[Pool, ...]:
        return self._writers, self._readers, self._references, self._reserved

    def pool_stats(self) -> dict[str, dict[str, int]]:
        """The pools' own counters, for metrics and health."""
        return {pool.name: pool.get_stats() for pool in self._pools()}

    async def run(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        actor: str = "system",
        repeatable: bool = False,
        trace: str | None = None,
        reserved: bool = False,
    ) -> T:
        """Do the work in one transaction; all of it is done again when the database asks for that.

        Tried again: serialization failures, deadlocks, connections lost before the commit was sent. When the
        connection breaks during the commit the outcome is unknown: `LostCommit`, unless the work is `repeatable`
        because it guards itself against happening twice. `reserved` is for who writes what many wait for, of which
        nobody is told before a transaction of hers that goes by it has been committed.
        """
        before: dict[Hashable, Before] = {}
        try:
            while True:
                try:
                    result = await self._run(work, before, actor, repeatable, trace, reserved)
                    break
                except NeedsBefore as needed:
                    before[needed.key] = Before(await needed.do())
        except LostCommit:
            raise  # it may have happened, and then what was done before belongs to it
        except Exception:
            await take_back(before.values())
            raise
        await take_back(done for done in before.values() if not done.used)
        return result

    async def _run(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        before: dict[Hashable, Before],
        actor: str,
        repeatable: bool,
        trace: str | None,
        reserved: bool,
    ) -> T:
        pool = self._reserved if reserved else self._writers
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._transaction(pool, actor, trace) as tx:
                    tx.before = before
                    return await work(tx)
            except (errors.SerializationFailure, errors.DeadlockDetected):
                if attempt == ATTEMPTS:
                    raise Unavailable() from None
            except LostCommit:
                await self._drain(pool)
                if not repeatable or attempt == ATTEMPTS:
                    raise
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as lost:
                if not _connection_lost(lost):
                    raise
                if attempt == ATTEMPTS or isinstance(lost, PoolTimeout) or lost.sqlstate in OVERLOADED:
                    raise Unavailable() from lost
                await self._drain(pool)
            await asyncio.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Read without a transaction: each statement sees what is committed when it starts. Cannot write."""
        return await self._read(self._readers, work)

    async def _read(self, pool: Pool, work: Callable[[Transaction], Awaitable[T]]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with pool.connection() as connection:
                    tx = Transaction(self, connection, connection.wire, "reader", reading=True)
                    done = await work(tx)
                    await tx.flush()
                    return done
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as lost:
                if not _connection_lost(lost):
                    raise
                if attempt == ATTEMPTS or isinstance(lost, PoolTimeout) or lost.sqlstate in OVERLOADED:
                    raise Unavailable() from lost
                await self._drain(pool)
            await asyncio.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def transaction(
        self, *, actor: str = "system", trace: str | None = None
    ) -> AsyncIterator[Transaction]:
        """One transaction without retry; commits at the end of the block, rolls back when it raises."""
        async with self._transaction(self._writers, actor, trace) as tx:
            yield tx

    @asynccontextmanager
    async def _transaction(self, pool: Pool, actor: str, trace: str | None) -> AsyncIterator[Transaction]:
        if OPEN.get():
            raise InsideTransaction("a transaction is already open in this task: hand its `tx` on instead")
        async with pool.connection() as connection:
            token, wire = OPEN.set(True), connection.wire
            try:
                tx = Transaction(self, connection, wire, actor, reading=False)
                tx.trace = trace or TRACE.get()
                yield tx
                await _commit(tx)
            except BaseException:
                wire.forget()
                raise
            finally:
                OPEN.reset(token)

    async def _drain(self, pool: Pool) -> None:
        """Where a connection has died the idle ones are likely dead too: all are replaced, or each would cost a try."""
        now = time.monotonic()
        if now - self._drained.get(pool.name, -DRAINED) >= DRAINED:
            self._drained[pool.name] = now
            await pool.drain()

    async def cached(
        self,
        name: str,
        load: Callable[[Transaction], Awaitable[T]],
        seconds: float = 1.0,
        *,
        tables: tuple[str, ...] = (),
    ) -> T:
        """Reference data, as of at most `seconds` ago; loaded once however many ask.

        Of data that comes from certain `tables` alone (or from the rows that a WHERE behind the name tells) it is only
        asked whether they have changed, and loaded when they have. `load` may not ask for other cached data.
        """
        kept = self._cache.get(name)
        if kept is not None and kept.until > time.monotonic():
            return cast(T, kept.value)
        async with self._loading.setdefault(name, asyncio.Lock()):
            kept = self._cache.get(name)
            if kept is not None and kept.until > time.monotonic():
                return cast(T, kept.value)
            kept = await self._read(self._references, lambda tx: _renewed(tx, kept, load, tables))
            self._cache[name] = Kept(time.monotonic() + seconds, kept.value, kept.seen)
            return cast(T, kept.value)

    def forget(self, name: str) -> None:
        """Load reference data anew at the next use, in this process."""
        self._cache.pop(name, None)


def _pool(url: str, size: int, wait: float, name: str, configure: Callable[[Line], Awaitable[None]]) -> Pool:
    reading = name not in {"write", "reserved"}
    options = OPTIONS + (" -c default_transaction_read_only=on" if reading else "")
    options += " -c synchronous_commit=off" if name == "reserved" else ""
    return AsyncConnectionPool(
        url,
        connection_class=Line,
        min_size=0,
        max_size=size,
        open=False,
        timeout=wait,
        max_idle=300.0,
        reconnect_timeout=1.0,  # else a database that is back is looked for with ever longer pauses
        kwargs={
            "options": options,
            "autocommit": reading,
            "connect_timeout": max(2, int(wait)),
            "prepare_threshold": None,  # what the driver has prepared it throws away at a rollback, and ours with it
            **NETWORK,
        },
        configure=configure,
        name=name,
    )


async def _configure(lines: "WeakSet[Line]", shapes: Shapes, connection: Line) -> None:
    set_json_loads(msgspec.json.decode, connection)
    set_json_dumps(msgspec.json.encode, connection)
    connection.wire = Wire(connection, shapes)
    lines.add(connection)


async def _renewed(
    tx: Transaction,
    kept: Kept | None,
    load: Callable[[Transaction], Awaitable[T]],
    tables: tuple[str, ...],
) -> Kept:
    # Looked at before it is loaded: what changes in between is found at the next look.
    seen = await tx.all(dict, _looks(tables)) if tables else None
    if kept is not None and tables and kept.seen == seen:
        return kept
    return Kept(0.0, await load(tx), seen)


@cache
def _looks(tables: tuple[str, ...]) -> str:
    """A statement whose answer changes with every change of a table: a row that is written gets a new writer."""
    one = "SELECT count(*) AS rows, sum(xmin::text::bigint)::text || sum(hashtid(ctid))::text AS written FROM {}"
    return " UNION ALL ".join(one.format(table) for table in tables)


async def _commit(tx: Transaction) -> None:
    # A connection that breaks here leaves the one question that a retry cannot answer by itself: did it happen?
    try:
        await tx.commit()
    except Outdated:
        raise
    except psycopg.OperationalError as lost:
        if lost.sqlstate is not None and lost.sqlstate[:2] not in {"08", "57"}:
            raise
        if lost.sqlstate == "57014":
            raise
        raise LostCommit() from lost


def _connection_lost(error: psycopg.Error) -> bool:
    """Whether the database went away (or has no room), rather than refusing the statement."""
    state = error.sqlstate
    return (
        state is None or state[:2] in {"08", "53"} or state in {"57P01", "57P02", "57P03", "57014", "55P03"}
    )
