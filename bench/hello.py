"""What our own layers cost: a bare server beside Torg's health, in requests a second and CPU a request.

Takes the seconds of each load as its only argument. Last figures (two cores that were busy otherwise): 97 µs CPU a
request for the bare server, 114 for /health/live, 495 for /health/ready, which asks the database.
"""

import os
import sys
import tempfile
from pathlib import Path

import click
import msgspec
import uvloop
from bench.baseline import BARE
from bench.client import Caller
from bench.measure import Meter, Unit, expect, run

from torg.commands import launch
from torg.kernel import migrate
from torg.kernel.postgres import EmbeddedServer
from torg.kernel.processes import Keeper, Program
from torg.settings import load

CONCURRENCY = 16


def unit(path: str) -> Unit:
    """One request for a path."""

    async def once(caller: Caller) -> None:
        expect(await caller.call("GET", path), 200)

    return once


def measure(keeper: Keeper, folder: Path, seconds: float) -> None:
    """Start both servers, load one after the other, print a line each."""
    environ = {
        "TORG_ENVIRONMENT": "demo",
        "TORG_DATA": str(folder),
        "TORG_PORT": "0",
        "TORG_SERVER_PROCESSES": "1",
    }
    settings, held = launch.take_port(launch.make_secret(load(environ)))
    bare_settings, bare_held = launch.take_port(msgspec.structs.replace(settings, port=0))
    url = keeper.keep_database(EmbeddedServer(folder))
    migrate.upgrade(url)
    settings = msgspec.structs.replace(settings, database_url=url)
    torg = launch.program("server", settings)
    bare = Program("bare", [sys.executable, "-c", BARE, str(bare_settings.port)], os.environ)
    bare_held.close()
    keeper.keep(bare)
    keeper.keep(torg)
    keeper.wait_for(lambda: launch.answers(settings), what="the first answer", seconds=60)
    held.close()
    for title, program, port, path in (
        ("bare server", bare, bare_settings.port, "/"),
        ("/health/live", torg, settings.port, "/health/live"),
        ("/health/ready", torg, settings.port, "/health/ready"),
    ):
        assert program.process is not None
        meter = Meter([program.process.pid])
        result, _ = uvloop.run(
            run(unit(path), port=port, concurrency=CONCURRENCY, seconds=seconds, meter=meter)
        )
        click.echo(
            f"{title:<14} {result.per_s:>9,.0f} a second, p50 {result.p50_ms:.2f} ms, p95 {result.p95_ms:.2f} ms, "
            f"{1000 * result.server_cpu_ms:,.0f} µs CPU a request, {result.errors} errors"
        )


def main() -> None:
    """Measure on a database and servers that are thrown away."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory(prefix="torg-bench-") as folder, Keeper(click.echo) as keeper:
        Path(folder).chmod(0o755)
        measure(keeper, Path(folder), seconds)


if __name__ == "__main__":
    main()
