"""A connection of the driver to which somebody else listens as well, for as long as it lives.

To begin and to end listening to a socket costs about as much as a whole journey of a statement, so it is begun once.
The driver listens to the same socket when it is asked for something, and closes it; before each of these the other
listener is taken away, by this class alone.
"""

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from torg.kernel.database.wire import Wire

T = TypeVar("T")


class Line(AsyncConnection[Any]):
    """A connection whose socket can be waited for beside the driver, never at the same time."""

    wire: "Wire"
    """How statements of ours travel on it; its pool sets it. It lies here, so that it ends with the connection."""

    _heard: tuple[asyncio.AbstractEventLoop, int] | None = None
    _come: "asyncio.Future[None] | None" = None

    async def comes(self, *, writing: bool = False) -> None:
        """Wait until something has come from the server, or, `writing`, can be sent to it."""
        loop = asyncio.get_running_loop()
        come = self._come = loop.create_future()
        if self._heard is None:
            socket = self.pgconn.socket
            loop.add_reader(socket, self._wake)
            self._heard = loop, socket
        if not writing:
            await come
            return
        socket = self._heard[1]
        loop.add_writer(socket, self._wake)
        try:
            await come
        finally:
            loop.remove_writer(socket)

    def look(self) -> None:
        """Let whoever waits see for herself whether something has come, or the connection has ended."""
        if self._come is not None and not self._come.done():
            self._come.set_result(None)

    def unheard(self) -> None:
        """Listen no more until somebody waits again: the socket is the driver's, or is closed."""
        if self._heard is not None:
            (loop, socket), self._heard = self._heard, None
            loop.remove_reader(socket)

    def hang_up(self) -> None:
        """End the connection at once."""
        self.unheard()
        self.pgconn.finish()

    def _wake(self) -> None:
        if self._come is not None and not self._come.done():
            self._come.set_result(None)
        else:
            self.unheard()  # nobody reads it now, and it would be told again and again

    async def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Let the driver listen."""
        self.unheard()
        return await super().wait(gen, *args, **options)

    async def commit(self) -> None:
        """Commit what is open; the pool asks for it also where nothing is."""
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            await super().commit()

    async def close(self) -> None:
        """Close the connection, or give it back to its pool."""
        self.unheard()
        await super().close()
