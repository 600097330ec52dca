"""How statements travel to the server and back: as few journeys as possible, and little work around each.

Every statement is understood once by the server (its `Shape`: types of parameters, names of columns), prepared on every
connection once it has come again, and sent in binary. What nobody waits for (`send`, BEGIN, COMMIT) travels with the
next statement that somebody waits for, and what several ask at the same time (`together`) goes on one journey; all in
the order in which it was asked. What does not fit is left to the driver, on the same connection and in the same order.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg
from msgspec import Struct
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.rows import tuple_row

from torg.kernel.database.line import Line
from torg.kernel.database.together import Asking, together, turn
from torg.kernel.database.values import BINARY, ENCODERS, NOT_OURS, Encoder

PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")
PREPARED_FROM: Final = 3
"""The use of a statement in a process from which on every connection prepares it."""
MOST_PREPARED: Final = 200
MOST_SHAPES: Final = 3000
OUTDATED: Final = {"0A000", "26000"}
"""The schema has changed under a prepared statement, or somebody has thrown it away."""

Parameters = dict[str, Any]


class Outdated(psycopg.OperationalError):
    """A prepared statement does not fit the schema any more: nothing has happened, and a new connection will do."""


class NotCommitted(RuntimeError):
    """A statement had failed and the work went on as if it had not, so the server threw all of it away: a defect."""


class Shape(Struct):
    """How the server understands a statement."""

    text: bytes
    names: tuple[str, ...]
    types: tuple[int, ...]
    encoders: tuple[Encoder, ...]
    formats: tuple[int, ...]
    columns: tuple[str, ...]
    uses: int = 0

    def encode(self, parameters: Parameters) -> list[bytes | None] | None:
        """The parameters in the server's order and form; None when they are not of the kind that it expects."""
        try:
            return [
                None if (value := parameters[name]) is None else encode(value)
                for name, encode in zip(self.names, self.encoders, strict=True)
            ]
        except NOT_OURS:
            return None


Shapes = dict[str, Shape | None]
"""By text, for all connections of a process; None for statements that are left to the driver."""


class Answer(NamedTuple):
    """What came back: names of columns, rows, and how many rows were touched."""

    names: Sequence[str]
    rows: list[tuple[Any, ...]]
    touched: int


NOTHING: Final = Answer((), [], 0)


class Asked(Struct):
    """A statement on its way, and what came back for whoever waits for it."""

    sql: str
    parameters: Parameters
    awaited: bool
    answer: Answer = NOTHING


class Message(NamedTuple):
    """A statement that is ready to go."""

    asked: Asked
    shape: Shape
    values: list[bytes | None]


