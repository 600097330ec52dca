"""What a transaction needs done before it: done once, outside of it, and taken back when it comes to nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from torg.kernel.database import Database, InsideTransaction, TakeBack, Transaction, external

Work = Callable[[Transaction], Awaitable[str]]


class Errands:
    """Does things before transactions, and writes down what it did."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def errand(self, key: str) -> Callable[[], Awaitable[TakeBack]]:
        async def do() -> TakeBack:
            external()  # nothing is open
            self.told.append(f"do {key}")

            async def undo() -> None:
                external()
                self.told.append(f"undo {key}")

            return undo

        return do

    def needing(self, *keys: str, ends: Exception | None = None) -> Work:
        turns = iter(keys)

        async def work(tx: Transaction) -> str:
            assert await tx.one(int, "SELECT 1") == 1
            key = next(turns)
            had = tx.need(key, self.errand(key))
            if ends is not None:
                raise ends
            return f"{key} {'done before' if had else 'not to be had'}"

        return work


async def test_what_is_needed_is_done_before_and_the_work_goes_by_it(database: Database) -> None:
    errands = Errands()
    assert await database.run(errands.needing("a", "a")) == "a done before"
    assert errands.told == ["do a"]


async def test_work_that_fails_after_it_has_it_taken_back(database: Database) -> None:
    errands = Errands()
    with pytest.raises(ZeroDivisionError):
        await database.run(errands.needing("a", "a", ends=ZeroDivisionError()))
    assert errands.told == ["do a", "undo a"]


async def test_work_that_needs_something_else_by_then_does_without_and_has_the_first_taken_back(
    database: Database,
) -> None:
    errands = Errands()
    assert await database.run(errands.needing("a", "b")) == "b not to be had"
    assert errands.told == ["do a", "undo a"]


async def test_where_nobody_would_do_the_work_again_nothing_is_done_before(database: Database) -> None:
    errands = Errands()
    async with database.transaction() as tx:
        assert await errands.needing("a")(tx) == "a not to be had"
    assert errands.told == []


async def test_what_the_first_look_has_written_is_rolled_back(database: Database) -> None:
    errands, numbers = Errands(), []

    async def work(tx: Transaction) -> None:
        await tx.execute("INSERT INTO throttles (key, due) VALUES ('before', now()) ON CONFLICT DO NOTHING")
        numbers.append(await tx.one(int, "SELECT count(*) FROM throttles WHERE key = 'before'"))
        tx.need("a", errands.errand("a"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.run(work)
    assert numbers == [1, 1]
    left = await database.read(lambda tx: tx.one(int, "SELECT count(*) FROM throttles WHERE key = 'before'"))
    assert (left, errands.told) == (0, ["do a", "undo a"])


async def test_what_cannot_be_done_before_fails_the_work_and_what_cannot_be_taken_back_does_not(
    database: Database,
) -> None:
    async def no() -> TakeBack:
        raise ConnectionError

    async def stuck() -> TakeBack:
        async def undo() -> None:
            raise ConnectionError

        return undo

    async def needs(tx: Transaction, do: Callable[[], Awaitable[TakeBack]]) -> None:
        tx.need("a", do)
        raise ZeroDivisionError

    with pytest.raises(ConnectionError):
        await database.run(lambda tx: needs(tx, no))
    with pytest.raises(ZeroDivisionError):
        await database.run(lambda tx: needs(tx, stuck))


async def test_the_reserved_connection_is_there_when_all_others_are_taken(database_url: str) -> None:
    narrow = await Database.open(database_url, pool_size=4, wait=1.0)
    over = asyncio.Event()

    async def sit(tx: Transaction) -> None:
        await tx.one(int, "SELECT 1")
        await over.wait()

    sitting = [asyncio.create_task(narrow.run(sit)) for _ in range(2)]
    await asyncio.sleep(0.1)
    assert await narrow.run(lambda tx: tx.one(int, "SELECT 2"), reserved=True) == 2
    over.set()
    await asyncio.gather(*sitting, return_exceptions=True)
    await narrow.close()


async def test_nothing_is_done_before_from_within_another_transaction(database: Database) -> None:
    errands = Errands()

    async def nested(tx: Transaction) -> str:
        return await database.run(errands.needing("a", "a"))

    with pytest.raises(InsideTransaction):
        await database.run(nested)
    assert errands.told == []


async def test_only_the_reserved_connection_does_not_wait_for_the_disk(database: Database) -> None:
    said = "SELECT setting || ' by ' || source FROM pg_settings WHERE name = 'synchronous_commit'"
    assert await database.run(lambda tx: tx.one(str, said), reserved=True) == "off by client"
    assert not (await database.run(lambda tx: tx.one(str, said))).endswith("client")
    assert not (await database.read(lambda tx: tx.one(str, said))).endswith("client")
