"""The queue behind the jobs: the only file that knows procrastinate.

Deferring writes a row on the caller's own transaction, so there is a job exactly when that transaction
commits. The row's trigger notifies the workers, which makes commits wait for each other; that is why only
subscriptions and jobs may defer. A job's arguments travel beside the trace of what caused it and the word of
`once`. That word is not the package's queueing lock: no two rows with the same lock may wait, so a job that is
tried again would run into the one that was added while it ran."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import procrastinate
from procrastinate import jobs as queue_jobs
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

from torg.kernel.database import Transaction
from torg.kernel.jobs.registry import JOBS, PERIODIC, Job, P, must_be_deferring
from torg.kernel.telemetry import logger

UNKNOWN_WAITS = 30.0

log = logger(__name__)

WAITS = "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE args ->> 'once' = %(word)s AND status = 'todo')"
CLOCK_WAITS = """
SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %(word)s AND status = 'todo') AS waits
"""
# As it stood before it was fetched; not looked at again at once, so that those behind it have their turn.
PUT_BACK = """
UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, scheduled_at = now() + make_interval(secs => %(pause)s)
WHERE id = %(id)s AND status = 'doing'
"""
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended(%(word)s, 0))"


class Queue(JobManager):
    """The package's queue, which never runs into its own unique index and leaves to others what it does not know.

    The package reads the server's message to tell that a job waits already, and understands only English ones.
    """

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> queue_jobs.Job | None:
        """The next job that this version of the code knows; one of another version waits for a worker of that."""
        while (job := await super().fetch_job(queues, worker_id)) is not None:
            if job.task_name in JOBS or job.task_name in PERIODIC:
                return job
            log.warning("job not known", job=job.id, name=job.task_name)
            await self.connector.execute_query_async(PUT_BACK, id=job.id, pause=UNKNOWN_WAITS)
        return None

    async def defer_periodic_job(
        self, job: queue_jobs.Job, periodic_id: str, defer_timestamp: int
    ) -> int | None:
        """Add the run of this moment, unless an earlier one still waits."""
        waits = await self.connector.execute_query_one_async(CLOCK_WAITS, word=job.queueing_lock)
        if waits["waits"]:
            raise AlreadyEnqueued
        return await super().defer_periodic_job(job, periodic_id, defer_timestamp)


_queue = Queue(procrastinate.PsycopgConnector())


async def defer(tx: Transaction, job: Job[P], *args: P.args, **kwargs: P.kwargs) -> int | None:
    """Add a job to the queue when `tx` commits; tells its number, or None when one with the same `once` waits
    already.

    Only inside the handler of a subscription, or inside a job.
    """
    if args:
        raise TypeError(f"{job.name} takes its arguments by name")
    must_be_deferring(job)
    travelling: dict[str, Any] = {"arguments": _plain(kwargs), "trace": tx.trace}
    if job.once:
        word = travelling["once"] = f"{job.name}:{job.once}"
        await tx.execute(TAKE_TURNS, word=word)
        if await tx.one(bool, WAITS, word=word):
            return None
    row = queue_jobs.Job(
        queue=job.queue,
        priority=job.priority,
        lock=job.in_line,
        queueing_lock=None,
        task_name=job.name,
        task_kwargs=travelling,
        scheduled_at=job.at,
    )
    return (await _queue.defer_job_async(row, connection=await tx.connection())).id


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(msgspec.json.encode(arguments))
    return plain