class Wire:
    """One connection's way to the server and back."""

    def __init__(self, connection: Line, shapes: Shapes) -> None:
        self._connection = connection
        self._shapes = shapes
        self._loaders = Transformer(connection)
        self._prepared: dict[str, bytes] = {}
        self._given: list[str] = []  # statements prepared on the present journey
        self._names = 0
        self._waiting: list[Asked] = []
        self._lock = asyncio.Lock()
        self._sharing = False

    def send(self, sql: str, parameters: Parameters) -> None:
        """Let a statement travel with the next."""
        self._waiting.append(Asked(sql, parameters, awaited=False))

    async def ask(self, sql: str, parameters: Parameters) -> Answer:
        """Send what waits and this statement, and wait for its answer."""
        asked = Asked(sql, parameters, awaited=True)
        if self._sharing:
            self._waiting.append(asked)
            await turn()
            return asked.answer
        async with self._lock:
            self._waiting.append(asked)
            await self._go()
        return asked.answer

    async def together(self, asking: Sequence[Asking]) -> list[Any]:
        """Let what these ask at the same time go on one journey; tells what each returns."""
        if self._sharing:
            return await together(asking, turn)  # the journeys are those of whoever leads us
        self._sharing = True
        try:
            return await together(asking, self.flush)
        finally:
            self._sharing = False

    async def flush(self) -> None:
        """Send what waits, and wait until it has happened."""
        async with self._lock:
            if self._waiting:
                await self._go()

    async def begin(self) -> None:
        """Begin the transaction if nothing has yet, send what waits, and wait until it has happened."""
        async with self._lock:
            await self._go()
            if self._connection.pgconn.transaction_status == TransactionStatus.IDLE:
                await self._journey(())

    async def commit(self) -> None:
        """Send what waits, and commit with it; `NotCommitted` when the server has rolled back instead."""
        async with self._lock:
            if self._waiting or self._connection.pgconn.transaction_status != TransactionStatus.IDLE:
                await self._go(b"COMMIT")

    def forget(self) -> None:
        """Throw away what waits: it is to be rolled back."""
        self._waiting.clear()

    async def _go(self, end: bytes | None = None) -> None:
        waiting, self._waiting = self._waiting, []
        ready: list[Message] = []
        for asked in waiting:
            sql = asked.sql
            if sql not in self._shapes and ready:
                await self._journey(ready)
                ready = []
            shape = self._shapes[sql] if sql in self._shapes else await self._understood(sql)
            values = shape.encode(asked.parameters) if shape is not None else None
            if shape is not None and values is not None:
                ready.append(Message(asked, shape, values))
                continue
            if ready:
                await self._journey(ready)
                ready = []
            asked.answer = await self._by_driver(sql, asked.parameters)
        if ready or end:
            await self._journey(ready, end)

    async def _by_driver(self, sql: str, parameters: Parameters) -> Answer:
        cursor = self._connection.cursor(binary=True, row_factory=tuple_row)
        await cursor.execute(sql, parameters)
        told = cursor.description
        rows = await cursor.fetchall() if told else []
        return Answer([column.name for column in told or ()], rows, cursor.rowcount)

    async def _understood(self, sql: str) -> Shape | None:
        names: dict[str, int] = {}

        def numbered(found: "re.Match[str]") -> str:
            return "%" if found[1] is None else f"${names.setdefault(found[1], len(names) + 1)}"

        text = PLACEHOLDER.sub(numbered, sql).encode()
        shape = await self._described(text, tuple(names))
        if len(self._shapes) < MOST_SHAPES:
            self._shapes[sql] = shape
        return shape

    async def _described(self, text: bytes, names: tuple[str, ...]) -> Shape | None:
        # In a transaction a savepoint stands around it, so that a statement which is not understood breaks nothing.
        pgconn, guarded = self._connection.pgconn, not self._connection.autocommit
        self._open()
        if guarded:
            pgconn.send_query_params(b"SAVEPOINT understood", None)
        pgconn.send_prepare(b"", text)
        pgconn.send_describe_prepared(b"")
        if guarded:
            pgconn.send_query_params(b"RELEASE SAVEPOINT understood", None)
        try:
            results = await self._results()
        except psycopg.Error as refused:
            if (refused.sqlstate or "")[:2] != "42":
                raise
            if guarded:
                await self._take_back()
            return None  # what the server does not understand by itself, the driver can often tell it
        told = results[-2] if guarded else results[-1]
        types = tuple(told.param_type(index) for index in range(told.nparams))
        known = [ENCODERS[type] for type in types if type in ENCODERS]
        if len(known) < len(names) or len(types) != len(names):
            return None
        columns = tuple((told.fname(index) or b"").decode() for index in range(told.nfields))
        return Shape(text, names, types, tuple(e for e, _ in known), tuple(f for _, f in known), columns)

    async def _take_back(self) -> None:
        pgconn = self._connection.pgconn
        pgconn.enter_pipeline_mode()
        pgconn.send_query_params(b"ROLLBACK TO SAVEPOINT understood", None)
        pgconn.send_query_params(b"RELEASE SAVEPOINT understood", None)
        await self._results()

    async def _journey(self, messages: Sequence[Message], end: bytes | None = None) -> None:
        places: list[int] = []
        try:
            place = self._open()
            for message in messages:
                place += self._give(message)
                places.append(place - 1)
            if end is not None:
                self._connection.pgconn.send_query_params(end, None)
            results = await self._results()
        except psycopg.Error as error:
            for sql in self._given:  # behind the refused one nothing was prepared
                del self._prepared[sql]
            if self._connection.closed:
                self._connection.hang_up()  # the driver's library has closed the socket: it may soon be somebody else's
            if error.sqlstate in OUTDATED:
                self._connection.hang_up()
                raise Outdated("a prepared statement is out of date") from error
            raise
        finally:
            self._given.clear()
        if end is not None and results[-1].command_status != end:
            raise NotCommitted("a statement had failed, so nothing was committed")
        for message, place in zip(messages, places, strict=True):
            if message.asked.awaited:
                message.asked.answer = self._read(message.shape, results[place])

    def _read(self, shape: Shape, result: Any) -> Answer:
        rows: list[tuple[Any, ...]] = []
        if result.ntuples:
            self._loaders.set_pgresult(result, format=Format.BINARY)
            rows = self._loaders.load_rows(0, result.ntuples, tuple)
        return Answer(shape.columns, rows, result.command_tuples or 0)

    def _open(self) -> int:
        """Begin a journey, and the transaction where there must be one; tells how many results come of it."""
        pgconn, connection = self._connection.pgconn, self._connection
        begins = not connection.autocommit and pgconn.transaction_status == TransactionStatus.IDLE
        pgconn.enter_pipeline_mode()
        if begins:
            pgconn.send_query_params(b"BEGIN", None)
        return int(begins)

    def _give(self, message: Message) -> int:
        """Put a statement on the journey; tells how many results come of it, of which its own is the last."""
        pgconn, sql, shape = self._connection.pgconn, message.asked.sql, message.shape
        results = 1
        name = self._prepared.get(sql)
        if name is None:
            shape.uses += 1
            if shape.uses < PREPARED_FROM or len(self._prepared) >= MOST_PREPARED:
                pgconn.send_query_params(shape.text, message.values, shape.types, shape.formats, BINARY)
                return results
            self._names += 1
            name = self._prepared[sql] = f"torg_{self._names}".encode()
            self._given.append(sql)
            pgconn.send_prepare(name, shape.text, shape.types)
            results = 2
        pgconn.send_query_prepared(name, message.values, shape.formats, BINARY)
        return results

    async def _results(self) -> list[Any]:
        """All that the server answers to what was given, in order; the first refusal is raised."""
        pgconn = self._connection.pgconn
        results: list[Any] = []
        try:
            pgconn.pipeline_sync()
            while pgconn.flush():
                await self._connection.comes(writing=True)
                pgconn.consume_input()
            # Whatever sends also takes in what has come: all answers may be here already, and nothing more will come.
            self._collect(results)
            while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
                if (
                    self._connection.closed
                ):  # found out while sending: its socket is gone, and will never wake anybody
                    raise psycopg.OperationalError("the connection to the database is lost")
                await self._connection.comes()
                pgconn.consume_input()
                self._collect(results)
        except BaseException:
            self._connection.hang_up()  # answers may still be on their way, so nothing more can be asked here
            raise
        results.pop()
        pgconn.exit_pipeline_mode()
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result, self._connection.info.encoding)
        return results

    def _collect(self, results: list[Any]) -> None:
        # One None stands behind the results of each statement; two say that the connection has ended.
        pgconn, ended = self._connection.pgconn, False
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None and ended:
                return
            ended = result is None
            if result is not None:
                results.append(result)
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return
