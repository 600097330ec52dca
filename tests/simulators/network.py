"""A network between Torg and PostgreSQL that can fall silent: nothing is refused, nothing breaks, nothing arrives."""

import asyncio
import threading
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict


class Network:
    """A TCP port of this machine that leads to a PostgreSQL server, as long as the network carries anything."""

    def __init__(self, url: str) -> None:
        self._to: dict[str, Any] = conninfo_to_dict(url)
        self._loop = asyncio.new_event_loop()
        self._carries = asyncio.Event()
        self._carries.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.url = ""

    def start(self) -> None:
        """Listen, and say where in `url`."""
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._come, "127.0.0.1", 0), self._loop
        ).result(10)
        port = self._server.sockets[0].getsockname()[1]
        user, password = (quote(str(self._to.get(key, "")), safe="") for key in ("user", "password"))
        self.url = f"postgresql://{user}:{password}@127.0.0.1:{port}/{self._to['dbname']}"

    def fall_silent(self) -> None:
        """Carry nothing any more; what is sent waits somewhere."""
        self._loop.call_soon_threadsafe(self._carries.clear)

    def come_back(self) -> None:
        """Carry everything again, also what has waited."""
        self._loop.call_soon_threadsafe(self._carries.set)

    def stop(self) -> None:
        """Break everything off."""

        async def end() -> None:
            if self._server is not None:
                self._server.close()
            self._carries.set()
            await asyncio.sleep(0.1)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._carries.wait()
        host, port = str(self._to.get("host", "127.0.0.1")), int(self._to.get("port", 5432))
        if host.startswith("/"):
            there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there = await asyncio.open_connection(host, port)
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._carries.wait()
                target.write(data)
                await target.drain()
            await self._carries.wait()
        except ConnectionError:
            pass  # one end has gone: the other learns it below
        finally:
            target.close()
