"""A small HTTP/1.1 client for load: one kept connection per virtual caller, so that the caller's own cost stays small.

It speaks just enough: JSON in and out, answers with a length. Loads are bounded by a count or a time and go to
127.0.0.1 only.
"""

import asyncio
import time
from typing import Any, NamedTuple

import msgspec


class Answer(NamedTuple):
    """Status and body; how long it took in seconds; how many statements the server says it ran."""

    status: int
    body: bytes
    seconds: float
    statements: int

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Caller:
    """One virtual caller with one connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request and wait for its answer."""
        content = b"" if body is None else msgspec.json.encode(body)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        if content:
            lines.append("Content-Type: application/json")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        started = time.perf_counter()
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self._reader is not None
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        answer = await self._reader.readexactly(int(told.get("content-length", 0)))
        seconds = time.perf_counter() - started
        return Answer(int(head[0].split()[1]), answer, seconds, int(told.get("torg-statements", 0)))

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
