"""The database as the use cases see it: transactions, retries, rows as Structs.

Guarantees: one `run` is one transaction and the unit of retry, so the work given to it may happen several times and
must touch nothing outside; events recorded in it are written just before its commit, or not at all; nothing leaves
Torg while one is open (`external`). Reads outside a transaction run on connections that cannot write.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import tuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from torg.kernel.clock import Clock, SystemClock
from torg.kernel.errors import Invalid, Unavailable
from torg.kernel.events import Event
from torg.kernel.outbox import write_outbox
from torg.kernel.telemetry.tracing import TRACE

T = TypeVar("T")
Pool = AsyncConnectionPool[AsyncConnection[Any]]

ATTEMPTS = 5
OVERLOADED = {"57014", "55P03"}  # a statement or a wait for a lock took too long: trying again makes it worse
SCALARS = (str, int, bool, bytes, UUID, datetime, date, Decimal)
OPTIONS = (
    "-c TimeZone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    " -c application_name=torg"
)

# A peer that is silently gone is noticed within seconds instead of the system's quarter of an hour.
NETWORK = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


class Tally:
    """Counts the statements of one request."""

    __slots__ = ("statements",)

    def __init__(self) -> None:
        self.statements = 0


TALLY: ContextVar[Tally | None] = ContextVar("tally", default=None)


class InsideTransaction(RuntimeError):
    """A call to the outside was about to be made while a transaction was open: a defect."""


class Unstorable(Invalid):
    """A text holds the character NUL, which no text of ours may."""

    code = "unstorable-text"
    message = "A text holds the character NUL (U+0000)."


class LostCommit(Unavailable):
    """The connection broke while the transaction was being committed: whether it happened is not known."""

    code = "outcome-unknown"
    message = "The answer of the database was lost. Repeat the call with the same Idempotency-Key."


def external() -> None:
    """Refuse to go on when a transaction is open in this task; called first by everything that leaves Torg."""
    if _open.get():
        raise InsideTransaction("nothing may leave Torg while a transaction is open")


class Transaction:
    """One connection's transaction, or, for `Database.read`, a run of statements that cannot write."""

    def __init__(
        self, database: "Database", connection: AsyncConnection[Any], actor: str, reading: bool
    ) -> None:
        self.database = database
        self.connection = connection
        self.actor = actor
        self.now = database.clock.now()
        self.reading = reading
        self.trace: str | None = None
        self._events: list[Event] = []

    async def all(self, kind: type[T], sql: str, /, **parameters: Any) -> list[T]:
        """Every row, read by column name into `kind` (a Struct; or a scalar type for the first column; or dict)."""
        cursor = await self._run(sql, parameters)
        rows = await cursor.fetchall()
        if not rows:
            return []
        if kind in SCALARS:
            return [row[0] for row in rows]
        names = [column.name for column in cursor.description or ()]
        if kind is dict:
            return [dict(zip(names, row, strict=True)) for row in rows]  # type: ignore[misc]  # kind is dict here
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        found: list[T] = msgspec.convert(objects, list[kind])  # type: ignore[valid-type]  # known at run time
        return found

    async def find(self, kind: type[T], sql: str, /, **parameters: Any) -> T | None:
        """The first row, or None."""
        rows = await self.all(kind, sql, **parameters)
        return rows[0] if rows else None

    async def one(self, kind: type[T], sql: str, /, **parameters: Any) -> T:
        """The only row; anything else than one row is a defect."""
        rows = await self.all(kind, sql, **parameters)
        if len(rows) != 1:
            raise LookupError(f"expected one row, got {len(rows)}")
        return rows[0]

    async def execute(self, sql: str, /, **parameters: Any) -> int:
        """Run a statement; tells how many rows it touched."""
        return (await self._run(sql, parameters)).rowcount

    async def execute_many(self, sql: str, rows: Sequence[dict[str, Any]]) -> None:
        """Run a statement once per row of parameters, in one round trip."""
        if not rows:
            return
        self._count(len(rows))
        async with self.connection.cursor() as cursor:
            try:
                await cursor.executemany(sql, rows)
            except psycopg.DataError as error:
                raise _unstorable(error) from None

    def record(self, *events: Event) -> None:
        """Tell a fact: it is written to the outbox just before this transaction commits."""
        if self.reading:
            raise RuntimeError("a read has nothing to tell")
        self._events.extend(events)

    @property
    def recorded(self) -> Sequence[Event]:
        """The facts told so far and not yet written."""
        return tuple(self._events)

    async def flush(self) -> None:
        """Write the facts told so far to the outbox (done by itself before the commit)."""
        if self._events:
            events, self._events = self._events, []
            await write_outbox(self, events)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that can fail by itself; facts told in it are forgotten with it."""
        told = len(self._events)
        try:
            async with self.connection.transaction():
                yield
        except BaseException:
            del self._events[told:]
            raise

    async def _run(self, sql: str, parameters: dict[str, Any]) -> psycopg.AsyncCursor[Any]:
        self._count(1)
        cursor = self.connection.cursor(binary=True, row_factory=tuple_row)
        try:
            await cursor.execute(sql, parameters)
        except psycopg.DataError as error:
            raise _unstorable(error) from None
        return cursor

    @staticmethod
    def _count(statements: int) -> None:
        tally = TALLY.get()
        if tally is not None:
            tally.statements += statements


class Database:
    """The pools of one process, and what it remembers of reference data."""

    def __init__(self, url: str, clock: Clock, pool_size: int, wait: float) -> None:
        self.url = url
        self.clock = clock
        self._cache: dict[str, tuple[float, Any]] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        readers = max(1, (pool_size - 1) // 2)
        self._writers = _pool(url, max(1, pool_size - 1 - readers), wait, "write")
        self._readers = _pool(url, readers, wait, "read")
        # Reference data is loaded on a connection of its own: whoever asks for it may hold one of the others, and when
        # all of them did, each would wait for the loader and the loader for one of them.
        self._references = _pool(url, 1, wait, "reference")

    @classmethod
    async def open(
        cls, url: str, *, clock: Clock | None = None, pool_size: int = 8, wait: float = 5.0
    ) -> "Database":
        """Open the pools; connections are made as they are needed, at most `pool_size`, waited for `wait` seconds."""
        database = cls(url, clock or SystemClock(), pool_size, wait)
        await database._writers.open()
        await database._readers.open()
        await database._references.open()
        return database

    async def close(self) -> None:
        """Close all connections."""
        await self._writers.close()
        await self._readers.close()
        await self._references.close()

    def pool_stats(self) -> dict[str, dict[str, int]]:
        """The pools' own counters, for metrics and health."""
        pools = (self._writers, self._readers, self._references)
        return {pool.name: pool.get_stats() for pool in pools}

    async def run(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        actor: str = "system",
        repeatable: bool = False,
        trace: str | None = None,
    ) -> T:
        """Do the work in one transaction; all of it is done again when the database asks for that.

        Tried again: serialization failures, deadlocks, connections lost before the commit was sent. When the
        connection breaks during the commit the outcome is unknown: `LostCommit`, unless the work is `repeatable`
        because it guards itself against happening twice.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.transaction(actor=actor, trace=trace) as tx:
                    result = await work(tx)
                return result
            except (errors.SerializationFailure, errors.DeadlockDetected):
                if attempt == ATTEMPTS:
                    raise Unavailable() from None
            except LostCommit:
                if not repeatable or attempt == ATTEMPTS:
                    raise
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as lost:
                if not _connection_lost(lost):
                    raise
                if attempt == ATTEMPTS or isinstance(lost, PoolTimeout) or lost.sqlstate in OVERLOADED:
                    raise Unavailable() from lost
            await asyncio.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Read without a transaction: each statement sees what is committed when it starts. Cannot write."""
        return await self._read(self._readers, work)

    async def _read(self, pool: Pool, work: Callable[[Transaction], Awaitable[T]]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with pool.connection() as connection:
                    return await work(Transaction(self, connection, "reader", reading=True))
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as lost:
                if not _connection_lost(lost):
                    raise
                if attempt == ATTEMPTS or isinstance(lost, PoolTimeout) or lost.sqlstate in OVERLOADED:
                    raise Unavailable() from lost
            await asyncio.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def transaction(
        self, *, actor: str = "system", trace: str | None = None
    ) -> AsyncIterator[Transaction]:
        """One transaction without retry; commits at the end of the block, rolls back when it raises."""
        if _open.get():
            raise InsideTransaction("a transaction is already open in this task: hand its `tx` on instead")
        async with self._writers.connection() as connection:
            token = _open.set(True)
            try:
                tx = Transaction(self, connection, actor, reading=False)
                tx.trace = trace or TRACE.get()
                yield tx
                await tx.flush()
                await _commit(connection)
            finally:
                _open.reset(token)

    async def cached(self, name: str, load: Callable[[Transaction], Awaitable[T]], seconds: float = 1.0) -> T:
        """Reference data, remembered by this process for at most `seconds`; loaded once however many ask.

        `load` may not ask for other cached data.
        """
        kept = self._cache.get(name)
        if kept is not None and kept[0] > time.monotonic():
            found: T = kept[1]
            return found
        async with self._loading.setdefault(name, asyncio.Lock()):
            kept = self._cache.get(name)
            if kept is not None and kept[0] > time.monotonic():
                found = kept[1]
                return found
            loaded = await self._read(self._references, load)
            self._cache[name] = (time.monotonic() + seconds, loaded)
            return loaded

    def forget(self, name: str) -> None:
        """Load reference data anew at the next use, in this process."""
        self._cache.pop(name, None)


def _pool(url: str, size: int, wait: float, name: str) -> Pool:
    reading = name != "write"
    options = OPTIONS + (" -c default_transaction_read_only=on" if reading else "")
    return AsyncConnectionPool(
        url,
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
            **NETWORK,
        },
        configure=_configure,
        name=name,
    )


async def _configure(connection: AsyncConnection[Any]) -> None:
    set_json_loads(msgspec.json.decode, connection)
    set_json_dumps(msgspec.json.encode, connection)


async def _commit(connection: AsyncConnection[Any]) -> None:
    # A connection that breaks here leaves the one question that a retry cannot answer by itself: did it happen?
    try:
        await connection.commit()
    except (errors.SerializationFailure, errors.DeadlockDetected):
        raise
    except psycopg.OperationalError as lost:
        raise LostCommit() from lost


def _unstorable(error: psycopg.DataError) -> Exception:
    # PostgreSQL's texts hold every character but NUL, which JSON and URLs can carry; the driver refuses it in a text,
    # the server inside jsonb.
    nul = (error.sqlstate is None and "NUL" in str(error)) or error.sqlstate == "22P05"
    return Unstorable() if nul else error


def _connection_lost(error: psycopg.Error) -> bool:
    """Whether the database went away (or has no room), rather than refusing the statement."""
    state = error.sqlstate
    return (
        state is None or state[:2] in {"08", "53"} or state in {"57P01", "57P02", "57P03", "57014", "55P03"}
    )
