"""One call to a webhook's target, and what it came to in words.

Guarantees: the connection goes to the very address that was judged, so a name that changes its mind in between gains
nothing, while TLS still proves the name; redirects are never followed; proxies of the environment are not used; a call
takes at most `TOTAL` seconds whatever the target does, and no more than `LONGEST_ANSWER` bytes of its answer are read.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from torg.kernel.clock import Clock
from torg.kernel.database import external
from torg.kernel.webhooks import addresses
from torg.kernel.webhooks.model import Answer, Outcome
from torg.kernel.webhooks.rules import is_success

CONNECT = 5.0
READ = 15.0
TOTAL = 20.0
LONGEST_ANSWER = 64 * 1024
KEPT_ANSWER = 1000
USER_AGENT = "Torg-Webhooks/1"
BUSY = frozenset({429, 502, 503, 504})


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


class JudgedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, and to no other."""

    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface that is filled here has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, and try the judged addresses one after another."""
        found = await addresses.resolve(host, port, allow_private=self.allow_private)
        last: Exception = httpcore.ConnectError("there is no address to connect to")
        for address in found[:4]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


class Sender:
    """Calls targets; one for a process, since it keeps connections open for a moment."""

    def __init__(self, clock: Clock, *, allow_private: bool) -> None:
        self._clock = clock
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust(),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=JudgedBackend(allow_private),
        )

    async def __aenter__(self) -> "Sender":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def call(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post the body; every way in which that can fail comes back as an answer."""
        external()
        started = time.monotonic()
        try:
            async with asyncio.timeout(TOTAL):
                answer = await self._post(url, body, headers)
        except Exception as error:
            failure = _failure(error)
            if failure is None:
                raise
            answer = failure
        return _timed(answer, started)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        sent = {"content-type": "application/json", "user-agent": USER_AGENT, **headers}
        request = self._pool.stream(
            "POST",
            url,
            headers=list(sent.items()),
            content=body,
            extensions={"timeout": {"connect": CONNECT, "read": READ, "write": READ, "pool": CONNECT}},
        )
        async with request as response:
            text = await _beginning(response)
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
        return _judge(url, response.status, text, found, self._clock)


async def _beginning(response: httpcore.Response) -> str:
    read = b""
    async for part in response.aiter_stream():
        read += part
        if len(read) >= LONGEST_ANSWER:
            break
    return read[:KEPT_ANSWER].decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _judge(url: str, status: int, text: str, headers: dict[str, str], clock: Clock) -> Answer:
    if is_success(status):
        return Answer(Outcome.delivered, f"It answered {status}.", status=status, body=text)
    if 300 <= status < 400:
        reason = _redirect(url, status, headers.get("location", ""))
        return Answer(Outcome.redirected, reason, status=status, body=text)
    if status == 410:
        return Answer(Outcome.gone, "It answered 410 Gone.", status=status, body=text)
    outcome = Outcome.busy if status in BUSY else Outcome.refused_by_answer
    wait = _retry_after(headers.get("retry-after"), clock)
    return Answer(outcome, f"It answered {status}.", status=status, body=text, retry_after=wait)


def _redirect(url: str, status: int, location: str) -> str:
    target = urljoin(url, location[:500])
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        host = ""
    where = " to a private address" if addresses.is_private_literal(host) else ""
    return f"It answered {status}, a redirect{where} ({target}). Redirects are not followed: enter the final URL."


def _retry_after(text: str | None, clock: Clock) -> float | None:
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _failure(error: Exception) -> Answer | None:
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return Answer(Outcome.timed_out, f"It did not answer in time (at most {TOTAL:.0f} seconds).")
    if isinstance(error, addresses.AddressNotAllowed):
        return Answer(Outcome.address_not_allowed, f"Not called: {error}.")
    if isinstance(error, addresses.Unresolvable):
        return Answer(Outcome.unresolvable, f"Not called: {error}.")
    if isinstance(error, httpcore.ConnectError) and (tls := _tls_error(error)):
        return Answer(Outcome.tls_failed, f"TLS failed: {tls}.")
    if isinstance(error, httpcore.ConnectError | OSError):
        return Answer(Outcome.unreachable, f"The connection failed: {_words(error)}.")
    if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError | httpcore.UnsupportedProtocol):
        return Answer(Outcome.broken_answer, f"The connection broke off: {_words(error)}.")
    return None


def _tls_error(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message.rstrip(".")
        if isinstance(error, ssl.SSLError):
            return (error.reason or "the handshake was broken off").replace("_", " ").lower()
        error = error.__cause__ or error.__context__
    return None


def _words(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).rstrip(".")[:200]


def _timed(answer: Answer, started: float) -> Answer:
    milliseconds = int((time.monotonic() - started) * 1000)
    return Answer(answer.outcome, answer.reason, milliseconds, answer.status, answer.body, answer.retry_after)
