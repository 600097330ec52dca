"""Metrics for Prometheus, right over all processes of a machine.

Each process writes its numbers into mapped files in the data folder, and whoever is asked for `/metrics` adds them up.
The files of a process that ended count for another day, so that sums do not fall whenever one is started anew.
Without a folder (tests, scripts) the numbers stay in the process.
"""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

A_DAY = 86400.0
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
LONG = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0)


class Metrics:
    """Everything that a process counts by itself; what stands in the database is read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._histogram(
            "torg_request_seconds", "Time to answer a request.", ["method", "route", "status"], SECONDS
        )
        self._answers: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}
        self.statements = self._counter(
            "torg_request_statements", "Statements that requests sent to the database.", ["route"]
        )
        self.refused = self._counter("torg_rate_limited", "Requests refused for being too many.", ["limit"])
        self.moved = self._counter("torg_events_moved", "Events that the relay put into the feed.", [])
        self.handled = self._counter(
            "torg_events_handled", "Events that a subscription handled.", ["subscription"]
        )
        self.failed = self._counter(
            "torg_subscription_failures", "Batches that a subscription could not handle.", ["subscription"]
        )
        self.jobs = self._histogram("torg_job_seconds", "Time a job ran.", ["job", "outcome"], LONG)
        self.webhooks = self._histogram(
            "torg_webhook_seconds", "Time a webhook's target took.", ["outcome"], LONG
        )
        self.pool = Gauge(
            "torg_database_connections",
            "Connections of the processes' pools.",
            ["pool", "state"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def answered(self, method: str, route: str, status: int, seconds: float, statements: int) -> None:
        """Count a request; called for every one, so the labels are looked up only once."""
        kept = self._answers.get((method, route, status))
        if kept is None:
            kept = self.requests.labels(method, route, str(status)), self.statements.labels(route)
            self._answers[method, route, status] = kept
        kept[0].observe(seconds)
        if statements:
            kept[1].inc(statements)

    def _histogram(self, name: str, help: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, help, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, help: str, labels: list[str]) -> Counter:
        return Counter(name, help, labels, registry=self.registry)


_metrics: Metrics | None = None
_folder: Path | None = None


def metrics() -> Metrics:
    """This process's metrics."""
    global _metrics
    if _metrics is None:
        _metrics = Metrics()
    return _metrics


def share_metrics(folder: Path) -> None:
    """From now on count in files that all processes of this machine share; called once, before anything is counted."""
    global _metrics, _folder
    folder.mkdir(parents=True, exist_ok=True)
    _forget_ended(folder, A_DAY)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # A process number may come back, and on a shared disk be another machine's: the mark makes it unmistakable.
    mark = secrets.token_hex(4)
    process = f"{os.getpid()}-{mark}"
    shared: Any = values.MultiProcessValue
    values.ValueClass = shared(lambda: process)
    _folder = folder
    _metrics = Metrics()


def exposition() -> bytes:
    """All metrics in Prometheus' text form."""
    if _folder is None:
        return generate_latest(metrics().registry)
    _forget_ended(_folder, 0.0, "gauge_live")
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(_folder))  # type: ignore[no-untyped-call]  # untyped in the package
    return generate_latest(registry)


def _forget_ended(folder: Path, age: float, kind: str = "") -> None:
    for file in folder.glob(f"{kind}*.db"):
        process = file.stem.rpartition("_")[2].partition("-")[0]
        if process.isdigit() and not _alive(int(process)) and time.time() - _changed(file) >= age:
            file.unlink(missing_ok=True)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def watch_pools(stats: Callable[[], dict[str, dict[str, int]]]) -> None:
    """Tell how a process's connection pools stand."""
    for pool, numbers in stats().items():
        size, free = numbers.get("pool_size", 0), numbers.get("pool_available", 0)
        gauge = metrics().pool
        gauge.labels(pool, "used").set(size - free)
        gauge.labels(pool, "free").set(free)
        gauge.labels(pool, "waited_for").set(numbers.get("requests_waiting", 0))
