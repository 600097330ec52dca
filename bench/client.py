"""A small HTTP/1.1 client for load: one kept connection per virtual caller, so that the caller's own cost stays small.

It shares the machine with the servers that it measures; therefore it sends a request in one write, looks for nothing
but the status and the length of the answer, and leaves the body as bytes to whoever wants to read it. Loads go to
127.0.0.1 only.
"""

import asyncio
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

T = TypeVar("T")
PATIENCE = 30.0


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def read(self, kind: type[T]) -> T:
        """The fields of a Struct, without the others."""
        return msgspec.json.decode(self.body, type=kind)


class _Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[Answer] | None = None
        self._received = bytearray()
        self._body_at = 0
        self._ends_at = 0
        self._status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not descend from it

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._ends_at and not self._read_head():
            return
        if len(self._received) >= self._ends_at and self.answer is not None and not self.answer.done():
            body = bytes(self._received[self._body_at : self._ends_at])
            self.answer.set_result(Answer(self._status, body))
            self._received.clear()
            self._ends_at = 0

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("the server closed the connection"))

    def _read_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._received[:end]).lower()
        self._status = int(head[9:12])
        self._body_at = self._ends_at = end + 4
        found = head.find(b"\r\ncontent-length:")
        if found >= 0:
            stop = head.find(b"\r\n", found + 2)
            self._ends_at += int(head[found + 17 : stop if stop > 0 else end])
        return True


class Caller:
    """One virtual caller with one connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection: _Connection | None = None

    async def open(self) -> int:
        """Connect, unless that is done; tells the caller's own port."""
        if self._connection is None or self._connection.transport is None:
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(_Connection, "127.0.0.1", self.port)
        assert self._connection.transport is not None
        own: int = self._connection.transport.get_extra_info("sockname")[1]
        return own

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request and wait for its answer; `Torg_Token` in `headers` is sent as Torg-Token."""
        content = b"" if body is None else msgspec.json.encode(body)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        if content:
            lines.append("Content-Type: application/json")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    async def send(self, request: bytes) -> Answer:
        """Send a request that is ready and wait for its answer."""
        await self.open()
        connection = self._connection
        assert connection is not None and connection.transport is not None
        connection.answer = asyncio.get_running_loop().create_future()
        connection.transport.write(request)
        async with asyncio.timeout(PATIENCE):
            return await connection.answer

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None and self._connection.transport is not None:
            self._connection.transport.close()
        self._connection = None
