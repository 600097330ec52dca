"""Everything that follows from what has happened, now: for tests, demo data and scripts.

Moves the outbox, runs the subscriptions and then the jobs and mails that are due by the database's clock, again
and again until nothing is left to do. A worker may run beside it: the locks are the same."""

from collections.abc import Sequence
from typing import Any

import procrastinate
from msgspec import Struct
from procrastinate.jobs import DeleteJobCondition
from procrastinate.jobs import Job as QueuedJob
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from torg.kernel.clock import Clock
from torg.kernel.database import Database
from torg.kernel.events import Subscription
from torg.kernel.jobs import Work
from torg.kernel.jobs.queue import Queue
from torg.kernel.jobs.run import queue_app
from torg.kernel.mail.deliver import Postman
from torg.kernel.ports import Ports
from torg.kernel.relay.follow import Follower
from torg.kernel.relay.move import move
from torg.settings import Settings

ROUNDS = 1000

# As procrastinate fetches a job, but by a clock that is given: the function of its own asks the server's.
FETCH_DUE = """
UPDATE procrastinate_jobs SET status = 'doing', worker_id = %(worker)s
WHERE id = (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= %(now)s) AND NOT EXISTS (
        SELECT FROM procrastinate_jobs o
        WHERE o.lock = j.lock AND (o.status = 'doing' OR o.status = 'todo' AND o.id < j.id)
    )
    ORDER BY j.priority DESC, j.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING *
"""

ANY_DUE = """
SELECT EXISTS (
    SELECT FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %(now)s)
)
"""

ERRORS = "SELECT error FROM job_failures WHERE job_id = ANY (%(jobs)s)"


class Drained(Struct, frozen=True):
    """What there was to do."""

    moved: int
    handled: int
    jobs: int


class Failures(Exception):
    """Something that should have worked failed while draining."""


async def drain(
    database: Database,
    subscriptions: Sequence[Subscription],
    *,
    settings: Settings | None = None,
    ports: Ports | None = None,
    tolerant: bool = False,
) -> Drained:
    """Do everything that waits. A handler or job that fails is raised, unless `tolerant`: then it is tried
    again, parked or left for later just as in a worker, only without pauses.
    """
    work = Work(database, settings or Settings(), ports or Ports())
    followers = [_Follower(database, subscription, tolerant) for subscription in subscriptions]
    for follower in followers:
        await follower.register()
    moved = handled = jobs = 0
    for _ in range(ROUNDS):
        new = await _move_all(database)
        seen = sum([await _follow(follower) for follower in followers])
        ran = await _run_due(work, tolerant) + await _send_due(work)
        moved, handled, jobs = moved + new, handled + seen, jobs + ran
        if not new and not seen and not ran:
            return Drained(moved, handled, jobs)
    raise Failures(f"still not quiet after {ROUNDS} rounds")


class _Follower(Follower):
    def __init__(self, database: Database, subscription: Subscription, tolerant: bool) -> None:
        super().__init__(database, subscription)
        self.tolerant = tolerant

    async def _failed(self, error: Exception) -> Any:
        if self.tolerant:
            return await super()._failed(error)
        raise error


async def _move_all(database: Database) -> int:
    moved = 0
    while True:
        async with database.transaction() as tx:
            before = await tx.one(int, "SELECT position FROM feed_head")
            await move(await tx.connection())
            after = await tx.one(int, "SELECT position FROM feed_head")
        if after == before:
            return moved
        moved += after - before


async def _follow(follower: Follower) -> int:
    handled = 0
    while True:
        step = await follower.step()
        handled += step.handled
        if not step.more:
            break
    while await follower.replay():
        handled += 1
    return handled


class _ByClock(Queue):
    """Fetches by a clock that is given, and counts."""

    def __init__(self, connector: procrastinate.PsycopgConnector, clock: Clock) -> None:
        super().__init__(connector)
        self.clock = clock
        self.fetched: list[int] = []

    async def fetch_job(self, queues: Any, worker_id: int) -> QueuedJob | None:
        rows = await self.connector.execute_query_all_async(FETCH_DUE, worker=worker_id, now=self.clock.now())
        if not rows:
            return None
        job = QueuedJob.from_row(rows[0])
        self.fetched.append(job.id or 0)
        return job


async def _send_due(work: Work) -> int:
    # Mails that cannot be sent wait as they do in a worker: nothing fails by that.
    return await Postman(work).deliver_some()


async def _run_due(work: Work, tolerant: bool) -> int:
    if not await work.database.read(lambda tx: tx.one(bool, ANY_DUE, now=tx.now)):
        return 0
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        work.database.url, min_size=1, max_size=2, open=False, kwargs={"autocommit": True}
    )
    async with pool:
        connector = procrastinate.PsycopgConnector()
        await connector.open_async(pool)
        app = queue_app(work, connector)
        app.periodic_registry.periodic_tasks.clear()
        manager = app.job_manager = _ByClock(connector, work.database.clock)
        worker = Worker(
            app,
            concurrency=1,
            wait=False,
            listen_notify=False,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
        )
        await worker.run()  # type: ignore[no-untyped-call]  # untyped in the package
    if manager.fetched and not tolerant:
        errors = await work.database.read(
            lambda tx: tx.all(
                str, "SELECT error FROM job_failures WHERE job_id = ANY (%(ids)s)", ids=manager.fetched
            )
        )
        if errors:
            raise Failures("\n".join(errors))
    return len(manager.fetched)
