"""What a load cost: latencies, the CPU time of whoever served it, and the statements that it sent.

CPU is taken from the kernel's account of each process, so it is right also while the machine is busy otherwise. What
PostgreSQL used is told apart by who it worked for: the servers, the worker (which has a role of its own, see `stage`)
or itself.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import psutil
import psycopg
from bench.client import Answer, Caller
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.app import SUBSCRIPTIONS

RUN_IN = 0.25
"""The share of a load that is run before it counts, so that connections are open and statements prepared."""

LONGEST_RUN_IN = 2.0
LONGEST_FOLLOW = 900.0

WRITTEN = "SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 / 1e6"
WHO = "SELECT pid, usename::text FROM pg_stat_activity WHERE backend_type = 'client backend'"
# A subscription's cursor may lag behind events that it does not follow; those are nothing to do.
STILL_TO_DO = """
SELECT EXISTS (SELECT FROM outbox)
    OR EXISTS (SELECT FROM subscriptions s JOIN feed f ON f.position > s.position
        WHERE f.type = ANY (coalesce(string_to_array(%(types)s::jsonb ->> s.name, ' '), ARRAY[f.type])))
    OR EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing'
        OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))
"""
FOLLOWED = {each.name: " ".join(kind.type for kind in each.types) or None for each in SUBSCRIPTIONS}

Unit = Callable[[Caller], Awaitable[None]]
"""One thing that a caller does, a request or a whole purchase; raises `WrongAnswer` when it went wrong."""


class Load(Struct):
    """What one load came to; milliseconds and statements are of one unit (a request, or a whole purchase)."""

    per_s: float
    p50_ms: float
    p95_ms: float
    server_cpu_ms: float
    db_cpu_ms: float
    statements: float
    errors: int


class Parts(Struct):
    """The same load in its parts: milliseconds of CPU of one unit, and who did the calling.

    `db_servers` is what PostgreSQL did for the servers, `db_worker` for the worker, `db_itself` what nobody asked it
    for by name (writing the log, vacuuming). The worker's parts hold everything that followed from the load until
    nothing was left to do, `behind_s` seconds after the last answer. `callers` is the load generator itself. `wal_kb`
    are the kilobytes that the database's log grew by for one unit and all that followed from it.
    """

    units: int
    worker: float
    db_servers: float
    db_worker: float
    db_itself: float
    callers: float
    behind_s: float
    wal_kb: float


class Reading(Struct):
    """Seconds of CPU used so far, and megabytes written to the database's log."""

    servers: float = 0.0
    worker: float = 0.0
    db_servers: float = 0.0
    db_worker: float = 0.0
    db_itself: float = 0.0
    callers: float = 0.0
    wal: float = 0.0

    def since(self, before: "Reading", units: int) -> "Reading":
        """Milliseconds and kilobytes a unit since another reading."""
        return Reading(
            *(
                1000 * (getattr(self, name) - getattr(before, name)) / max(1, units)
                for name in self.__struct_fields__
            )
        )


class WrongAnswer(Exception):
    """The server answered something else than the unit needs."""


def expect(answer: Answer, *statuses: int) -> Answer:
    """The answer, when it has one of these statuses."""
    if answer.status not in statuses:
        raise WrongAnswer(f"{answer.status}: {answer.body[:300]!r}")
    return answer


