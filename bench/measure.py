"""What a load cost: latencies, and the CPU time of the processes that served it."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import psutil
from bench.client import Caller
from msgspec import Struct


class Load(Struct):
    """What one load came to; milliseconds are of one unit (a request, or a whole purchase)."""

    per_s: float
    p50_ms: float
    p95_ms: float
    server_cpu_ms: float
    db_cpu_ms: float
    statements: float
    errors: int


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


async def run(
    unit: Callable[[Caller], Awaitable[int]],
    *,
    port: int,
    concurrency: int,
    seconds: float,
    servers: Sequence[psutil.Process],
    database: Callable[[], list[psutil.Process]],
) -> Load:
    """Let `concurrency` callers do `unit` again and again; a unit tells its statements and raises on a wrong answer."""
    callers = [Caller(port) for _ in range(concurrency)]
    took: list[float] = []
    tally = [0, 0]  # statements, errors
    before, started = (cpu(servers), cpu(database())), time.perf_counter()
    await asyncio.gather(*(_work(unit, caller, started + seconds, took, tally) for caller in callers))
    passed, after = time.perf_counter() - started, (cpu(servers), cpu(database()))
    for caller in callers:
        await caller.close()
    took.sort()
    done = max(1, len(took))
    return Load(
        per_s=round(len(took) / passed, 1),
        p50_ms=round(1000 * _quantile(took, 50), 2),
        p95_ms=round(1000 * _quantile(took, 95), 2),
        server_cpu_ms=round(1000 * (after[0] - before[0]) / done, 3),
        db_cpu_ms=round(1000 * (after[1] - before[1]) / done, 3),
        statements=round(tally[0] / done, 2),
        errors=tally[1],
    )


async def _work(
    unit: Callable[[Caller], Awaitable[int]], caller: Caller, end: float, took: list[float], tally: list[int]
) -> None:
    while (started := time.perf_counter()) < end:
        try:
            tally[0] += await unit(caller)
            took.append(time.perf_counter() - started)
        except (WrongAnswer, OSError, asyncio.IncompleteReadError) as wrong:
            tally[1] += 1
            print(f"wrong: {wrong!r}", file=sys.stderr)
            await caller.close()


class WrongAnswer(Exception):
    """The server answered something else than the unit needs."""


def expect(answer: Any, *statuses: int) -> Any:
    """The answer, when it has one of these statuses."""
    if answer.status not in statuses:
        raise WrongAnswer(f"{answer.status}: {answer.body[:300]!r}")
    return answer


def _quantile(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0
