"""Running jobs: one of these in each worker process.

Guarantees: a job that fails is tried again later, with growing and jittered pauses; a job that was under way
when its process died is taken up by another within `SILENCE` seconds; a lost database ends nothing, work goes
on when it is back; told to stop, the runs under way may end for `PATIENCE` seconds and are put back into the
queue after that."""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import procrastinate
import psycopg
from msgspec.structs import replace
from procrastinate.job_context import JobContext
from procrastinate.jobs import DeleteJobCondition
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from torg.kernel.clock import Clock
from torg.kernel.database import NETWORK, NOTICED
from torg.kernel.errors import Unavailable
from torg.kernel.jobs import store
from torg.kernel.jobs.queue import Queue
from torg.kernel.jobs.registry import JOBS, PERIODIC, GiveUp, Job, Periodic, Work, deferring
from torg.kernel.telemetry import bound_contextvars, logger, metrics, span

CONNECTIONS = 2
HEARTBEAT = 3.0
SILENCE = 15.0
PATIENCE = 7.0
POLL = 1.0
LONGEST_ERROR = 4000
A_DAY = 86400.0

GONE = (procrastinate.exceptions.ConnectorException, Unavailable, psycopg.OperationalError, OSError)

log = logger(__name__)


class _OurOwnWords(logging.Filter):
    """Leaves out the package's line on a failed run: it names the arguments, and ours tells of it already."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(getattr(record, "action", "")).startswith("job_")


logging.getLogger("procrastinate.worker").addFilter(_OurOwnWords())


class Backoff(BaseRetryStrategy):
    """When a failed job is tried again: after a pause that doubles and is jittered by half."""

    def __init__(self, job: Job[Any], clock: Clock) -> None:
        self.job = job
        self.clock = clock

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        """None when the job is dead; a job that was cut off by a shutdown goes on at once elsewhere."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_at=self.clock.now())
        if isinstance(exception, GiveUp) or job.attempts + 1 >= self.job.attempts:
            return None
        return RetryDecision(retry_at=self.clock.now() + pause(self.job, job.attempts))


def pause(job: Job[Any], failed: int) -> timedelta:
    """How long to wait after so many earlier failures."""
    longest = min(job.longest_wait, job.first_wait * 2.0 ** min(failed, 40))
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311  # jitter, not a secret


def queue_app(work: Work, connector: procrastinate.PsycopgConnector) -> procrastinate.App:
    """The declared jobs as procrastinate sees them."""
    app = procrastinate.App(connector=connector, periodic_defaults={"max_delay": A_DAY})
    app.job_manager = Queue(connector)
    for job in JOBS.values():
        retry = Backoff(job, work.database.clock)
        app.task(name=job.name, queue=job.queue, retry=retry, pass_context=True)(_runner(work, job))
    for periodic in PERIODIC.values():
        task = app.task(name=periodic.name, queueing_lock=periodic.name, lock=periodic.name)(
            _periodic_runner(work, periodic)
        )
        app.periodic(cron=periodic.cron)(task)
    return app


