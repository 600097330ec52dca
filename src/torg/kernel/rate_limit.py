"""How many requests one caller may send: counted in memory that all processes of this machine share.

A caller is a credential (API key, session, the token of a signed-in customer) or, without one, a network address. Each
has a bucket that holds a minute's requests and refills steadily (GCRA). The buckets lie in a mapped file of fixed size,
so a decision costs microseconds and no statement; two processes that write the same bucket in the same microsecond may
lose a count, which a limit can bear. Several machines count each for themselves. Tries to sign in have counters of
their own in the database (`access.throttle`).

A credential that turns out to be worth nothing counts against the address that presented it, so inventing credentials
does not help.
"""

import hashlib
import math
import mmap
import struct
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, cast

from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from torg.kernel import problems
from torg.kernel.access import ActorKind
from torg.kernel.access.policy import COOKIE
from torg.kernel.access.throttle import network
from torg.kernel.errors import TooMany
from torg.kernel.telemetry import metrics
from torg.kernel.telemetry.requests import ACTOR, ADDRESS

WINDOW = 60
SECOND = (
    1_000_000_000  # whole nanoseconds, since the floats of the present era lose a microsecond at each request
)
SLOT = struct.Struct("<8sq")
WAYS = 8
SET = struct.Struct("<" + "8sq" * WAYS)
SETS = 8192
SIZE = SETS * WAYS * SLOT.size
FREE = frozenset({"/health/live", "/health/ready", "/metrics"})


class Verdict(Struct, frozen=True):
    """Whether a request may pass, how many more may at once, and seconds until one more may, and until all may."""

    allowed: bool
    remaining: int
    retry_after: float
    reset: float


class Buckets:
    """Leaky buckets by key; a set of eight shares its places, and the emptiest gives way to a newcomer."""

    def __init__(self, folder: Path | None = None, now: Callable[[], int] = time.time_ns) -> None:
        self._memory: mmap.mmap | bytearray = bytearray(SIZE) if folder is None else _mapped(folder)
        self._now = now

    def take(self, key: str, limit: int, cost: int = 1) -> Verdict:
        """Count requests of a key that has `limit` a minute; a refused one does not count. `cost=0` only looks."""
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        place, full_until = self._find(digest[:8], int.from_bytes(digest[8:], "little") % SETS)
        now, interval = self._now(), WINDOW * SECOND // limit
        due = max(full_until, now)
        over = due + interval * max(cost, 1) - now - WINDOW * SECOND
        if over > 0:
            return Verdict(False, 0, over / SECOND, (due - now) / SECOND)
        after = due + interval * cost
        if cost:
            SLOT.pack_into(self._memory, place, digest[:8], after)
        return Verdict(True, (WINDOW * SECOND - (after - now)) // interval, 0.0, (after - now) / SECOND)

    def _find(self, name: bytes, set_number: int) -> tuple[int, int]:
        """Where a key's bucket lies, and when it is full again: a known one, or the emptiest of the set, taken over."""
        first = set_number * SET.size
        held = SET.unpack_from(self._memory, first)
        names, ends = held[::2], held[1::2]
        if name in names:
            way = names.index(name)
            return first + way * SLOT.size, ends[way]
        return first + ends.index(min(ends)) * SLOT.size, 0


def _mapped(folder: Path) -> mmap.mmap:
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "buckets", "a+b") as file:
        if file.seek(0, 2) < SIZE:
            file.truncate(SIZE)
        return mmap.mmap(file.fileno(), SIZE)


class RateLimit:
    """Wraps the application, inside of `telemetry.requests.Requests`, which tells it the address."""

    def __init__(
        self, app: ASGIApp, *, visitor: int, actor: int, cookie: str = COOKIE, folder: Path | None = None
    ) -> None:
        self._app = app
        self._cookie = cookie
        self._visitor = visitor
        self._actor = actor
        self._buckets = Buckets(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer 429 in its place."""
        known = cast(dict[str, Any], scope)  # ASGI lets an application keep its own keys
        if known["type"] != "http" or known["path"] in FREE:
            await self._app(scope, receive, send)
            return
        credential = _credential(known, self._cookie)
        address = _place(str(known.get(ADDRESS, "")))
        name, limit = ("actor", self._actor) if credential else ("visitor", self._visitor)
        verdict = self._buckets.take(credential or address, limit)
        if credential and verdict.allowed:
            worthless = self._buckets.take(f"worthless:{address}", self._visitor, cost=0)
            if not worthless.allowed:
                name, limit, verdict = "visitor", self._visitor, worthless
        if not verdict.allowed:
            await self._refuse(scope, receive, send, name, verdict, limit)
            return
        status = await self._pass(scope, receive, send, _headers(name, verdict, limit))
        if credential and _was_worthless(known, status):
            self._buckets.take(f"worthless:{address}", self._visitor)

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]
    ) -> int:
        status = 500

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, tell)
        return status

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, name: str, verdict: Verdict, limit: int
    ) -> None:
        metrics().refused.labels(name).inc()
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        answer = problems.refused(request, TooMany(retry_after=max(1, math.ceil(verdict.retry_after))))
        for header, value in _headers(name, verdict, limit):
            answer.headers[header.decode()] = value.decode()
        await answer.to_asgi_response(None, request)(scope, receive, send)


@lru_cache(maxsize=4096)
def _place(address: str) -> str:
    return f"address:{network(address)}"


@lru_cache(maxsize=16)
def _policy(name: str, limit: int) -> bytes:
    return f'"{name}";q={limit};w={WINDOW}'.encode()


def _headers(name: str, verdict: Verdict, limit: int) -> list[tuple[bytes, bytes]]:
    # As the IETF's draft on RateLimit header fields has them.
    return [
        (b"ratelimit-policy", _policy(name, limit)),
        (b"ratelimit", f'"{name}";r={verdict.remaining};t={math.ceil(verdict.reset)}'.encode()),
    ]


def _credential(known: Mapping[str, Any], cookie: str) -> str | None:
    """What `identify` will go by: the header, or else the session's own cookie, and no other of a like name."""
    headers: dict[bytes, bytes] = dict(known["headers"])
    presented = headers.get(b"authorization", b"").decode("latin-1")
    if not presented and b"cookie" in headers:
        presented = _session(headers[b"cookie"].decode("latin-1"), cookie) or ""
    return f"credential:{presented}" if presented else None


def _session(header: str, cookie: str) -> str | None:
    if cookie not in header:
        return None
    try:
        found = SimpleCookie(header).get(cookie)
    except CookieError:
        return None
    return found.value if found else None


def _was_worthless(known: Mapping[str, Any], status: int) -> bool:
    return status == 401 or known.get(ACTOR) == ActorKind.visitor.value
