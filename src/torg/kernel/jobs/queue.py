"""The queue behind the jobs: the only file that knows procrastinate.

Deferring writes a row on the caller's own transaction, so there is a job exactly when that transaction
commits. The row's trigger notifies the workers, which makes commits wait for each other; that is why only
subscriptions and jobs may defer. A job's arguments travel beside the trace of what caused it."""

import json
from typing import Any

import msgspec
import procrastinate
from procrastinate import jobs as queue_jobs
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

from torg.kernel.database import Transaction
from torg.kernel.jobs.registry import Job, P, must_be_deferring

_manager = JobManager(procrastinate.PsycopgConnector())


async def defer(tx: Transaction, job: Job[P], *args: P.args, **kwargs: P.kwargs) -> int | None:
    """Add a job to the queue when `tx` commits; tells its number, or None when one with the same `once` waits
    already.

    Only inside the handler of a subscription, or inside a job.
    """
    if args:
        raise TypeError(f"{job.name} takes its arguments by name")
    must_be_deferring(job)
    row = queue_jobs.Job(
        queue=job.queue,
        priority=job.priority,
        lock=job.in_line,
        queueing_lock=f"{job.name}:{job.once}" if job.once else None,
        task_name=job.name,
        task_kwargs={"arguments": _plain(kwargs), "trace": tx.trace},
        scheduled_at=job.at,
    )
    if job.once is None:
        return (await _manager.defer_job_async(row, connection=tx.connection)).id
    try:
        async with tx.connection.transaction():  # a savepoint: the refusal must not spoil the caller's work
            return (await _manager.defer_job_async(row, connection=tx.connection)).id
    except AlreadyEnqueued:
        return None


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(msgspec.json.encode(arguments))
    return plain
