"""Transactions, retries, the outbox and idempotency, against a real server."""

import asyncio
import gc
import weakref
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from msgspec import Struct

from torg.kernel import idempotency
from torg.kernel.database import Database, InsideTransaction, Transaction, external
from torg.kernel.database.line import Line
from torg.kernel.errors import Invalid, Unavailable
from torg.kernel.events import Event, Subscription, decode
from torg.kernel.ids import new_id


class CupFilled(Event, frozen=True):
    type: ClassVar[str] = "cup.filled"
    family: ClassVar[str] = "order"
    cup: UUID
    millilitres: int

    def key(self) -> str:
        return str(self.cup)


class Row(Struct):
    aggregate: str
    sequence: int
    payload: dict[str, object]


ROWS = "SELECT aggregate, sequence, payload FROM outbox WHERE key = %(key)s ORDER BY sequence"


async def rows(tx: Transaction, cup: UUID) -> list[Row]:
    return await tx.all(Row, ROWS, key=str(cup))


async def test_events_are_written_with_the_change_and_numbered_per_aggregate(database: Database) -> None:
    cup, other = new_id(), new_id()

    async def fill(tx: Transaction) -> None:
        tx.record(CupFilled(cup=cup, millilitres=1), CupFilled(cup=other, millilitres=5))
        tx.record(CupFilled(cup=cup, millilitres=2))

    await database.run(fill)
    await database.run(fill)
    found = await database.read(lambda tx: rows(tx, cup))
    assert [row.sequence for row in found] == [1, 2, 3, 4]
    assert [row.payload["millilitres"] for row in found] == [1, 2, 1, 2]
    assert decode("cup.filled", found[0].payload) == CupFilled(cup=cup, millilitres=1)


async def test_a_transaction_that_fails_tells_nothing(database: Database) -> None:
    cup = new_id()

    async def spill(tx: Transaction) -> None:
        tx.record(CupFilled(cup=cup, millilitres=1))
        await tx.flush()
        raise ValueError("spilt")

    with pytest.raises(ValueError, match="spilt"):
        await database.run(spill)
    assert await database.read(lambda tx: rows(tx, cup)) == []


async def test_a_savepoint_that_fails_forgets_only_its_own_facts(database: Database) -> None:
    cup = new_id()

    async def work(tx: Transaction) -> None:
        tx.record(CupFilled(cup=cup, millilitres=1))
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with tx.savepoint():
                tx.record(CupFilled(cup=cup, millilitres=2))
                await tx.execute("SELECT 1/0")

    await database.run(work)
    assert [row.payload["millilitres"] for row in await database.read(lambda tx: rows(tx, cup))] == [1]


async def test_many_transactions_at_once_number_one_aggregate_without_gaps(database: Database) -> None:
    cup = new_id()

    async def fill(tx: Transaction) -> None:
        tx.record(CupFilled(cup=cup, millilitres=1))

    await asyncio.gather(*(database.run(fill) for _ in range(60)))
    assert [row.sequence for row in await database.read(lambda tx: rows(tx, cup))] == list(range(1, 61))


async def test_a_deadlock_is_tried_again_until_both_have_run(database: Database) -> None:
    await database.run(_make_pair)
    met = asyncio.Event()

    async def cross(first: str, second: str, tx: Transaction) -> None:
        await tx.execute("UPDATE pair SET n = n + 1 WHERE name = %(name)s", name=first)
        if met.is_set():
            await asyncio.sleep(0)
        else:
            met.set()
            await asyncio.sleep(0.3)
        await tx.execute("UPDATE pair SET n = n + 1 WHERE name = %(name)s", name=second)

    await asyncio.gather(
        database.run(lambda tx: cross("a", "b", tx)), database.run(lambda tx: cross("b", "a", tx))
    )
    assert await database.read(lambda tx: tx.all(int, "SELECT n FROM pair")) == [2, 2]


async def _make_pair(tx: Transaction) -> None:
    await tx.execute("CREATE TABLE pair (name text, n int)")
    await tx.execute("INSERT INTO pair VALUES ('a', 0), ('b', 0)")


