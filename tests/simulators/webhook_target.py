"""A program that receives webhooks, and behaves as badly as one is told to."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct

Writer = asyncio.StreamWriter


class Received(Struct):
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Received, Writer], Awaitable[None]]


def answer(status: int, body: bytes = b"ok", **headers: str) -> Answering:
    """Answer with a status."""

    async def act(_received: Received, writer: Writer) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return act


async def hang(_received: Received, _writer: Writer) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(3600)


async def drip(_received: Received, writer: Writer) -> None:
    """Answer a letter at a time, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100_000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def flood(_received: Received, writer: Writer) -> None:
    """Answer with more than anybody wants to read."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(2000):
        writer.write(b"y" * 65536)
        await writer.drain()


async def hang_up(_received: Received, writer: Writer) -> None:
    """Close the connection without an answer."""
    writer.transport.abort()


async def talk_nonsense(_received: Received, writer: Writer) -> None:
    """Answer with something that is not HTTP."""
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


class Target:
    """Listens on a free port of this machine; counts how many requests are open at once."""

    def __init__(self, acts: Answering | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.acts = acts or answer(200)
        self.received: list[Received] = []
        self.open = 0
        self.most_open = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of the messages that came in, in their order."""
        return [received.headers["webhook-id"] for received in self.received]

    async def __aenter__(self) -> "Target":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                received = await self._read(reader)
                self.received.append(received)
                await self._act(received, reader, writer)
        finally:
            self.open -= 1
            self._talks.discard(task)
            writer.close()

    async def _act(self, received: Received, reader: asyncio.StreamReader, writer: Writer) -> None:
        acting = asyncio.ensure_future(self.acts(received, writer))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({acting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (acting, leaving):
                task.cancel()
            await asyncio.gather(acting, leaving, return_exceptions=True)

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lines = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Received(head[0].split(" ")[1], headers, body)


def certificate(folder: Path, host: str) -> ssl.SSLContext:
    """A server's TLS with a certificate that it signed itself for this host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "target.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
