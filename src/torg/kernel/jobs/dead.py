"""Dead letters: jobs that used up their attempts, with the reason of every failure, until they are replayed."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import NotFound
from torg.permissions import Permission

LIST = """
SELECT j.id, j.task_name AS name, j.queue_name AS queue, j.attempts, coalesce(j.args -> 'arguments', '{}') AS arguments,
       f.at AS failed_at, f.error
FROM procrastinate_jobs j
LEFT JOIN LATERAL (
    SELECT at, error FROM job_failures WHERE job_id = j.id ORDER BY attempt DESC LIMIT 1
) f ON true
WHERE j.status = 'failed' AND j.id > %(after)s AND (%(name)s::text IS NULL OR j.task_name = %(name)s)
ORDER BY j.id
LIMIT %(limit)s
"""

FAILURES = "SELECT attempt, at, error FROM job_failures WHERE job_id = %(id)s ORDER BY attempt"

REPLAY = """
UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL
WHERE status = 'failed' AND (%(id)s::bigint IS NULL OR id = %(id)s) AND (%(name)s::text IS NULL OR task_name = %(name)s)
"""

DROP = "DELETE FROM procrastinate_jobs WHERE id = %(id)s AND status = 'failed'"

NUMBERS = """
SELECT task_name AS name,
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at IS NULL) AS waiting,
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at IS NOT NULL) AS later,
       count(*) FILTER (WHERE status = 'doing') AS running,
       count(*) FILTER (WHERE status = 'failed') AS dead
FROM procrastinate_jobs
GROUP BY task_name
ORDER BY task_name
"""

CLOCKWORK = "SELECT name, started_at, succeeded_at, error FROM periodic_runs ORDER BY name"


class UnknownDeadJob(NotFound):
    """No dead letter has this number: it was replayed, dropped, or never died."""

    code = "unknown-dead-job"
    message = "There is no dead job {id}."


class DeadJob(Struct, frozen=True):
    """A job that will not be tried again by itself, and why."""

    id: int
    name: str
    queue: str
    attempts: int
    arguments: dict[str, Any]
    failed_at: datetime | None
    error: str | None


class Failure(Struct, frozen=True):
    """One failed run."""

    attempt: int
    at: datetime
    error: str


class JobNumbers(Struct, frozen=True):
    """How many jobs of a name wait, wait for later, run and lie dead."""

    name: str
    waiting: int
    later: int
    running: int
    dead: int


class PeriodicRun(Struct, frozen=True):
    """The last run of something that runs by the clock; `error` when it failed."""

    name: str
    started_at: datetime
    succeeded_at: datetime | None
    error: str | None


async def list_dead(
    tx: Transaction, *, by: Actor, name: str | None = None, after: int = 0, limit: int = 50
) -> list[DeadJob]:
    """Dead letters, oldest first."""
    by.must(Permission.jobs_read)
    return await tx.all(DeadJob, LIST, name=name, after=after, limit=limit)


async def failures(tx: Transaction, id: int, *, by: Actor) -> list[Failure]:
    """Why the runs of a job failed."""
    by.must(Permission.jobs_read)
    return await tx.all(Failure, FAILURES, id=id)


async def replay_dead(tx: Transaction, id: int, *, by: Actor) -> None:
    """Put a dead job back into the queue, with all its attempts."""
    by.must(Permission.jobs_replay)
    if not await tx.execute(REPLAY, id=id, name=None):
        raise UnknownDeadJob(id=id)
    await audit.write(tx, by, "job.replayed", f"job/{id}")


async def replay_all_dead(tx: Transaction, *, by: Actor, name: str | None = None) -> int:
    """Put all dead jobs, or those of one name, back into the queue; tells how many."""
    by.must(Permission.jobs_replay)
    jobs = await tx.execute(REPLAY, id=None, name=name)
    await audit.write(tx, by, "job.replayed", name or "*", jobs=jobs)
    return jobs


async def drop_dead(tx: Transaction, id: int, *, by: Actor) -> None:
    """Give a dead job up for good."""
    by.must(Permission.jobs_replay)
    if not await tx.execute(DROP, id=id):
        raise UnknownDeadJob(id=id)
    await audit.write(tx, by, "job.dropped", f"job/{id}")


async def numbers(tx: Transaction, *, by: Actor) -> list[JobNumbers]:
    """The queue by job name."""
    by.must(Permission.jobs_read)
    return await tx.all(JobNumbers, NUMBERS)


async def clockwork(tx: Transaction, *, by: Actor) -> list[PeriodicRun]:
    """The last runs of what runs by the clock."""
    by.must(Permission.jobs_read)
    return await tx.all(PeriodicRun, CLOCKWORK)
