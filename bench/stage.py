"""A Torg of its own to measure: database, practice retailer, servers and a worker, all gone afterwards.

It runs with the settings that an installation has by itself, but for the limits of requests and sign-ins, since all
load comes from one address. The worker signs in to PostgreSQL with a role of its own, by which it is told apart.
"""

import asyncio
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import msgspec
import psutil
import psycopg
from bench.measure import Meter
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from torg import demo
from torg.commands import launch
from torg.kernel import migrate
from torg.kernel.database import Database
from torg.kernel.postgres import ROLE, EmbeddedServer
from torg.kernel.processes import Keeper, Program
from torg.settings import ROOT, load

T = TypeVar("T")
WORKER_ROLE = "bench_worker"
WORKER_ROLE_SQL = f"CREATE ROLE {WORKER_ROLE} LOGIN SUPERUSER"
STARTED = 60.0

HURRIED: tuple[LiteralString, ...] = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)
AS_USUAL: tuple[LiteralString, ...] = (
    "ALTER SYSTEM RESET ALL",
    "SELECT pg_reload_conf()",
    "VACUUM ANALYZE",
    "CHECKPOINT",
)


class Stage:
    """A migrated, empty database; then what is put on it."""

    def __init__(self, keeper: Keeper, folder: Path) -> None:
        environ = {
            "TORG_ENVIRONMENT": "demo",
            "TORG_DATA": str(folder),
            "TORG_PORT": "0",
            "TORG_RATE_LIMIT_VISITOR": "1000000",
            "TORG_RATE_LIMIT_SIGN_IN": "10000",
            "TORG_LOG_LEVEL": "error",
        }
        settings, self._port = launch.take_port(launch.make_secret(load(environ)))
        self._keeper = keeper
        self._postgres = EmbeddedServer(folder)
        self.url = keeper.keep_database(self._postgres)
        self.settings = msgspec.structs.replace(settings, database_url=self.url)
        self.servers: list[int] = []
        self._worker: Program | None = None
        migrate.upgrade(self.url)
        self.connection: psycopg.Connection[Any] = psycopg.connect(self.url, autocommit=True)
        self.connection.execute(WORKER_ROLE_SQL)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Fill the database without waiting for the disk; afterwards all is written, counted and as usual."""
        self._execute(*HURRIED)
        yield
        self._execute(*AS_USUAL)

    def _execute(self, *statements: LiteralString) -> None:
        for each in statements:
            self.connection.execute(each)

    @property
    def port(self) -> int:
        """Where the servers listen."""
        return self.settings.port

    def fill(self) -> None:
        """The practice retailer."""
        self.do(lambda database: demo.fill(database, self.settings, size=demo.Size.small, picture_width=160))

    def do(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Do something with the database as Torg itself would."""

        async def done() -> T:
            database = await Database.open(self.url, pool_size=8)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(done())

    def add_server(self) -> None:
        """One more server process; it takes its part of new connections when this returns."""
        number = len(self.servers) + 1
        program = launch.program("server", self.settings, name=f"server {number}")
        self._keeper.keep(program)
        self.servers.append(_pid(program))
        self._keeper.wait_for(lambda: _listens(self.servers[-1]), what=f"server {number}", seconds=STARTED)
        self._keeper.wait_for(lambda: launch.answers(self.settings), what="the answer", seconds=STARTED)

    def add_worker(self) -> None:
        """The worker, which has caught up with everything when this returns."""
        url = self.url.replace(f"//{ROLE}@", f"//{WORKER_ROLE}@")
        self._worker = launch.program("worker", msgspec.structs.replace(self.settings, database_url=url))
        self._worker.start()
        self._keeper.wait_for(self._leads, what="the relay", seconds=STARTED)
        asyncio.run(self.meter().until_quiet())

    def end_worker(self) -> None:
        """Ask the worker to end, and wait until it has."""
        program, self._worker = self._worker, None
        if program is not None and program.process is not None:
            program.process.terminate()
            program.process.wait(30)

    @property
    def worker(self) -> int | None:
        """The worker's process, when there is one."""
        return _pid(self._worker) if self._worker else None

    @property
    def postgres(self) -> int:
        """The process that all of PostgreSQL's come from."""
        assert self._postgres.process is not None
        return self._postgres.process.pid

    def meter(self) -> Meter:
        """Reads what this stage's processes used."""
        return Meter(
            self.servers,
            worker=self.worker,
            postgres=self.postgres,
            connection=self.connection,
            worker_role=WORKER_ROLE,
            statements=self.statements,
        )

    def statements(self) -> float:
        """The statements that requests have sent so far, as the server processes count them at the driver."""
        registry = CollectorRegistry()
        folder = str(self.settings.data / "metrics")
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # untyped in the package
        for _ in range(100):
            with suppress(struct.error):  # a process has begun its file this moment, and it is still empty
                return sum(
                    sample.value
                    for metric in registry.collect()
                    for sample in metric.samples
                    if sample.name == "torg_request_statements_total"
                )
            time.sleep(0.01)
        raise RuntimeError(f"{folder} holds a file that nobody fills")

    def memory(self) -> float:
        """Megabytes (PSS) of servers and worker."""
        return pss([*self.servers, *([self.worker] if self.worker else [])])

    def cold_start(self) -> float:
        """Seconds from `./torg serve` to its first ready answer, with the database up."""
        settings, held = launch.take_port(msgspec.structs.replace(self.settings, port=0))
        held.close()
        began = time.perf_counter()
        process = subprocess.Popen(
            [ROOT / "torg", "serve"],
            env={"PATH": "/usr/bin:/bin", **settings.environ()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._keeper.wait_for(lambda: launch.answers(settings), what="torg serve", seconds=STARTED)
            return time.perf_counter() - began
        finally:
            _end(process)

    def _leads(self) -> bool:
        found = self.connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'torg-leader'"
        ).fetchone()
        return found is not None and found[0] > 0


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage in a folder that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="torg-bench-") as folder,
        Keeper(partial(print, file=sys.stderr)) as keeper,
    ):
        Path(folder).chmod(0o755)
        stage = Stage(keeper, Path(folder))
        try:
            yield stage
        finally:
            stage.end_worker()


def pss(pids: list[int]) -> float:
    """Megabytes of memory of processes and their children, what they share counted once."""
    kilobytes = 0
    for pid in pids:
        kilobytes += _kilobytes(pid)
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(
                FileNotFoundError, ProcessLookupError
            ):  # a child that ended meanwhile has no memory
                kilobytes += _kilobytes(child.pid)
    return kilobytes / 1024


def _kilobytes(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Pss:\s+(\d+) kB", text, re.M)))


def _pid(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def _end(process: subprocess.Popen[bytes]) -> None:
    for _ in range(10):  # a signal that comes in the middle of a start may be lost
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
    process.kill()


def _listens(pid: int) -> bool:
    return any(each.status == psutil.CONN_LISTEN for each in psutil.Process(pid).net_connections(kind="tcp"))