class JobRunner:
    """Runs jobs, several at once, until told to stop."""

    def __init__(self, work: Work, at_once: int = 8) -> None:
        self.work = work
        self.at_once = at_once
        self.running = False

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`; begins anew whenever the database was away."""
        pause = 0.2
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            try:
                await self._run_once(stop)
            except GONE as error:
                log.warning("jobs lost the database", error=str(error.__cause__ or error).strip())
            except Exception as error:
                log.error("jobs failed", exc_info=error)
            finally:
                self.running = False
            if asyncio.get_running_loop().time() - started > 10:
                pause = 0.2
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                pause = min(pause * 2, 5.0)

    async def _run_once(self, stop: asyncio.Event) -> None:
        options = f"-c TimeZone=UTC -c statement_timeout=30s -c application_name=torg-jobs {NOTICED}"
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            self.work.database.url,
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            timeout=5.0,
            kwargs={"options": options, "connect_timeout": 5, **NETWORK},
            configure=_autocommit,
            check=AsyncConnectionPool.check_connection,
        )
        connector = procrastinate.PsycopgConnector()
        await pool.open(wait=False)
        try:
            await connector.open_async(pool)
            await self._serve(queue_app(self.work, connector), stop)
        finally:
            await pool.close(timeout=1.0)

    async def _serve(self, app: procrastinate.App, stop: asyncio.Event) -> None:
        worker = Worker(
            app,
            concurrency=self.at_once,
            fetch_job_polling_interval=POLL,
            shutdown_graceful_timeout=PATIENCE,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=SILENCE * 2,
        )
        running = asyncio.create_task(worker.run(), name="jobs")  # type: ignore[no-untyped-call]  # untyped in the package
        stopping = asyncio.create_task(stop.wait(), name="stop")
        rescue = asyncio.create_task(self._rescue(), name="rescue")
        try:
            self.running = True
            await asyncio.wait({running, stopping, rescue}, return_when=asyncio.FIRST_COMPLETED)
            worker.stop()  # type: ignore[no-untyped-call]  # untyped in the package
            await running
            if rescue.done():
                rescue.result()
        finally:
            for task in (running, stopping, rescue):
                task.cancel()
            await asyncio.gather(running, stopping, rescue, return_exceptions=True)

    async def _rescue(self) -> None:
        while True:
            for job in await take_up_stalled(self.work, SILENCE):
                log.warning("job taken up", job=job.id, name=job.name, dead=job.dead)
            await asyncio.sleep(SILENCE / 3)


async def _autocommit(connection: AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


async def take_up_stalled(work: Work, silence: float) -> list[store.TakenUp]:
    """Put the jobs of dead workers back into the queue; those that have used up their attempts die."""
    attempts = {job.name: job.attempts for job in JOBS.values()}
    return await work.database.run(
        lambda tx: store.take_up_stalled(tx, attempts, list(PERIODIC), silence), repeatable=True
    )


def _runner(work: Work, job: Job[Any]) -> Callable[..., Awaitable[None]]:
    async def run(
        context: JobContext, *, arguments: dict[str, Any], trace: str | None, once: str | None = None
    ) -> None:
        number, failed = context.job.id or 0, context.job.attempts
        here = replace(work, job_id=number, attempt=failed + 1, last=failed + 1 >= job.attempts)
        bound = bound_contextvars(job=job.name, job_id=number, attempt=here.attempt)
        with bound, deferring(), span(job.name, parent=trace), _timed(job.name):
            try:
                await job.run(here, **arguments)
            except Exception as error:
                await _failed(here, job, error)
                raise

    return run


@contextmanager
def _timed(name: str) -> Iterator[None]:
    started, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "succeeded"
    finally:
        metrics().jobs.labels(name, outcome).observe(time.perf_counter() - started)


async def _failed(work: Work, job: Job[Any], error: Exception) -> None:
    dead = work.last or isinstance(error, GiveUp)
    (log.error if dead else log.warning)("job died" if dead else "job failed", exc_info=error)
    told = "".join(traceback.format_exception(error))[-LONGEST_ERROR:]
    await work.database.run(lambda tx: store.failed_run(tx, work.job_id, work.attempt, told), repeatable=True)


def _periodic_runner(work: Work, periodic: Periodic) -> Callable[..., Awaitable[None]]:
    async def run(*, timestamp: int) -> None:
        database = work.database
        await database.run(lambda tx: store.periodic_started(tx, periodic.name, tx.now), repeatable=True)
        told: str | None = None
        with bound_contextvars(job=periodic.name), deferring(), span(periodic.name):
            try:
                with _timed(periodic.name):
                    await periodic.run(work)
            except Exception as error:
                log.error("periodic job failed", exc_info=error)
                told = "".join(traceback.format_exception(error))[-LONGEST_ERROR:]
        await database.run(lambda tx: store.periodic_ended(tx, periodic.name, told), repeatable=True)

    return run
