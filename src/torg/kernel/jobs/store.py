"""SQL around the queue: why runs failed, what runs by the clock, and jobs whose worker has died."""

from datetime import datetime

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

FAILED_RUN = """
INSERT INTO job_failures (job_id, attempt, at, error)
SELECT id, %(attempt)s, %(at)s, %(error)s FROM procrastinate_jobs WHERE id = %(job)s
ON CONFLICT (job_id, attempt) DO UPDATE SET at = excluded.at, error = excluded.error
"""

PERIODIC_STARTED = """
INSERT INTO periodic_runs (name, started_at) VALUES (%(name)s, %(at)s)
ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at
"""

PERIODIC_ENDED = """
UPDATE periodic_runs
SET succeeded_at = CASE WHEN %(error)s::text IS NULL THEN %(at)s ELSE succeeded_at END, error = %(error)s
WHERE name = %(name)s
"""

# Guarded by the state itself, so that two rescuers at once take up each job once.
TAKE_UP_STALLED = """
UPDATE procrastinate_jobs j
SET status = CASE
        WHEN j.attempts + 1 >= (%(attempts)s::jsonb ->> j.task_name)::int
        THEN 'failed'::procrastinate_job_status
        ELSE 'todo'::procrastinate_job_status
    END,
    attempts = j.attempts + 1, scheduled_at = NULL, worker_id = NULL
WHERE j.status = 'doing' AND NOT EXISTS (
    SELECT FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - make_interval(secs => %(silence)s)
)
RETURNING j.id, j.task_name AS name, j.attempts, j.status = 'failed' AS dead
"""

# What runs by the clock is not taken up: its next run comes anyway.
DROP_STALLED = """
DELETE FROM procrastinate_jobs j
WHERE j.status = 'doing' AND j.task_name = ANY (%(names)s) AND NOT EXISTS (
    SELECT FROM procrastinate_workers w
    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - make_interval(secs => %(silence)s)
)
"""


class TakenUp(Struct, frozen=True):
    """A job whose worker had died; `dead` when that was its last attempt."""

    id: int
    name: str
    attempts: int
    dead: bool


async def failed_run(tx: Transaction, job: int, attempt: int, error: str) -> None:
    await tx.execute(FAILED_RUN, job=job, attempt=attempt, at=tx.now, error=error)


async def periodic_started(tx: Transaction, name: str, at: datetime) -> None:
    await tx.execute(PERIODIC_STARTED, name=name, at=at)


async def periodic_ended(tx: Transaction, name: str, error: str | None) -> None:
    await tx.execute(PERIODIC_ENDED, name=name, at=tx.now, error=error)


async def take_up_stalled(
    tx: Transaction, attempts: dict[str, int], periodic: list[str], silence: float
) -> list[TakenUp]:
    """Put jobs of workers that have been silent for so many seconds back into the queue."""
    await tx.execute(DROP_STALLED, names=periodic, silence=silence)
    taken = await tx.all(TakenUp, TAKE_UP_STALLED, attempts=Jsonb(attempts), silence=silence)
    for job in taken:
        await failed_run(tx, job.id, job.attempts, "The worker that ran it died.")
    return taken
