"""A transaction as the use cases see it: statements in, rows as Structs out, facts told with the commit."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection

from torg.kernel.database.before import Before, NeedsBefore, TakeBack
from torg.kernel.database.wire import Answer, Wire
from torg.kernel.errors import Invalid
from torg.kernel.events import Event
from torg.kernel.outbox import write_outbox

if TYPE_CHECKING:
    from torg.kernel.database.pools import Database

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
_Asks: TypeAlias = Coroutine[Any, Any, T]

SCALARS = (str, int, bool, bytes, UUID, datetime, date, Decimal)

OPEN: ContextVar[bool] = ContextVar("transaction_open", default=False)


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


def external() -> None:
    """Refuse to go on when a transaction is open in this task; called first by everything that leaves Torg."""
    if OPEN.get():
        raise InsideTransaction("nothing may leave Torg while a transaction is open")


class Transaction:
    """One connection's transaction, or, for `Database.read`, a run of statements that cannot write."""

    def __init__(
        self,
        database: "Database",
        connection: AsyncConnection[Any],
        wire: Wire,
        actor: str,
        reading: bool,
    ) -> None:
        self.database = database
        self.actor = actor
        self.now = database.clock.now()
        self.reading = reading
        self.trace: str | None = None
        self.before: dict[Hashable, Before] | None = None
        self._connection = connection
        self._wire = wire
        self._events: list[Event] = []

    async def all(self, kind: type[T], sql: str, /, **parameters: Any) -> list[T]:
        """Every row, read by column name into `kind` (a Struct; or a scalar type for the first column; or dict)."""
        names, rows, _ = await self._ask(sql, parameters)
        if not rows:
            return []
        if kind in SCALARS:
            return [row[0] for row in rows]
        if kind is dict:
            return [dict(zip(names, row, strict=True)) for row in rows]  # type: ignore[misc]  # kind is dict here
        # One by one, since msgspec would have to look into `list[kind]` again each time, and into a Struct it need not.
        convert = msgspec.convert
        return [convert(dict(zip(names, row, strict=True)), kind) for row in rows]

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
        return (await self._ask(sql, parameters)).touched

    def send(self, sql: str, /, **parameters: Any) -> None:
        """Run a statement whose answer nobody needs: it travels with the next one, at the latest with the commit.

        What goes wrong with it goes wrong there. Whoever asks next sees what it has done.
        """
        self._count(1)
        self._wire.send(sql, parameters)

    @overload
    async def together(self, a: _Asks[A], b: _Asks[B], /) -> tuple[A, B]: ...
    @overload
    async def together(self, a: _Asks[A], b: _Asks[B], c: _Asks[C], /) -> tuple[A, B, C]: ...
    @overload
    async def together(self, *asking: _Asks[T]) -> tuple[T, ...]: ...
    async def together(self, *asking: _Asks[Any]) -> tuple[Any, ...]:
        """Ask several things of which none needs another's answer: what each asks first goes on one journey, then what
        each asks next.

        All are done when this returns or raises; when several fail, the first of them is told. None may set a savepoint
        or a time limit of its own.
        """
        if len(asking) == 1:
            return (await asking[0],)
        return tuple(await self._wire.together(asking))

    async def execute_many(self, sql: str, rows: Sequence[dict[str, Any]]) -> None:
        """Run a statement once per row of parameters, in one round trip."""
        if not rows:
            return
        for row in rows:
            self.send(sql, **row)
        try:
            await self._wire.flush()
        except psycopg.DataError as error:
            raise _unstorable(error) from None

    async def copy(self, sql: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write many rows by a `COPY … FROM STDIN (FORMAT BINARY)`, whose columns have these types."""
        self._count(1)
        connection = await self.connection()
        async with connection.cursor() as cursor:
            try:
                async with cursor.copy(sql) as copy:
                    copy.set_types(types)
                    for row in rows:
                        await copy.write_row(row)
            except psycopg.DataError as error:
                raise _unstorable(error) from None

    async def connection(self) -> AsyncConnection[Any]:
        """The driver's own connection, for libraries that want one; all that was sent before has happened on it."""
        await self._wire.flush()
        return self._connection

    def need(self, key: Hashable, do: Callable[[], Awaitable[TakeBack]]) -> bool:
        """Have something done before this transaction: it is rolled back, that is done, and all of it is done again.

        True when it has been done. False when it cannot be had: nobody would do the work again, or something else was
        done before, since the world has moved on in between; then the caller does it within the transaction.
        """
        if self.before is None or (self.before and key not in self.before):
            return False
        if key not in self.before:
            raise NeedsBefore(key, do)
        self.before[key].used = True
        return True

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
        """Write the facts told so far to the outbox now, and all that was sent."""
        self.tell()
        try:
            await self._wire.flush()
        except psycopg.DataError as error:
            raise _unstorable(error) from None

    def tell(self) -> None:
        """Send the facts told so far on their way to the outbox (done by itself before the commit)."""
        if self._events:
            events, self._events = self._events, []
            write_outbox(self, events)

    async def commit(self) -> None:
        """Commit, together with the facts and with all that was sent; done by itself at the end."""
        self.tell()
        try:
            await self._wire.commit()
        except psycopg.DataError as error:
            raise _unstorable(error) from None

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that can fail by itself; facts told in it are forgotten with it."""
        told = len(self._events)
        await self._wire.begin()  # else the driver would begin here, and commit at the end of the part
        try:
            async with self._connection.transaction():
                yield
                await self._wire.flush()
        except BaseException:
            self._wire.forget()
            del self._events[told:]
            raise

    async def _ask(self, sql: str, parameters: dict[str, Any]) -> Answer:
        self._count(1)
        try:
            return await self._wire.ask(sql, parameters)
        except psycopg.DataError as error:
            raise _unstorable(error) from None

    @staticmethod
    def _count(statements: int) -> None:
        tally = TALLY.get()
        if tally is not None:
            tally.statements += statements


def _unstorable(error: psycopg.DataError) -> Exception:
    # PostgreSQL's texts hold every character but NUL, which JSON and URLs can carry; the driver refuses it in a text,
    # the server inside jsonb.
    nul = (error.sqlstate is None and "NUL" in str(error)) or error.sqlstate == "22P05"
    return Unstorable() if nul else error
