"""How statements travel: in order, with their types, and what happens when something on the way goes wrong."""

import asyncio
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
import uvloop
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import TALLY, Database, NotCommitted, Tally, Transaction
from torg.kernel.database.line import Line
from torg.kernel.database.wire import Wire
from torg.kernel.ids import new_id

ADD = "INSERT INTO cups (name, n) VALUES (%(name)s, %(n)s)"
ONE = "SELECT %(n)s::int"
NAMES = "SELECT name FROM cups ORDER BY n"


@pytest.fixture
async def cups(database: Database) -> None:
    async def make(tx: Transaction) -> None:
        await tx.execute("CREATE TABLE IF NOT EXISTS cups (name text UNIQUE, n int CHECK (n < 100))")
        await tx.execute("TRUNCATE cups")

    await database.run(make)


@pytest.mark.usefixtures("cups")
async def test_what_was_sent_has_happened_for_whoever_asks_next(database: Database) -> None:
    async def work(tx: Transaction) -> list[str]:
        tx.send(ADD, name="a", n=1)
        tx.send(ADD, name="b", n=2)
        return await tx.all(str, NAMES)

    for _ in range(5):  # unprepared, then prepared
        await database.run(lambda tx: tx.execute("DELETE FROM cups"))
        assert await database.run(work) == ["a", "b"]


