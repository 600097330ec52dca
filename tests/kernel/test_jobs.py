"""Jobs run when their transaction commits, are tried again, die readable and come back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from unittest.mock import patch

import procrastinate
import psycopg
import pytest
import pytest_asyncio
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as QueuedJob

from torg.kernel.access import SYSTEM, Actor
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.drain import Failures, drain
from torg.kernel.errors import Forbidden, Unauthenticated
from torg.kernel.jobs import DeferredElsewhere, Work, dead, defer, registry
from torg.kernel.jobs.queue import Queue
from torg.kernel.jobs.registry import deferring
from torg.kernel.jobs.run import JobRunner, take_up_stalled
from torg.kernel.ports import Ports
from torg.settings import Settings

from . import relay_jobs
from .actors import VISITOR, staff
from .eventually import eventually
from .relay_jobs import hopeless, note

RUNS = (
    "CREATE TABLE IF NOT EXISTS runs (what text, attempt integer, last boolean, at timestamptz DEFAULT now())"
)
QUEUE = "SELECT status::text AS status, attempts, scheduled_at FROM procrastinate_jobs ORDER BY id"


@pytest.fixture(autouse=True)
def _only_our_clockwork() -> Iterator[None]:
    ours = {name: run for name, run in registry.PERIODIC.items() if name.startswith("test.")}
    with patch.dict(registry.PERIODIC, ours, clear=True):
        yield


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await tx.execute(RUNS)
        for table in ("runs", "procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers"):
            await tx.execute(f"DELETE FROM {table}")
    relay_jobs.FAILING.clear()
    yield
    relay_jobs.FAILING.clear()
    relay_jobs.MEANWHILE.clear()


async def deferred(database: Database, work: Callable[[Transaction], Awaitable[object]]) -> None:
    """Do what only a subscription may do."""
    with deferring():
        await database.run(work)


async def runs(database: Database) -> list[tuple[str, int, bool]]:
    rows = await database.read(lambda tx: tx.all(dict, "SELECT what, attempt, last FROM runs ORDER BY at"))
    return [(row["what"], row["attempt"], row["last"]) for row in rows]


async def ran(database: Database, times: int, what: str = "") -> bool:
    return len([run for run in await runs(database) if run[0].startswith(what)]) >= times


async def test_a_job_runs_when_its_transaction_commits(database: Database) -> None:
    await deferred(database, lambda tx: defer(tx, note, what="a"))
    drained = await drain(database, [])
    assert (drained.jobs, await runs(database)) == (1, [("a", 1, False)])
    assert await database.read(lambda tx: tx.all(dict, QUEUE)) == []


async def test_a_job_of_a_transaction_that_is_rolled_back_never_runs(database: Database) -> None:
    with deferring(), pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await defer(tx, note, what="a")
            raise ZeroDivisionError
    assert (await drain(database, [])).jobs == 0


async def test_a_use_case_cannot_defer_a_job(tx: Transaction) -> None:
    with pytest.raises(DeferredElsewhere):
        await defer(tx, note, what="a")
    assert await tx.one(int, "SELECT count(*) FROM procrastinate_jobs") == 0


async def test_a_failed_job_is_tried_again_later_with_growing_pauses_and_then_lies_dead(
    database: Database, clock: FixedClock
) -> None:
    relay_jobs.FAILING.add("a")
    await deferred(database, lambda tx: defer(tx, note, what="a"))
    pauses = []
    for _ in range(2):
        assert (await drain(database, [], tolerant=True)).jobs == 1
        (row,) = await database.read(lambda tx: tx.all(dict, QUEUE))
        assert row["status"] == "todo"
        pauses.append((row["scheduled_at"] - clock.now()).total_seconds())
        clock.at = row["scheduled_at"] - timedelta(seconds=1)
        assert (await drain(database, [], tolerant=True)).jobs == 0
        clock.move(seconds=1)
    assert (await drain(database, [], tolerant=True)).jobs == 1
    assert 30 <= pauses[0] <= 60 <= pauses[1] <= 120
    assert await runs(database) == [("a", 1, False), ("a", 2, False), ("a", 3, True)]
    assert [row["status"] for row in await database.read(lambda tx: tx.all(dict, QUEUE))] == ["failed"]
    errors = await database.read(lambda tx: tx.all(str, "SELECT error FROM job_failures ORDER BY attempt"))
    assert len(errors) == 3 and all("a fails" in error for error in errors)


async def test_a_job_that_gives_up_is_dead_at_once(database: Database) -> None:
    await deferred(database, lambda tx: defer(tx, hopeless))
    await drain(database, [], tolerant=True)
    (row,) = await database.read(lambda tx: tx.all(dict, QUEUE))
    assert (row["status"], row["attempts"]) == ("failed", 1)


async def test_a_failing_job_is_told_to_the_test(database: Database) -> None:
    relay_jobs.FAILING.add("b")
    await deferred(database, lambda tx: defer(tx, note, what="b"))
    with pytest.raises(Failures, match="b fails"):
        await drain(database, [])


async def test_a_job_for_later_waits_for_its_moment(database: Database, clock: FixedClock) -> None:
    later = clock.now() + timedelta(hours=2)
    await deferred(database, lambda tx: defer(tx, note.with_(at=later), what="a"))
    assert (await drain(database, [])).jobs == 0
    clock.move(hours=2)
    assert (await drain(database, [])).jobs == 1


async def test_of_jobs_that_shall_wait_once_only_the_first_is_added(database: Database) -> None:
    async def twice(tx: Transaction) -> None:
        assert await defer(tx, note.with_(once="stock"), what="first") is not None
        assert await defer(tx, note.with_(once="stock"), what="second") is None
        await defer(tx, note, what="third")

    await deferred(database, twice)
    await drain(database, [])
    assert [what for what, _, _ in await runs(database)] == ["first", "third"]


async def test_jobs_in_line_run_one_after_another_in_their_order(
    database: Database, clock: FixedClock
) -> None:
    later = clock.now() + timedelta(hours=1)

    async def three(tx: Transaction) -> None:
        await defer(tx, note.with_(in_line="x", at=later), what="first")
        await defer(tx, note.with_(in_line="x"), what="second")
        await defer(tx, note, what="outside")

    await deferred(database, three)
    await drain(database, [])
    assert [what for what, _, _ in await runs(database)] == ["outside"]
    clock.move(hours=1)
    await drain(database, [])
    assert [what for what, _, _ in await runs(database)] == ["outside", "first", "second"]


async def test_the_job_of_a_worker_that_died_is_taken_up(database: Database) -> None:
    await deferred(database, lambda tx: defer(tx, note, what="a"))
    async with database.transaction() as tx:
        worker = await tx.one(
            int,
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '20 seconds') RETURNING id",
        )
        await tx.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %(w)s", w=worker)
    work = Work(database, Settings(), Ports())
    assert await take_up_stalled(work, silence=30) == []
    taken = await asyncio.gather(take_up_stalled(work, 15), take_up_stalled(work, 15))
    assert sorted(len(jobs) for jobs in taken) == [0, 1]
    await drain(database, [], tolerant=True)
    assert await runs(database) == [("a", 2, False)]


async def test_a_job_that_kills_its_worker_every_time_dies_in_the_end(database: Database) -> None:
    await deferred(database, lambda tx: defer(tx, note, what="a"))
    work = Work(database, Settings(), Ports())
    for attempt in range(3):
        async with database.transaction() as tx:
            await tx.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
        (taken,) = await take_up_stalled(work, 15)
        assert (taken.attempts, taken.dead) == (attempt + 1, attempt == 2)
    assert (await drain(database, [], tolerant=True)).jobs == 0


async def test_a_runner_runs_jobs_and_the_clockwork_exactly_once_though_there_are_two(
    database: Database,
) -> None:
    work = Work(database, Settings(), Ports())
    started = asyncio.get_running_loop().time()
    stop = asyncio.Event()
    runners = [asyncio.create_task(JobRunner(work).run(stop)) for _ in range(2)]

    async def add(tx: Transaction) -> None:
        for number in range(20):
            await defer(tx, note, what=f"n{number}")

    await deferred(database, add)
    await eventually(lambda: ran(database, 23), seconds=15)
    stop.set()
    await asyncio.gather(*runners)
    got = await runs(database)
    assert sorted(what for what, _, _ in got if what != "tick") == sorted(
        f"n{number}" for number in range(20)
    )
    ticks = [run for run in got if run[0] == "tick"]
    assert 3 <= len(ticks) <= asyncio.get_running_loop().time() - started + 2
    broken = await database.read(
        lambda tx: tx.one(dict, "SELECT * FROM periodic_runs WHERE name = 'test.broken'")
    )
    assert "broken clockwork" in broken["error"] and broken["succeeded_at"] is None
    assert await database.read(lambda tx: tx.all(int, "SELECT id FROM procrastinate_workers")) == []


async def test_a_runner_goes_on_when_its_connections_were_cut(database: Database) -> None:
    work = Work(database, Settings(), Ports())
    stop = asyncio.Event()
    running = asyncio.create_task(JobRunner(work).run(stop))
    await asyncio.sleep(0.5)
    async with database.transaction() as tx:
        await tx.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'torg-jobs'"
        )
    await deferred(database, lambda tx: defer(tx, note, what="after"))
    try:
        await eventually(lambda: ran(database, 1, "after"), seconds=15)
    finally:
        stop.set()
        await running


async def test_a_job_that_this_version_does_not_know_waits_for_a_worker_that_does(database: Database) -> None:
    """While versions change: an older worker meets what a newer one has deferred."""
    stop = asyncio.Event()
    running = asyncio.create_task(JobRunner(Work(database, Settings(), Ports())).run(stop))
    try:
        newer = registry.Job("test.of_the_next_version", note.run, 1, 1.0, 1.0)
        await deferred(database, lambda tx: defer(tx, newer, what="newer"))
        await deferred(database, lambda tx: defer(tx, note, what="known"))
        await eventually(lambda: ran(database, 1, "known"), seconds=15)
    finally:
        stop.set()
        await running
    # The clock may have put a job of its own into the queue meanwhile: only the one that nobody knows is looked at.
    waits = (
        "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = 'test.of_the_next_version'"
    )
    rows = await database.read(lambda tx: tx.all(dict, waits))
    assert [(row["status"], row["attempts"]) for row in rows] == [("todo", 0)]
    assert not await ran(database, 1, "newer")
    with patch.dict(registry.JOBS, {newer.name: newer}):
        await database.run(lambda tx: tx.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
        await drain(database, [])
    assert await ran(database, 1, "newer")


async def die(database: Database, what: str = "a") -> int:
    """Let a job use up its attempts; tells its number."""
    relay_jobs.FAILING.add(what)
    await deferred(database, lambda tx: defer(tx, note, what=what))
    for _ in range(3):
        await database.run(lambda tx: tx.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
        await drain(database, [], tolerant=True)
    relay_jobs.FAILING.discard(what)
    (job,) = await database.read(lambda tx: dead.list_dead(tx, by=staff("jobs:read")))
    assert (job.name, job.attempts, job.arguments) == ("test.note", 3, {"what": what})
    assert f"{what} fails" in str(job.error)
    return job.id


async def test_a_dead_job_is_replayed_with_all_its_attempts(database: Database) -> None:
    number = await die(database)
    failed = await database.read(lambda tx: dead.failures(tx, number, by=SYSTEM))
    assert [failure.attempt for failure in failed] == [1, 2, 3]
    await database.run(lambda tx: dead.replay_dead(tx, number, by=staff("jobs:replay")))
    await drain(database, [], tolerant=True)
    assert (await runs(database))[-1] == ("a", 1, False)
    assert await database.read(lambda tx: dead.list_dead(tx, by=SYSTEM)) == []


async def test_a_dropped_job_is_gone(database: Database) -> None:
    number = await die(database)
    await database.run(lambda tx: dead.drop_dead(tx, number, by=staff("jobs:replay")))
    with pytest.raises(dead.UnknownDeadJob):
        await database.run(lambda tx: dead.replay_dead(tx, number, by=SYSTEM))
    assert await database.run(lambda tx: dead.replay_all_dead(tx, by=SYSTEM)) == 0


@pytest.mark.parametrize("actor", [VISITOR, staff("jobs:read")])
async def test_who_may_not_replay_leaves_the_dead_in_peace(database: Database, actor: Actor) -> None:
    number = await die(database)
    for refused in (
        lambda tx: dead.replay_dead(tx, number, by=actor),
        lambda tx: dead.replay_all_dead(tx, by=actor),
        lambda tx: dead.drop_dead(tx, number, by=actor),
    ):
        with pytest.raises((Forbidden, Unauthenticated)):
            await database.run(refused)
    assert len(await database.read(lambda tx: dead.list_dead(tx, by=SYSTEM))) == 1


async def test_two_at_once_add_what_shall_wait_once_only_once(database: Database) -> None:
    async def add(tx: Transaction) -> None:
        await defer(tx, note.with_(once="word"), what="once")
        await asyncio.sleep(0.05)

    await asyncio.gather(*(deferred(database, add) for _ in range(5)))
    assert (await drain(database, [])).jobs == 1


async def under_way_with_a_successor(database: Database) -> None:
    """One job runs, in a worker that is gone, and another with the same word was added meanwhile."""
    await deferred(database, lambda tx: defer(tx, note.with_(once="word"), what="a"))
    await database.run(lambda tx: tx.execute("UPDATE procrastinate_jobs SET status = 'doing'"))
    await deferred(database, lambda tx: defer(tx, note.with_(once="word"), what="successor"))


async def test_a_job_that_shall_wait_once_is_tried_again_though_its_successor_waits(
    database: Database, clock: FixedClock
) -> None:
    relay_jobs.FAILING.add("a")
    later = note.with_(once="word", at=clock.now() + timedelta(minutes=30))
    relay_jobs.MEANWHILE["a"] = lambda tx: defer(tx, later, what="successor")
    await deferred(database, lambda tx: defer(tx, note.with_(once="word"), what="a"))
    await drain(database, [], tolerant=True)
    rows = await database.read(lambda tx: tx.all(dict, QUEUE))
    assert [(row["status"], row["attempts"]) for row in rows] == [("todo", 1), ("todo", 0)]
    relay_jobs.FAILING.clear()
    clock.move(hours=1)
    await drain(database, [])
    assert sorted(await runs(database)) == [("a", 1, False), ("a", 2, False), ("successor", 1, False)]
    assert await database.read(lambda tx: tx.all(dict, QUEUE)) == []


async def test_the_job_of_a_worker_that_died_is_taken_up_though_its_successor_waits(
    database: Database,
) -> None:
    await under_way_with_a_successor(database)
    (taken,) = await take_up_stalled(Work(database, Settings(), Ports()), 15)
    assert (taken.attempts, taken.dead) == (1, False)

    async def third(tx: Transaction) -> None:
        assert await defer(tx, note.with_(once="word"), what="third") is None

    await deferred(database, third)
    await drain(database, [])
    assert sorted(await runs(database)) == [("a", 2, False), ("successor", 1, False)]


@pytest.mark.parametrize("all_of_them", [False, True])
async def test_a_dead_job_is_replayed_though_its_successor_waits(
    database: Database, all_of_them: bool
) -> None:
    await under_way_with_a_successor(database)
    await database.run(
        lambda tx: tx.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing'")
    )
    (job,) = await database.read(lambda tx: dead.list_dead(tx, by=SYSTEM))
    assert job.arguments == {"what": "a"}
    if all_of_them:
        assert await database.run(lambda tx: dead.replay_all_dead(tx, by=SYSTEM)) == 1
    else:
        await database.run(lambda tx: dead.replay_dead(tx, job.id, by=SYSTEM))
    await drain(database, [])
    assert sorted(await runs(database)) == [("a", 1, False), ("successor", 1, False)]


async def test_a_run_by_the_clock_is_not_added_while_an_earlier_one_waits(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
            " VALUES ('elsewhere', 'test.tick', 'test.tick', '{}')"
        )
    queue = Queue(procrastinate.PsycopgConnector(conninfo=database.url, min_size=1))
    tick = QueuedJob(queue="default", task_name="test.tick", lock=None, queueing_lock="test.tick")
    await queue.connector.open_async()
    try:
        with pytest.raises(AlreadyEnqueued):
            await queue.defer_periodic_job(tick.evolve(task_kwargs={"timestamp": 1}), "", 1)
    finally:
        await queue.connector.close_async()
    assert len(await database.read(lambda tx: tx.all(dict, QUEUE))) == 1
