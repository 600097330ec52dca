"""What a job is: a named function that leaves Torg or takes long, with its patience.

Guarantees of every job: it runs at least once, so its function must bear to run twice; a failed run is tried
again with growing, jittered pauses until its `attempts` are used up; then it lies as a dead letter with the
reason of every failure, until somebody replays it. A run that dies with its process is taken up by another.
"""

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Concatenate, Generic, ParamSpec

import msgspec
from msgspec import Struct

from torg.kernel.database import Database
from torg.kernel.ports import Ports
from torg.settings import Settings

P = ParamSpec("P")

LONGEST_WAIT = 6 * 3600.0


class GiveUp(Exception):
    """Raised by a job that knows that trying again is pointless; it becomes a dead letter at once."""


class DeferredElsewhere(RuntimeError):
    """A job was deferred outside a subscription or a job: a defect, since it would make all commits wait in
    line.
    """


class Work(Struct, frozen=True):
    """What a running job has at hand."""

    database: Database
    settings: Settings
    ports: Ports
    job_id: int = 0
    attempt: int = 1
    last: bool = False


class Job(Struct, Generic[P], frozen=True):
    """A job as it was declared, or, after `with_`, with wishes for one deferral."""

    name: str
    run: Callable[Concatenate[Work, P], Awaitable[None]]
    attempts: int
    first_wait: float
    longest_wait: float
    queue: str = "default"
    priority: int = 0
    at: datetime | None = None
    in_line: str | None = None
    once: str | None = None

    def with_(
        self, *, at: datetime | None = None, in_line: str | None = None, once: str | None = None
    ) -> "Job[P]":
        """The same job, deferred differently.

        `at`: not before this moment. `in_line`: jobs with the same word run one after another, in the order
        in which they were deferred. `once`: nothing is added while a job with the same word still waits."""
        return msgspec.structs.replace(self, at=at, in_line=in_line, once=once)


class Periodic(Struct, frozen=True):
    """Something that runs by the clock, in exactly one of the workers."""

    name: str
    cron: str
    run: Callable[[Work], Awaitable[None]]


JOBS: dict[str, Job[Any]] = {}
PERIODIC: dict[str, Periodic] = {}

_may_defer: ContextVar[bool] = ContextVar("may_defer", default=False)


def job(
    name: str,
    *,
    attempts: int = 8,
    first_wait: float = 2.0,
    longest_wait: float = LONGEST_WAIT,
    queue: str = "default",
    priority: int = 0,
) -> Callable[[Callable[Concatenate[Work, P], Awaitable[None]]], Job[P]]:
    """Declare a job: `@job("mail.send", attempts=12) async def send(work: Work, *, mail_id: str) -> None`.

    Arguments are JSON and should be ids: they stay readable in the queue. Waits double from `first_wait`
    seconds on."""

    def declare(run: Callable[Concatenate[Work, P], Awaitable[None]]) -> Job[P]:
        declared = Job(name, run, attempts, first_wait, longest_wait, queue, priority)
        known = JOBS.setdefault(name, declared)
        if _home(known.run) != _home(run):
            raise TypeError(f"two jobs call themselves {name!r}")
        JOBS[name] = declared
        return declared

    return declare


def periodic(
    name: str, *, every: int | None = None, cron: str | None = None
) -> Callable[[Callable[[Work], Awaitable[None]]], Periodic]:
    """Declare something that runs by the clock: `every` so many seconds, or by a `cron` line (UTC).

    A failed run is not repeated, since the next one comes anyway; what went wrong is kept with the last run.
    A run that takes longer than its interval delays the next."""
    if (every is None) == (cron is None):
        raise TypeError(f"{name}: give either `every` or `cron`")

    def declare(run: Callable[[Work], Awaitable[None]]) -> Periodic:
        declared = Periodic(name, cron or cron_of(every or 0), run)
        known = PERIODIC.setdefault(name, declared)
        if _home(known.run) != _home(run):
            raise TypeError(f"two periodic jobs call themselves {name!r}")
        PERIODIC[name] = declared
        return declared

    return declare


def cron_of(seconds: int) -> str:
    """The cron line of an interval, which must divide a minute, an hour or a day.

    >>> cron_of(20), cron_of(300), cron_of(7200)
    ('* * * * * */20', '*/5 * * * *', '0 */2 * * *')
    """
    for unit, size, line in ((1, 60, "* * * * * {}"), (60, 3600, "{} * * * *"), (3600, 86400, "0 {} * * *")):
        if unit <= seconds < size and seconds % unit == 0 and size % seconds == 0:
            return line.format(f"*/{seconds // unit}" if seconds > unit else "*")
    if seconds == 86400:
        return "0 0 * * *"
    raise ValueError(f"{seconds} seconds do not divide a minute, an hour or a day")


@contextmanager
def deferring() -> Any:
    """Where jobs may be deferred: around the handlers of subscriptions and around jobs."""
    token = _may_defer.set(True)
    try:
        yield
    finally:
        _may_defer.reset(token)


def must_be_deferring(job: Job[Any]) -> None:
    """Refuse to defer from a use case."""
    if not _may_defer.get():
        raise DeferredElsewhere(
            f"{job.name} was deferred outside a subscription: record an event and defer in a handler of it"
        )


def _home(run: Callable[..., Any]) -> tuple[str, str]:
    return run.__module__, run.__qualname__
