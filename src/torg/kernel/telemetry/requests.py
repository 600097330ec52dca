"""Around every request: its id, its trace, who sent it, how long it took and how many statements it needed.

The outermost layer, so that what is refused before any route is found is told as well. The id is ours, stands in the
answer (`X-Request-Id`), in refusals, in the log and in the audit log.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from torg.kernel import ids
from torg.kernel.audit import ORIGIN, Origin
from torg.kernel.client_address import client_address
from torg.kernel.database import TALLY, Database, Tally
from torg.kernel.telemetry.logs import REQUEST, logger
from torg.kernel.telemetry.metrics import metrics, watch_pools
from torg.kernel.telemetry.tracing import TRACE, span, tracing

REQUEST_ID = "torg.request_id"
STREAM = "torg.stream"
"""Set in the scope of a request whose answer does not end by itself."""
ADDRESS = "torg.address"
ACTOR = "torg.actor"

SLOW = 1.0
LOOK_AT_POOLS = 5.0
NO_ROUTE = "(none)"

log = logger(__name__)
_stdlib = logging.getLogger(__name__)


class Requests:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, proxies: int = 0) -> None:
        self._app = app
        self._proxies = proxies
        self._looked_at_pools = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
        known = cast(dict[str, Any], scope)  # ASGI lets an application keep its own keys
        if known["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = ids.public("req", ids.new_id())
        address = client_address(scope, self._proxies)
        known[REQUEST_ID], known[ADDRESS] = request_id, address
        request = REQUEST.set(request_id)
        origin, tally = ORIGIN.set(Origin(request_id, address)), TALLY.set(Tally())
        try:
            await self._answer(known, scope, receive, send)
        finally:
            REQUEST.reset(request)
            TALLY.reset(tally)
            ORIGIN.reset(origin)

    async def _answer(self, known: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        if not tracing():
            await self._measured(known, scope, receive, send)
            return
        with span(f"{known['method']}", parent=_header(known, b"traceparent")) as current:
            known["torg.trace"] = TRACE.get()
            status = await self._measured(known, scope, receive, send)
            if current is not None:
                current.update_name(f"{known['method']} {known.get('path_template') or NO_ROUTE}")
                current.set_attribute("http.response.status_code", status)

    async def _measured(self, known: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> int:
        status = 500
        header = (b"x-request-id", known[REQUEST_ID].encode())

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, tell)
        finally:
            self._told(known, status, time.perf_counter() - started)
        return status

    def _told(self, known: dict[str, Any], status: int, seconds: float) -> None:
        if known.get(STREAM):
            return  # it was open for as long as somebody listened: no measure of anything
        method = known["method"] if known["method"] in METHODS else "OTHER"
        route = known.get("path_template") or NO_ROUTE
        tally = TALLY.get()
        statements = tally.statements if tally else 0
        metrics().answered(method, route, status, seconds, statements)
        if status >= 500 or seconds >= SLOW or _stdlib.isEnabledFor(logging.DEBUG):
            facts = {
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "statements": statements,
                "actor": known.get(ACTOR),
            }
            if status >= 500:
                log.error("request failed", **facts)
            elif seconds >= SLOW:
                log.warning("request was slow", **facts)
            else:
                log.debug("request", **facts)
        self._look_at_pools(known)

    def _look_at_pools(self, known: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if now - self._looked_at_pools >= LOOK_AT_POOLS:
            self._looked_at_pools = now
            database = getattr(getattr(known.get("app"), "state", None), "database", None)
            if isinstance(database, Database):
                watch_pools(database.pool_stats)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _header(known: Mapping[str, Any], wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in known["headers"] if name == wanted), None)
