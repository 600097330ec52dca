"""Notice a database that has fallen silent: packets lost on the way, a frozen machine, a disk that hangs.

Nobody refuses and nothing breaks then, so whoever waits for an answer would wait for as long as the system's own timers
allow, or for ever. When somebody has waited for an answer for `PATIENCE`, a new connection is tried; when that is not
answered either, all connections are hung up, and those who wait learn that they are lost. A long statement on a
database that answers is left alone.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Sequence, Set
from typing import Any, Final

import structlog
from psycopg import AsyncConnection, OperationalError, errors
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from torg.kernel.database.line import Line

log = structlog.get_logger(__name__)

PATIENCE = 3.0
LOOK_EVERY = 1.0
PROBE = 4

# A peer that is silently gone is noticed within seconds instead of the system's quarter of an hour: by us …
NETWORK: Final[dict[str, Any]] = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# … and by the server, which lets go then of what the lost session had locked.
NOTICED: Final = (
    "-c tcp_user_timeout=10s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)


class Watch:
    """Looks after the connections of some pools."""

    def __init__(self, url: str, made: Set[Line]) -> None:
        self._url = url
        self._made = made
        # Which were waiting at every look, and since when.
        self._waiting: dict[Line, float] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, pools: Sequence[AsyncConnectionPool[Line]]) -> None:
        """Look after these pools until `stop`."""
        self._task = asyncio.create_task(self._look(pools), name="silence of the database")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _look(self, pools: Sequence[AsyncConnectionPool[Line]]) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for one in list(self._made):
                one.look()  # a socket that was closed in between wakes nobody any more
            now, before = time.monotonic(), self._waiting
            self._waiting = {one: before.get(one, now) for one in list(self._made) if _waits(one)}
            if all(since > now - PATIENCE for since in self._waiting.values()):
                continue
            self._waiting.clear()
            if await self._answers():
                continue
            log.warning("the database is silent", connections=len(self._made))
            for connection in list(self._made):
                _hang_up(connection)
            for pool in pools:
                await pool.check()

    async def _answers(self) -> bool:
        """Whether the database says anything to who comes anew, be it a refusal."""
        try:
            connection = await AsyncConnection.connect(self._url, connect_timeout=PROBE)
        except errors.ConnectionTimeout:
            return False
        except OperationalError:
            return True
        await connection.close()
        return True


def _waits(connection: Line) -> bool:
    """Whether a statement was sent and has not been answered."""
    return not connection.closed and connection.pgconn.transaction_status == TransactionStatus.ACTIVE


def _hang_up(connection: Line) -> None:
    """End the conversation under the driver, which then tells whoever waits in it that the connection is lost."""
    if connection.closed:
        return
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line, contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
