"""One process that answers HTTP; several may share a port, and one that is asked to stop ends its requests first."""

import asyncio
import resource
import signal
import sys
from typing import Final

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from torg import app
from torg.kernel import telemetry
from torg.kernel.garbage import collect_seldom
from torg.kernel.live import MOST_LISTENERS
from torg.settings import Settings

CONNECTIONS: Final = MOST_LISTENERS + 3_000
"""How many connections a process keeps open at once: all pages that listen, and browsers that may ask again. The next
one waits until another ends, so pages alone must never be that many."""
WAITING: Final = 1_024
FILES: Final = 1_000
"""Files that are open besides: the database, logs, figures."""


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a start that fails ends the process with exit code 1."""
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    telemetry.configure(settings, "server")
    served = app.create(settings)
    server = Server(
        served,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        log_enabled=True,
        log_level=LogLevels.error,
        backlog=WAITING,
        backpressure=_allowed(),
    )
    collect_seldom()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        app.let_go(served)
        server.stop()  # type: ignore[no-untyped-call]  # untyped in the package

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()
    if server.interrupt_children:  # it did not stop because it was asked to
        sys.exit(1)


def _allowed() -> int:
    """How many connections may be open: what we want, or as many as the system lets this process have."""
    wanted = CONNECTIONS + FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(WAITING, min(CONNECTIONS, soft - FILES))
