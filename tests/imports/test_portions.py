"""Portions are written once, in their order, together with the count of what is done."""

import asyncio

import pytest

from torg.imports import AlreadyUnderWay, BegunOtherwise, Portion, Run, begin, bring_in
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id


def quiet(what: str, done: int, total: int) -> None:
    """Nobody listens."""


def portions(
    database: Database, log: list[int], *, count: int = 4, fails_at: int | None = None
) -> list[Portion]:
    def one(number: int) -> Portion:
        async def work(tx: Transaction) -> None:
            if number == fails_at:
                raise ConnectionError("killed")
            log.append(number)
            await asyncio.sleep(0.01)

        return Portion("things", 1, work)

    return [one(number) for number in range(count)]


async def begun(database: Database, mark: str, *, count: int = 4, **settings: str) -> Run:
    return await begin(database, "test", mark, settings, count)


async def test_what_failed_goes_on_after_the_last_portion_that_is_done(database: Database) -> None:
    mark, log = new_id().hex, list[int]()
    with pytest.raises(ConnectionError):
        await bring_in(database, await begun(database, mark), portions(database, log, fails_at=2), quiet)
    assert (await begun(database, mark)).done == 2
    await bring_in(database, await begun(database, mark), portions(database, log), quiet)
    assert log == [0, 1, 2, 3]
    again = await begun(database, mark)
    assert again.finished_at is not None
    await bring_in(database, again, portions(database, log), quiet)
    assert log == [0, 1, 2, 3]


async def test_of_two_at_once_one_gives_way_and_nothing_is_written_twice(database: Database) -> None:
    mark, log = new_id().hex, list[int]()
    runs = [await begun(database, mark) for _ in range(2)]
    ended = await asyncio.gather(
        *(bring_in(database, run, portions(database, log), quiet) for run in runs), return_exceptions=True
    )
    assert [type(one) for one in ended if one is not None] == [AlreadyUnderWay]
    assert log == [0, 1, 2, 3]


async def test_the_same_content_with_other_settings_is_refused(database: Database) -> None:
    mark = new_id().hex
    await begun(database, mark, market="GB")
    with pytest.raises(BegunOtherwise, match="market GB"):
        await begun(database, mark, market="NO")


async def test_an_unfinished_run_that_is_cut_otherwise_begins_anew(database: Database) -> None:
    mark, log = new_id().hex, list[int]()
    with pytest.raises(ConnectionError):
        await bring_in(database, await begun(database, mark), portions(database, log, fails_at=1), quiet)
    run = await begun(database, mark, count=6)
    assert (run.done, run.portions) == (0, 6)
    await bring_in(database, run, portions(database, log, count=6), quiet)
    assert log == [0, 0, 1, 2, 3, 4, 5]