async def test_a_connection_that_dies_before_the_commit_is_replaced_and_the_work_done_once(
    database: Database,
) -> None:
    cup, attempts = new_id(), 0

    async def fill(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        tx.record(CupFilled(cup=cup, millilitres=attempts))
        await tx.flush()
        if attempts == 1:
            pid = await tx.one(int, "SELECT pg_backend_pid()")
            end = "SELECT pg_terminate_backend(%(pid)s)"
            await database.read(lambda other: other.all(bool, end, pid=pid))
        await tx.execute("SELECT 1")

    await database.run(fill)
    assert attempts == 2
    assert [row.payload["millilitres"] for row in await database.read(lambda tx: rows(tx, cup))] == [2]


async def test_connections_that_died_while_they_lay_idle_cost_one_try_and_not_all(database: Database) -> None:
    many = 12
    all_there = asyncio.Barrier(many)

    async def linger(tx: Transaction) -> int:
        await all_there.wait()
        return await tx.one(int, "SELECT pg_backend_pid()")

    idle = await asyncio.gather(*(database.run(linger) for _ in range(many)))
    assert len(set(idle)) == many
    end = "SELECT pg_terminate_backend(pid) FROM unnest(%(pids)s::int[]) AS pid"
    await database.read(lambda tx: tx.all(bool, end, pids=idle))
    attempts = 0

    async def work(tx: Transaction) -> int:
        nonlocal attempts
        attempts += 1
        return await tx.one(int, "SELECT 1")

    assert await database.run(work) == 1
    assert attempts == 2


async def test_a_database_that_stays_away_is_told_as_unavailable() -> None:
    database = await Database.open("postgresql://nobody@127.0.0.1:1/none", wait=0.3)
    with pytest.raises(Unavailable):
        await database.read(lambda tx: tx.one(int, "SELECT 1"))
    await database.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await database.read(lambda tx: tx.execute("DELETE FROM outbox"))


async def test_a_text_with_nul_is_refused_as_invalid(database: Database) -> None:
    with pytest.raises(Invalid):
        await database.read(lambda tx: tx.one(str, "SELECT %(text)s::text", text="a\0b"))


async def test_nothing_leaves_while_a_transaction_is_open(database: Database) -> None:
    external()

    async def call_out(_: Transaction) -> None:
        external()

    with pytest.raises(InsideTransaction):
        await database.run(call_out)
    external()


async def test_a_transaction_inside_another_is_a_defect(database: Database) -> None:
    async def nest(_: Transaction) -> None:
        await database.run(lambda tx: tx.execute("SELECT 1"))

    with pytest.raises(InsideTransaction):
        await database.run(nest)


async def test_reference_data_is_loaded_once_however_many_ask(database: Database) -> None:
    loads = 0

    async def load(tx: Transaction) -> int:
        nonlocal loads
        loads += 1
        return await tx.one(int, "SELECT 42")

    assert await asyncio.gather(*(database.cached("answer", load) for _ in range(20))) == [42] * 20
    assert loads == 1
    database.forget("answer")
    await database.cached("answer", load)
    assert loads == 2


def claim(key: str, body: bytes = b"{}", scope: str = "staff") -> idempotency.Claim:
    return idempotency.Claim(scope, key, idempotency.fingerprint("POST", "/things", body))


async def test_one_key_twice_at_once_runs_once_and_both_get_the_answer(database: Database) -> None:
    runs = 0

    async def work() -> idempotency.Answer:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.2)
        return idempotency.Answer(201, b'{"secret":"shown once"}')

    async def call(tx: Transaction) -> idempotency.Answer:
        return await idempotency.once(tx, claim("twice-at-once"), work)

    answers = await asyncio.gather(database.run(call), database.run(call), database.run(call))
    assert runs == 1
    assert {answer.body for answer in answers} == {b'{"secret":"shown once"}'}
    assert sorted(answer.replayed for answer in answers) == [False, True, True]
    stored = await database.read(lambda tx: tx.all(bytes, "SELECT answer FROM idempotency_keys"))
    assert not any(b"secret" in answer for answer in stored)