class Meter:
    """Reads what processes used; without a database there is nothing to tell apart in it."""

    def __init__(
        self,
        servers: Sequence[int],
        *,
        worker: int | None = None,
        postgres: int | None = None,
        connection: psycopg.Connection[Any] | None = None,
        worker_role: str = "",
        statements: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.servers = servers
        self.statements = statements
        self._worker = worker
        self._postgres = postgres
        self._connection = connection
        self._worker_role = worker_role

    def read(self) -> Reading:
        """Look once."""
        reading = Reading(callers=time.process_time())
        reading.servers = cpu(psutil.Process(pid) for pid in self.servers)
        if self._worker is not None:
            reading.worker = cpu([psutil.Process(self._worker)])
        if self._postgres is not None and self._connection is not None:
            roles: dict[int, str] = dict(self._connection.execute(WHO).fetchall())
            (reading.wal,) = self._connection.execute(WRITTEN).fetchone() or (0.0,)
            for process in family(self._postgres):
                used, role = cpu([process]), roles.get(process.pid)
                if role is None:
                    reading.db_itself += used
                elif role == self._worker_role:
                    reading.db_worker += used
                else:
                    reading.db_servers += used
        return reading

    async def until_quiet(self) -> None:
        """Wait until nothing is left to do of what follows: events, projections, mails, jobs."""
        if self._connection is None or self._worker is None:
            return
        end = time.monotonic() + LONGEST_FOLLOW
        while time.monotonic() < end:
            left = self._connection.execute(STILL_TO_DO, {"types": Jsonb(FOLLOWED)}).fetchone()
            if left == (False,):
                return
            await asyncio.sleep(0.05)
        raise RuntimeError(f"after {LONGEST_FOLLOW:.0f} s there is still something to do")


def cpu(processes: Iterable[psutil.Process]) -> float:
    """Seconds of CPU that these processes and their ended children have used."""
    total = 0.0
    for process in processes:
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def family(pid: int) -> list[psutil.Process]:
    """A process and everything below it."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


class _Window(Struct):
    """What was done when the counters were read."""

    at: float
    done: int
    statements: float
    used: Reading


async def run(unit: Unit, *, port: int, concurrency: int, seconds: float, meter: Meter) -> tuple[Load, Parts]:
    """Let so many callers do a unit again and again, each as soon as its last one was answered.

    What counts are the `seconds` after a run-in that lasts until every caller has had one answer, or longer when so
    many units are not done by then; after that everybody ends what was begun, and the worker all that follows.
    """
    await meter.until_quiet()
    callers = await spread(port, concurrency, meter.servers)
    took: list[float] = []
    wrong: list[BaseException] = []
    over = asyncio.Event()

    async def until(done: int, least: float) -> _Window:
        await asyncio.sleep(least)
        while len(took) < done and len(wrong) < concurrency:  # noqa: ASYNC110  # such a short while is exact enough
            await asyncio.sleep(0.01)
        return _Window(time.perf_counter(), len(took), meter.statements(), meter.read())

    begun = meter.read()
    tasks = [asyncio.create_task(_work(unit, caller, over, took, wrong)) for caller in callers]
    first = await until(concurrency, min(LONGEST_RUN_IN, seconds * RUN_IN))
    last = await until(first.done + concurrency, seconds)
    over.set()
    await asyncio.gather(*tasks)
    answered = time.perf_counter()
    for caller in callers:
        await caller.close()
    await meter.until_quiet()
    followed = meter.read().since(begun, len(took))
    for kind in sorted({repr(each) for each in wrong}):
        print(f"wrong: {kind}", file=sys.stderr)
    return _result(first, last, took, followed, len(wrong), time.perf_counter() - answered)


def _result(
    first: _Window, last: _Window, took: list[float], followed: Reading, errors: int, behind: float
) -> tuple[Load, Parts]:
    units = last.done - first.done
    used = last.used.since(first.used, units)
    sorted_ms = sorted(1000 * each for each in took[first.done : last.done])
    load = Load(
        per_s=round(units / (last.at - first.at), 1),
        p50_ms=round(quantile(sorted_ms, 50), 2),
        p95_ms=round(quantile(sorted_ms, 95), 2),
        server_cpu_ms=round(used.servers, 3),
        db_cpu_ms=round(used.db_servers + used.db_itself + followed.db_worker, 3),
        statements=round((last.statements - first.statements) / max(1, units), 2),
        errors=errors,
    )
    parts = Parts(
        units=units,
        worker=round(followed.worker, 3),
        db_servers=round(used.db_servers, 3),
        db_worker=round(followed.db_worker, 3),
        db_itself=round(used.db_itself, 3),
        callers=round(used.callers, 3),
        behind_s=round(behind, 1),
        wal_kb=round(followed.wal, 1),
    )
    return load, parts


async def _work(
    unit: Unit, caller: Caller, over: asyncio.Event, took: list[float], wrong: list[BaseException]
) -> None:
    while not over.is_set():
        started = time.perf_counter()
        try:
            await unit(caller)
            took.append(time.perf_counter() - started)
        except (WrongAnswer, OSError, TimeoutError) as error:
            wrong.append(error)
            await caller.close()
            await asyncio.sleep(0.01)


async def spread(port: int, concurrency: int, servers: Sequence[int]) -> list[Caller]:
    """Callers that are connected to all servers alike, as a load balancer would see to.

    The kernel deals connections out by chance; those that fall on a server which has its share are given up again.
    """
    share = -(-concurrency // max(1, len(servers)))
    kept: dict[int, list[Caller]] = {pid: [] for pid in servers}
    spare: list[Caller] = []
    while sum(map(len, kept.values())) < concurrency:
        caller = Caller(port)
        own = await caller.open()
        pid = await _accepted_by(own, servers) if len(servers) > 1 else next(iter(servers), None)
        if pid is None:  # nobody to tell apart
            kept.setdefault(0, []).append(caller)
        elif len(kept[pid]) < share:
            kept[pid].append(caller)
        else:
            spare.append(caller)
    for caller in spare:
        await caller.close()
    return [caller for callers in kept.values() for caller in callers]


async def _accepted_by(own: int, servers: Sequence[int]) -> int:
    for _ in range(1000):
        for pid in servers:
            for connection in psutil.Process(pid).net_connections(kind="tcp4"):
                if connection.status == psutil.CONN_ESTABLISHED and connection.raddr.port == own:
                    return pid
        await asyncio.sleep(0.005)
    raise RuntimeError("no server has taken the connection")


def quantile(values: Sequence[float], percent: int) -> float:
    """The value below which so many per cent of sorted values are; 0 when there are none."""
    return values[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0