@pytest.mark.usefixtures("cups")
async def test_what_was_sent_last_is_committed(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        tx.send(ADD, name="a", n=1)

    await database.run(work)
    assert await database.read(lambda tx: tx.all(str, NAMES)) == ["a"]


@pytest.mark.usefixtures("cups")
async def test_one_sent_statement_that_fails_undoes_the_whole_transaction(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(ADD, name="a", n=1)
        tx.send(ADD, name="b", n=100)
        tx.send(ADD, name="c", n=3)

    for _ in range(5):
        with pytest.raises(psycopg.errors.CheckViolation):
            await database.run(work)
        assert await database.read(lambda tx: tx.all(str, NAMES)) == []


@pytest.mark.usefixtures("cups")
async def test_what_was_sent_before_a_failure_is_not_sent_with_the_next_transaction(
    database: Database,
) -> None:
    async def work(tx: Transaction) -> None:
        tx.send(ADD, name="a", n=1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.run(work)
    await database.run(lambda tx: tx.execute(ADD, name="b", n=2))
    assert await database.read(lambda tx: tx.all(str, NAMES)) == ["b"]


@pytest.mark.usefixtures("cups")
async def test_a_savepoint_takes_back_what_was_sent_in_it_and_nothing_else(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        tx.send(ADD, name="a", n=1)
        with pytest.raises(psycopg.errors.CheckViolation):
            async with tx.savepoint():
                tx.send(ADD, name="b", n=100)
        with pytest.raises(ValueError, match="no"):
            async with tx.savepoint():
                tx.send(ADD, name="c", n=3)
                raise ValueError("no")
        async with tx.savepoint():
            tx.send(ADD, name="d", n=4)

    await database.run(work)
    assert await database.read(lambda tx: tx.all(str, NAMES)) == ["a", "d"]


@pytest.mark.usefixtures("cups")
@pytest.mark.parametrize("last", ["nothing", "sent"])
async def test_what_goes_on_after_a_swallowed_failure_is_not_told_to_be_committed(
    database: Database, last: str
) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(ADD, name="a", n=1)
        with pytest.raises(psycopg.errors.CheckViolation):
            await tx.execute(ADD, name="b", n=100)
        if last == "sent":
            tx.send(ADD, name="c", n=3)

    refusal = NotCommitted if last == "nothing" else psycopg.errors.InFailedSqlTransaction
    for _ in range(4):  # unprepared, then prepared
        with pytest.raises(refusal):
            await database.run(work)
        assert await database.read(lambda tx: tx.all(str, NAMES)) == []
    await database.run(lambda tx: tx.execute(ADD, name="d", n=4))
    assert await database.read(lambda tx: tx.all(str, NAMES)) == ["d"]


@pytest.mark.usefixtures("cups")
@pytest.mark.parametrize("first", ["nothing", "sent"])
async def test_a_savepoint_that_stands_first_ends_with_the_transaction_and_not_before(
    database: Database, first: str
) -> None:
    async def work(tx: Transaction) -> None:
        if first == "sent":
            tx.send(ADD, name="a", n=1)
        async with tx.savepoint():
            await tx.execute(ADD, name="b", n=2)
        assert await database.read(lambda other: other.all(str, NAMES)) == []
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.run(work)
    assert await database.read(lambda tx: tx.all(str, NAMES)) == []


class Everything(Struct):
    u: UUID
    t: str
    b: bool
    y: bytes
    s: int
    i: int
    l: int  # noqa: E741  # one letter a column
    f: float
    d: date
    c: time
    m: datetime
    n: Decimal
    j: dict[str, int]
    us: list[UUID]
    ts: list[str | None]
    ints: list[int]
    ms: list[datetime]


EVERYTHING = """
SELECT %(u)s::uuid AS u, %(t)s::text AS t, %(b)s::bool AS b, %(y)s::bytea AS y, %(s)s::smallint AS s, %(i)s::int AS i,
       %(l)s::bigint AS l, %(f)s::float8 AS f, %(d)s::date AS d, %(c)s::time AS c, %(m)s::timestamptz AS m,
       %(n)s::numeric AS n, %(j)s::jsonb AS j, %(us)s::uuid[] AS us, %(ts)s::text[] AS ts, %(ints)s::int[] AS ints,
       %(ms)s::timestamptz[] AS ms
"""


def everything() -> dict[str, Any]:
    moment = datetime(2026, 11, 22, 20, 55, 1, 123456, tzinfo=UTC)
    return {
        "u": new_id(),
        "t": "Blå kopp ☕ 100 %",
        "b": True,
        "y": b"\x00\xff",
        "s": -3,
        "i": 2**31 - 1,
        "l": -(2**63),
        "f": 0.1,
        "d": date(1999, 12, 31),
        "c": time(23, 59, 58, 7),
        "m": moment,
        "n": Decimal("-12.3400"),
        "j": Jsonb({"a": 1}),
        "us": [new_id(), new_id()],
        "ts": ["x", None, ""],
        "ints": [],
        "ms": [datetime(1969, 7, 20, tzinfo=UTC), moment],
    }


async def test_every_kind_of_value_comes_back_as_it_was_sent(database: Database) -> None:
    given = everything()
    for _ in range(5):
        found = await database.read(lambda tx: tx.one(Everything, EVERYTHING, **given))
        assert found == Everything(**{**given, "j": {"a": 1}})


async def test_every_kind_of_value_may_be_missing(database: Database) -> None:
    given = dict.fromkeys(everything())
    for _ in range(5):
        found = await database.read(lambda tx: tx.one(dict, EVERYTHING, **given))
        assert set(found.values()) == {None}


async def test_a_value_of_another_kind_than_the_server_expects_is_left_to_the_driver(
    database: Database,
) -> None:
    id = new_id()
    for value in (id, str(id), id):
        assert await database.run(lambda tx, v=value: tx.one(UUID, "SELECT %(id)s::uuid", id=v)) == id  # type: ignore[misc]  # bound at once


@pytest.mark.usefixtures("cups")
async def test_a_statement_that_needs_the_drivers_types_breaks_no_transaction(database: Database) -> None:
    async def work(tx: Transaction) -> list[bool]:
        await tx.execute(ADD, name="a", n=1)
        return await tx.all(bool, "SELECT %(a)s IS NULL FROM cups", a=5)

    for _ in range(3):
        assert await database.run(work) == [False]
        assert await database.read(lambda tx: tx.all(str, NAMES)) == ["a"]
        await database.run(lambda tx: tx.execute("DELETE FROM cups"))


@pytest.mark.usefixtures("cups")
async def test_a_rollback_leaves_the_connection_and_what_is_prepared_on_it(database_url: str) -> None:
    database = await Database.open(database_url, pool_size=3)

    async def work(tx: Transaction) -> int:
        await tx.execute(ADD, name="a", n=1)
        await tx.one(bool, "SELECT %(a)s IS NULL", a=5)  # the driver's
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with tx.savepoint():
                await tx.execute(ADD, name="a", n=1)
        await tx.execute("DELETE FROM cups")
        return await tx.one(int, "SELECT pg_backend_pid()")

    async def fail(tx: Transaction) -> None:
        await work(tx)
        raise ValueError("no")

    pids = set()
    for _ in range(8):
        pids.add(await database.run(work))
        with pytest.raises(ValueError, match="no"):
            await database.run(fail)
    assert len(pids) == 1
    await database.close()


@pytest.mark.usefixtures("cups")
async def test_a_schema_that_changes_under_a_prepared_statement_is_met_by_preparing_it_anew(
    database: Database,
) -> None:
    async def everything(tx: Transaction) -> list[dict[str, object]]:
        return await tx.all(dict, "SELECT * FROM cups")

    await database.run(lambda tx: tx.execute(ADD, name="a", n=1))
    for _ in range(5):
        await database.run(everything)
    await database.run(lambda tx: tx.execute("ALTER TABLE cups ALTER n TYPE bigint"))
    assert await database.run(everything) == [{"name": "a", "n": 1}]


async def test_much_data_goes_both_ways(database: Database) -> None:
    texts = [f"{number:08}" * 100 for number in range(20_000)]  # sixteen megabytes
    assert (
        await database.run(lambda tx: tx.all(str, "SELECT unnest(%(texts)s::text[])", texts=texts)) == texts
    )


async def test_answers_that_come_while_the_question_is_still_being_sent_are_not_waited_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, sent = Line.comes, 0

    async def answered_at_once(line: Line, *, writing: bool = False) -> None:
        """All is sent and answered before whoever sends it takes in what has come."""
        nonlocal sent
        await waiting(line, writing=writing)
        while writing and line.pgconn.flush():
            await waiting(line, writing=True)
            line.pgconn.consume_input()
        if writing:
            sent += 1
            await asyncio.sleep(0.3)

    monkeypatch.setattr(Line, "comes", answered_at_once)
    much = "x" * 8_000_000
    length = await asyncio.wait_for(
        database.run(lambda tx: tx.one(int, "SELECT length(%(much)s::text)", much=much)), 20
    )
    assert (length, sent > 0) == (8_000_000, True)


async def test_a_task_that_is_given_up_leaves_no_answer_for_the_next(database_url: str) -> None:
    database = await Database.open(database_url, pool_size=3)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(database.run(lambda tx: tx.one(int, "SELECT 1 FROM pg_sleep(1)")), 0.2)
        assert await database.run(lambda tx: tx.one(int, "SELECT 2")) == 2
    await database.close()


@pytest.mark.usefixtures("cups")
async def test_what_is_sent_is_counted(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        tx.send(ADD, name="a", n=1)
        await tx.all(str, NAMES)

    tally = Tally()
    token = TALLY.set(tally)
    await database.run(work)
    TALLY.reset(token)
    assert tally.statements == 2


LISTENERS = [asyncio.run, uvloop.run]


@pytest.mark.parametrize("run", LISTENERS)
def test_the_driver_and_the_wire_listen_to_a_connection_in_turns(run: Any, database_url: str) -> None:
    async def turns() -> None:
        line = await Line.connect(database_url, autocommit=True)
        wire = Wire(line, {})
        for number in range(10):
            assert (await wire.ask(ONE, {"n": number})).rows == [(number,)]
            cursor = await line.execute("SELECT %s", (number,))
            assert await cursor.fetchone() == (number,)
            async with line.transaction():
                assert (await wire.ask(ONE, {"n": number})).rows == [(number,)]
        await line.close()

    run(asyncio.wait_for(turns(), 20))


@pytest.mark.parametrize("run", LISTENERS)
def test_a_socket_that_a_lost_connection_leaves_is_heard_for_the_next(run: Any, database_url: str) -> None:
    async def lose(line: Line, killer: Line) -> None:
        pid = line.info.backend_pid
        assert (await Wire(line, {}).ask(ONE, {"n": 1})).rows == [(1,)]
        await killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    async def again() -> None:
        killer = await Line.connect(database_url, autocommit=True)
        numbers = set()
        for given_up in (False, True) * 5:
            line = await Line.connect(database_url, autocommit=True)
            numbers.add(line.pgconn.socket)
            await lose(line, killer)
            if given_up:  # found out by whoever asks next
                with pytest.raises(psycopg.OperationalError):
                    await Wire(line, {}).ask(ONE, {"n": 1})
            await line.close()
        assert len(numbers) < 10  # else no socket was somebody else's before
        await killer.close()

    run(asyncio.wait_for(again(), 20))


@pytest.mark.parametrize("run", LISTENERS)
def test_a_connection_that_ends_while_nobody_asks_keeps_nobody_busy(run: Any, database_url: str) -> None:
    class Counted(Line):
        woken = 0

        def _wake(self) -> None:
            self.woken += 1
            super()._wake()

    async def rest() -> None:
        line, killer = [await Counted.connect(database_url, autocommit=True) for _ in range(2)]
        assert (await Wire(line, {}).ask(ONE, {"n": 1})).rows == [(1,)]
        await killer.execute("SELECT pg_terminate_backend(%s, 5000)", (line.info.backend_pid,))
        await asyncio.sleep(0.3)
        assert 1 <= line.woken <= 5
        await line.close()
        await killer.close()

    run(asyncio.wait_for(rest(), 20))