async def test_one_key_with_another_body_is_refused(database: Database) -> None:
    async def work() -> idempotency.Answer:
        return idempotency.Answer(200, b"{}")

    await database.run(lambda tx: idempotency.once(tx, claim("other-body"), work))
    with pytest.raises(idempotency.KeyUsedOtherwise):
        await database.run(lambda tx: idempotency.once(tx, claim("other-body", b"[]"), work))


async def test_a_refused_write_leaves_its_key_free(database: Database) -> None:
    async def fail() -> idempotency.Answer:
        raise ValueError("no")

    async def work() -> idempotency.Answer:
        return idempotency.Answer(200, b"1")

    with pytest.raises(ValueError, match="no"):
        await database.run(lambda tx: idempotency.once(tx, claim("corrected"), fail))
    answer = await database.run(lambda tx: idempotency.once(tx, claim("corrected", b"[1]"), work))
    assert answer.body == b"1" and not answer.replayed


def test_an_event_without_a_known_family_is_a_defect() -> None:
    with pytest.raises(TypeError, match="not a table family"):
        type("Odd", (Event,), {"type": "odd.one", "family": "elsewhere", "__annotations__": {}})


def test_a_subscription_names_its_cursor() -> None:
    async def handle(tx: Transaction, events: object) -> None: ...

    assert Subscription("cups", (CupFilled,), handle).name == "cups"


async def test_whoever_holds_a_connection_can_ask_for_reference_data(database_url: str) -> None:
    narrow = await Database.open(database_url, pool_size=3, wait=2.0)

    async def load(tx: Transaction) -> int:
        return await tx.one(int, "SELECT 42")

    async def page(tx: Transaction) -> int:
        await tx.one(int, "SELECT 1")
        return await tx.database.cached("held", load)

    assert await asyncio.gather(*(narrow.read(page) for _ in range(12))) == [42] * 12
    assert await asyncio.gather(*(narrow.run(page) for _ in range(12))) == [42] * 12
    await narrow.close()


async def test_reference_data_is_loaded_anew_when_its_tables_have_changed_and_only_then(
    database: Database,
) -> None:
    loads = 0

    async def make(tx: Transaction) -> None:
        await tx.execute("CREATE TABLE IF NOT EXISTS spoons (name text PRIMARY KEY, n int)")
        await tx.execute("TRUNCATE spoons")
        await tx.execute("INSERT INTO spoons VALUES ('a', 1), ('b', 2)")

    async def load(tx: Transaction) -> dict[str, int]:
        nonlocal loads
        loads += 1
        rows = await tx.all(dict, "SELECT name, n FROM spoons")
        return {row["name"]: row["n"] for row in rows}

    async def known() -> dict[str, int]:
        return await database.cached("spoons", load, seconds=0.0, tables=("spoons",))

    await database.run(make)
    assert [await known() for _ in range(3)] == [{"a": 1, "b": 2}] * 3
    assert loads == 1
    for change, then in (
        ("UPDATE spoons SET n = 3 WHERE name = 'a'", {"a": 3, "b": 2}),
        ("DELETE FROM spoons WHERE name = 'a'", {"b": 2}),
        ("INSERT INTO spoons VALUES ('c', 4)", {"b": 2, "c": 4}),
        ("DELETE FROM spoons", {}),
        ("INSERT INTO spoons VALUES ('c', 4)", {"c": 4}),
    ):
        await database.run(lambda tx, sql=change: tx.execute(sql))  # type: ignore[misc]  # bound at once
        assert await known() == then
        before = loads
        assert await known() == then
        assert loads == before


async def test_a_connection_that_was_closed_is_forgotten_with_all_that_belongs_to_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Line]] = []
    real = Line.connect

    async def connect(*given: Any, **options: Any) -> Line:
        line = await real(*given, **options)
        made.append(weakref.ref(line))
        return line

    monkeypatch.setattr(Line, "connect", connect)
    database = await Database.open(database_url, pool_size=4)
    for _ in range(3):
        assert await database.read(lambda tx: tx.one(int, "SELECT 1")) == 1
        await database._readers.drain()
    gc.collect()
    assert len(made) >= 3
    assert len([ref for ref in made if ref() is not None]) <= 1
    await database.close()
