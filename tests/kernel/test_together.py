"""What is asked at the same time: one journey, everybody's own answer, and one fate when something goes wrong."""

import asyncio
from typing import Any

import psycopg
import pytest

from torg.kernel.database import Database, Transaction
from torg.kernel.database.wire import Wire

ADD = "INSERT INTO cups (name, n) VALUES (%(name)s, %(n)s)"
ONE = "SELECT %(n)s::int"
NAMES = "SELECT name FROM cups ORDER BY n"


@pytest.fixture
async def cups(database: Database) -> None:
    async def make(tx: Transaction) -> None:
        await tx.execute("CREATE TABLE IF NOT EXISTS cups (name text UNIQUE, n int CHECK (n < 100))")
        await tx.execute("TRUNCATE cups")

    await database.run(make)


async def how_many_journeys(
    database: Database, work: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, int]:
    journeys = 0
    real = Wire._journey

    async def counted(self: Wire, *given: Any) -> None:
        nonlocal journeys
        journeys += 1
        await real(self, *given)

    monkeypatch.setattr(Wire, "_journey", counted)
    return await database.run(work), journeys


async def test_what_is_asked_together_goes_on_one_journey_and_everybody_gets_his_own_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two_steps(tx: Transaction) -> list[int]:
        first = await tx.one(int, "SELECT 1 + %(n)s::int", n=1)
        return [first, await tx.one(int, "SELECT 10 * %(n)s::int", n=first)]

    async def work(tx: Transaction) -> Any:
        return await tx.together(
            tx.all(str, "SELECT unnest(%(names)s::text[])", names=["a", "b"]),
            two_steps(tx),
            tx.one(int, ONE, n=7),
        )

    for _ in range(5):  # not understood yet, unprepared, prepared
        assert await database.run(work) == (["a", "b"], [2, 20], 7)
    found, journeys = await how_many_journeys(database, work, monkeypatch)
    assert (found, journeys) == (
        (["a", "b"], [2, 20], 7),
        3,
    )  # all first questions, the second one, the commit


@pytest.mark.usefixtures("cups")
async def test_of_what_is_asked_together_one_failure_undoes_all(database: Database) -> None:
    async def work(tx: Transaction, second: int) -> Any:
        return await tx.together(
            tx.execute(ADD, name="a", n=1), tx.execute(ADD, name="b", n=second), tx.all(str, NAMES)
        )

    for _ in range(4):
        with pytest.raises(psycopg.errors.CheckViolation):
            await database.run(lambda tx: work(tx, 100))
        assert await database.read(lambda tx: tx.all(str, NAMES)) == []
    assert await database.run(lambda tx: work(tx, 2)) == (1, 1, ["a", "b"])


@pytest.mark.usefixtures("cups")
async def test_who_refuses_beside_others_that_ask_is_heard_when_they_are_done(database: Database) -> None:
    async def refuse() -> None:
        raise ValueError("no")

    async def work(tx: Transaction) -> Any:
        with pytest.raises(ValueError, match="no"):
            await tx.together(tx.execute(ADD, name="a", n=1), refuse())
        return await tx.all(str, NAMES)

    assert await database.run(work) == ["a"]


async def test_a_connection_lost_while_several_ask_is_told_to_all_and_another_try_succeeds(
    database: Database,
) -> None:
    lost: list[BaseException] = []
    tries = 0

    async def told(asked: Any) -> Any:
        try:
            return await asked
        except psycopg.OperationalError as error:
            lost.append(error)
            raise

    async def work(tx: Transaction) -> Any:
        nonlocal tries
        tries += 1
        fatal = "SELECT pg_terminate_backend(pg_backend_pid())::int" if tries == 1 else "SELECT 1"
        return await tx.together(told(tx.one(int, ONE, n=1)), told(tx.one(int, fatal)))

    assert await database.run(work) == (1, 1)
    assert (tries, len(lost)) == (2, 2)


async def test_who_is_cancelled_while_asking_together_leaves_no_connection_behind_that_others_would_get(
    database: Database,
) -> None:
    async def work(tx: Transaction) -> Any:
        return await tx.together(tx.one(int, "SELECT 1 FROM pg_sleep(5)"), tx.one(int, ONE, n=1))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(database.run(work), 0.3)
    for _ in range(8):
        assert await database.run(lambda tx: tx.one(int, ONE, n=7)) == 7
