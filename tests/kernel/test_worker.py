"""Worker processes that are killed at any step, or at any time, lose nothing and double nothing."""

import asyncio
import os
import random
import re
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from torg.kernel.database import Database

from .eventually import eventually
from .relay_events import BallThrown
from .relay_worker import TABLES

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(TABLES)
        for table in (
            "balls",
            "ran",
            "outbox",
            "feed",
            "event_streams",
            "subscriptions",
            "procrastinate_jobs",
        ):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE feed_head SET position = 0")


async def start(database: Database, *step: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.kernel.relay_worker",
        database.url,
        *step,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "src"},
    )


async def hears_stop(process: Process) -> bool:
    """Whether a process has got so far that it ends itself when it is asked to."""
    told = await asyncio.to_thread(Path(f"/proc/{process.pid}/status").read_text)
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", told, re.M)
    return caught is not None and bool(int(caught[1], 16) & 1 << (signal.SIGTERM - 1))


@asynccontextmanager
async def working(database: Database) -> AsyncIterator[Process]:
    """A healthy worker, asked to stop at the end."""
    process = await start(database)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0


async def throw(database: Database, *numbers: int) -> None:
    async with database.transaction() as tx:
        tx.record(*[BallThrown(ball=f"ball-{number % 5}", number=number) for number in numbers])


async def numbers(database: Database, table: str) -> list[int]:
    return await database.read(lambda tx: tx.all(int, f"SELECT number FROM {table}"))


async def all_done(database: Database, many: int) -> bool:
    left = await database.read(lambda tx: tx.one(int, "SELECT count(*) FROM procrastinate_jobs"))
    return not left and len(set(await numbers(database, "ran"))) == many


async def check(database: Database, many: int) -> None:
    """Everything is in the feed without gaps, was handled exactly once and in order, and every job ran."""
    positions = await database.read(lambda tx: tx.all(int, "SELECT position FROM feed ORDER BY position"))
    assert positions == list(range(1, many + 1))
    assert sorted(await numbers(database, "balls")) == list(range(many))
    handled = await database.read(lambda tx: tx.all(int, "SELECT position FROM balls ORDER BY place"))
    assert handled == positions
    assert set(await numbers(database, "ran")) == set(range(many))


@pytest.mark.parametrize(
    "step",
    [
        "leading",
        "moved, not committed",
        "committed",
        "handled",
        "cursor moved, not committed",
        "job fetched",
        "job ran",
        "job finished",
    ],
)
async def test_a_worker_that_is_killed_at_any_step_loses_and_doubles_nothing(
    database: Database, step: str
) -> None:
    await throw(database, *range(6))
    victim = await start(database, step)
    assert await asyncio.wait_for(victim.wait(), 20) == -signal.SIGKILL
    async with working(database):
        await eventually(lambda: all_done(database, 6), seconds=20)
    await check(database, 6)


async def test_two_workers_of_which_one_is_killed_again_and_again_do_everything_once(
    database: Database,
) -> None:
    many, chance = 400, random.Random(7)
    workers = [await start(database) for _ in range(2)]
    try:
        for first in range(0, many, 4):
            await throw(database, *range(first, first + 4))
            await asyncio.sleep(0.02)
            if first % 80 == 40:
                victim = chance.randrange(2)
                workers[victim].kill()
                await workers[victim].wait()
                workers[victim] = await start(database)
        await eventually(lambda: all_done(database, many), seconds=40)
        for worker in workers:
            await eventually(partial(hears_stop, worker), seconds=20)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        stopped = await asyncio.gather(*(worker.wait() for worker in workers))
    assert stopped == [0, 0]
    await check(database, many)
    doubled = [number for number, times in Counter(await numbers(database, "ran")).items() if times > 1]
    assert len(doubled) < many / 10  # a job that died between its work and its end runs again, and no other


async def test_a_worker_survives_the_database_going_away_and_coming_back(database: Database) -> None:
    async with working(database) as worker:
        await throw(database, *range(5))
        await eventually(lambda: all_done(database, 5), seconds=20)
        for _ in range(3):
            async with database.transaction() as tx:
                await tx.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            await asyncio.sleep(0.3)
        await throw(database, *range(5, 10))
        await eventually(lambda: all_done(database, 10), seconds=30)
        assert worker.returncode is None
    await check(database, 10)
