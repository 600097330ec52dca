"""The queue, the subscriptions and what went wrong in them, for operators."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from litestar.params import PathParameter
from msgspec import Struct

from torg.kernel import cursors, ids
from torg.kernel.database import Transaction
from torg.kernel.http import Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.jobs import dead
from torg.kernel.relay import parked
from torg.permissions import Permission

TAGS = ["jobs"]

Number = Annotated[int, PathParameter(ge=0, le=2**53)]
Name = Annotated[str | None, QueryParameter(max_length=100)]


class ParkedEventView(Struct):
    """An event that a subscription could not handle; without an error it waits behind one of its aggregate."""

    subscription: str
    position: int
    event_id: str
    type: str
    aggregate: str
    at: datetime
    error: str | None
    attempts: int
    parked_at: datetime
    replay_asked: bool

    @classmethod
    def of(cls, event: parked.ParkedEvent) -> "ParkedEventView":
        """As the outside sees it."""
        return cls(
            event.subscription,
            event.position,
            ids.public("evt", event.id),
            event.type,
            event.aggregate,
            event.at,
            event.error,
            event.attempts,
            event.parked_at,
            event.replay,
        )


class AskedView(Struct):
    """How many were asked to be done again; the workers do it."""

    asked: int


class DeadJobView(Struct):
    """A job that will not be tried again by itself, and why."""

    id: int
    name: str
    queue: str
    attempts: int
    arguments: dict[str, Any]
    failed_at: datetime | None
    error: str | None


class FailureView(Struct):
    """One failed run."""

    attempt: int
    at: datetime
    error: str


class FailuresView(Struct):
    """Why the runs of a job failed."""

    failures: list[FailureView]


class SubscriptionView(Struct):
    """How far a subscription has come along the feed."""

    name: str
    position: int
    behind: int
    moved_at: datetime
    parked: int


class JobNumbersView(Struct):
    """How many jobs of a name wait, wait for later, run and lie dead."""

    name: str
    waiting: int
    later: int
    running: int
    dead: int


class PeriodicRunView(Struct):
    """The last run of something that runs by the clock; `error` when it failed."""

    name: str
    started_at: datetime
    succeeded_at: datetime | None
    error: str | None


class MachineryView(Struct):
    """The machinery at a glance."""

    subscriptions: list[SubscriptionView]
    jobs: list[JobNumbersView]
    periodic: list[PeriodicRunView]


@read(
    "/jobs", permission=Permission.jobs_read, summary="The queue and the subscriptions at a glance", tags=TAGS
)
async def machinery(call: Call) -> MachineryView:
    async def work(tx: Transaction) -> MachineryView:
        by = call.actor
        return MachineryView(
            [
                SubscriptionView(s.name, s.position, s.behind, s.moved_at, s.parked)
                for s in await parked.progress(tx, by=by)
            ],
            [
                JobNumbersView(n.name, n.waiting, n.later, n.running, n.dead)
                for n in await dead.numbers(tx, by=by)
            ],
            [
                PeriodicRunView(r.name, r.started_at, r.succeeded_at, r.error)
                for r in await dead.clockwork(tx, by=by)
            ],
        )

    return await call.read(work)


@read("/jobs/dead", permission=Permission.jobs_read, summary="Jobs that used up their attempts", tags=TAGS)
async def list_dead(
    call: Call, name: Name = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[DeadJobView]:
    (after,) = cursors.decode(cursor, tuple[int]) or (0,)
    found = await call.read(
        lambda tx: dead.list_dead(tx, by=call.actor, name=name, after=after, limit=limit + 1)
    )
    return Page.cut(found, limit, lambda job: (job.id,)).map(
        lambda j: DeadJobView(j.id, j.name, j.queue, j.attempts, j.arguments, j.failed_at, j.error)
    )


@read("/jobs/dead/{id:int}/failures", permission=Permission.jobs_read, summary="Why a job failed", tags=TAGS)
async def failures(call: Call, id: Number) -> FailuresView:
    found = await call.read(lambda tx: dead.failures(tx, id, by=call.actor))
    return FailuresView([FailureView(f.attempt, f.at, f.error) for f in found])


@write(
    "POST",
    "/jobs/dead/{id:int}/replay",
    permission=Permission.jobs_replay,
    summary="Put a dead job back into the queue",
    tags=TAGS,
    status=202,
)
async def replay_dead(call: Call, id: Number) -> Response[AskedView]:
    async def work(tx: Transaction) -> int:
        await dead.replay_dead(tx, id, by=call.actor)
        return 1

    return await call.write(work, view=AskedView)


@write(
    "POST",
    "/jobs/dead/replay",
    permission=Permission.jobs_replay,
    summary="Put all dead jobs, or those of one name, back into the queue",
    tags=TAGS,
    status=202,
)
async def replay_all_dead(call: Call, name: Name = None) -> Response[AskedView]:
    return await call.write(lambda tx: dead.replay_all_dead(tx, by=call.actor, name=name), view=AskedView)


@write(
    "DELETE",
    "/jobs/dead/{id:int}",
    permission=Permission.jobs_replay,
    summary="Give a dead job up for good",
    tags=TAGS,
    status=204,
)
async def drop_dead(call: Call, id: Number) -> Response[None]:
    return await call.write(lambda tx: dead.drop_dead(tx, id, by=call.actor))


@read(
    "/jobs/parked",
    permission=Permission.jobs_read,
    summary="Events that a subscription could not handle, and those that wait behind them",
    tags=TAGS,
)
async def list_parked(
    call: Call, subscription: Name = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ParkedEventView]:
    after = cursors.decode(cursor, tuple[str, int])
    found = await call.read(
        lambda tx: parked.list_parked(
            tx, by=call.actor, subscription=subscription, after=after, limit=limit + 1
        )
    )
    page = Page.cut(found, limit, lambda event: (event.subscription, event.position))
    return page.map(ParkedEventView.of)


@write(
    "POST",
    "/jobs/parked/{subscription:str}/{position:int}/replay",
    permission=Permission.jobs_replay,
    summary="Have a parked event, and those behind it, handled again",
    tags=TAGS,
    status=202,
)
async def replay(call: Call, subscription: FromPath[str], position: Number) -> Response[AskedView]:
    return await call.write(
        lambda tx: parked.replay(tx, subscription, position, by=call.actor), view=AskedView
    )


@write(
    "POST",
    "/jobs/parked/{subscription:str}/replay",
    permission=Permission.jobs_replay,
    summary="Have everything handled again that a subscription parked",
    tags=TAGS,
    status=202,
)
async def replay_all(call: Call, subscription: FromPath[str]) -> Response[AskedView]:
    return await call.write(lambda tx: parked.replay_all(tx, subscription, by=call.actor), view=AskedView)


@write(
    "DELETE",
    "/jobs/parked/{subscription:str}/{position:int}",
    permission=Permission.jobs_replay,
    summary="Give a parked event up for good; those behind it go on",
    tags=TAGS,
    status=204,
)
async def drop(call: Call, subscription: FromPath[str], position: Number) -> Response[None]:
    return await call.write(lambda tx: parked.drop(tx, subscription, position, by=call.actor))


@write(
    "POST",
    "/jobs/subscriptions/{subscription:str}/rebuild",
    permission=Permission.jobs_replay,
    summary="Empty a projection and build it anew from the feed",
    tags=TAGS,
    status=204,
)
async def rebuild(call: Call, subscription: FromPath[str]) -> Response[None]:
    known = call.ports.get(parked.Subscriptions).all
    return await call.write(lambda tx: parked.rebuild(tx, subscription, known=known, by=call.actor))


ROUTES = [
    machinery,
    list_dead,
    failures,
    replay_dead,
    replay_all_dead,
    drop_dead,
    list_parked,
    replay,
    replay_all,
    drop,
    rebuild,
]
