"""HTTP around the use cases: who calls, which transaction, what goes back, and how refusals look outside.

A handler parses, calls one use case and renders. `Call` gives it the actor, the language and the two ways to the
database: `read` (statements that cannot write) and `write` (one transaction, tried again as a whole, claimed under the
caller's Idempotency-Key, committed before the answer is sent). Every route declares who may call it; the use case
behind it checks, and a generated test compares the two.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec
from litestar import Request, Response, get, route
from litestar.di import NamedDependency, Provide
from litestar.enums import HttpMethod, MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from torg.kernel import cursors, idempotency, problems
from torg.kernel.access import Actor, browser
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.identity import identify
from torg.kernel.ports import Ports

T = TypeVar("T")
V = TypeVar("V")

LONGEST_KEY = 200
ONCE_FIELD = "once"
"""What a form of our own pages sends as its Idempotency-Key, so that pressing its button twice does it once."""
JSON = MediaType.JSON
EVENTS = "text/event-stream"


class Open(StrEnum):
    """Who may call a route that asks for no permission of the vocabulary."""

    public = "public"
    cart_token = "cart-token"  # noqa: S105  # a name, not a secret
    customer = "customer"
    staff = "staff"
    signed_in = "signed-in"


class Page(Struct, Generic[T], frozen=True):
    """A part of a list; `next` is the cursor of the part after it, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> "Page[T]":
        """A page of `limit` rows out of what a look for one more has found; `key` is what a row is sorted by."""
        if len(rows) <= limit:
            return cls(list(rows))
        return cls(list(rows[:limit]), cursors.encode(*key(rows[limit - 1])))

    def map(self, view: Callable[[T], V]) -> "Page[V]":
        """The same page as others see it."""
        return Page([view(item) for item in self.items], self.next)


class Calling:
    """One request, as its handler sees it."""

    __slots__ = ("_claim", "actor", "database", "ports", "request")

    def __init__(
        self, request: Request[Any, Any, Any], actor: Actor, claim: idempotency.Claim | None
    ) -> None:
        self.request = request
        self.actor = actor
        self.database: Database = request.app.state.database
        self.ports: Ports = request.app.state.ports
        self._claim = claim

    @property
    def channel(self) -> str | None:
        """The sales channel that the caller names in `Torg-Channel`."""
        return self.request.headers.get("torg-channel")

    @property
    def language(self) -> str:
        """The platform's language that suits the caller's Accept-Language best."""
        return problems.language_of(self.request)

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Read from the database without being able to write."""
        return await self.database.read(work)

    async def write(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        view: Callable[[T], V] | None = None,
        status: int | None = None,
    ) -> Response[V]:
        """Do the work in one transaction, once per Idempotency-Key, and answer with the view of its result."""
        code = status or self.request.route_handler.status_code or 200

        async def claimed(tx: Transaction) -> idempotency.Answer:
            async def answer() -> idempotency.Answer:
                return (
                    idempotency.Answer(code, _body(view(done) if view else done))
                    if (done := await work(tx)) is not None
                    else idempotency.Answer(204 if status is None else code, b"")
                )

            return await idempotency.once(tx, self._claim, answer)

        answer = await self.database.run(
            claimed,
            actor=str(self.actor),
            repeatable=self._claim is not None,
            trace=_text(self.request.scope.get("torg.trace")),
        )
        return _response(answer)

    async def chain(
        self,
        steps: Callable[[], Awaitable[T]],
        *,
        view: Callable[[T], V],
        status: int | None = None,
        decided: Callable[[T], bool] = lambda _: True,
    ) -> Response[V]:
        """Do work that is a chain of short transactions and resumes by itself when it is called again.

        While it is not `decided` the answer is not kept: the same key again looks anew instead of hearing it again.
        """
        claim = self._claim
        if claim is not None:
            known = await self.database.run(lambda tx: idempotency.begin(tx, claim), repeatable=True)
            if known is not None:
                return _response(known)
        try:
            done = await steps()
        except TorgError:
            if claim is not None:
                await self.database.run(lambda tx: idempotency.free(tx, claim), repeatable=True)
            raise
        code = status or self.request.route_handler.status_code or 200
        answer = idempotency.Answer(code, _body(view(done)))
        if claim is not None and decided(done):
            await self.database.run(lambda tx: idempotency.settle(tx, claim, answer), repeatable=True)
        return _response(answer)


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _body(view: Any) -> bytes:
    return msgspec.json.encode(view)


def _response(answer: idempotency.Answer) -> Response[Any]:
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    return Response(answer.body, status_code=answer.status, media_type=JSON, headers=headers)


async def _call(request: Request[Any, Any, Any]) -> Calling:
    actor = await identify(request)
    claim = await _claim_of(request, actor) if request.method not in {"GET", "HEAD"} else None
    return Calling(request, actor, claim)


async def _claim_of(request: Request[Any, Any, Any], actor: Actor) -> idempotency.Claim | None:
    key = request.headers.get("idempotency-key")
    if key is None and request.headers.get("content-type", "").startswith(browser.FORM):
        field = (await request.form()).get(ONCE_FIELD)
        key = field if isinstance(field, str) else None
    if key is None:
        return None
    if not 8 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid.of(
            FieldProblem(
                field="Idempotency-Key",
                code="wrong-format",
                message=f"An Idempotency-Key has 8 to {LONGEST_KEY} printable ASCII characters.",
            )
        )
    tokens = ".".join(token.hex()[:16] for token in actor.tokens)
    target = f"{request.url.path}?{request.url.query}"
    if (channel := request.headers.get("torg-channel")) is not None:
        target += f"\nTorg-Channel: {channel}"
    return idempotency.Claim(
        scope=f"{actor}:{tokens}",
        key=key,
        fingerprint=idempotency.fingerprint(request.method, target, await request.body()),
    )


def _header(name: str, description: str) -> Parameter:
    schema = Schema(type=OpenAPIType.STRING)
    return Parameter(name=name, param_in="header", description=description, required=False, schema=schema)


def _told(*headers: Parameter) -> type[Operation]:
    @dataclass
    class Told(Operation):
        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *headers]

    return Told


_LANGUAGE = _header("Accept-Language", "The languages the caller reads, best first.")
_TOKEN = _header("Torg-Token", "The secret token that a visitor's cart or order was given when it was made.")
_KEY = _header(
    "Idempotency-Key",
    "A text of the caller's own that nobody can guess (a random UUID); the same write under the same key runs once.",
)
_Reading = _told(_LANGUAGE, _TOKEN)
_Writing = _told(_LANGUAGE, _TOKEN, _KEY)

REFUSALS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, and somebody must be.",
    403: "The caller may not do this.",
    404: "There is no such thing, or not for this caller.",
    409: "The rules or somebody else's change stand in the way.",
    413: "The body is too large.",
    422: "Some fields are not valid; all are named.",
    429: "Too many requests.",
    503: "Not now; try again.",
}


def _responses(permission: str, *, writing: bool) -> dict[int, ResponseSpec]:
    spec = {
        status: ResponseSpec(
            data_container=problems.Problem,
            description=text,
            media_type=problems.PROBLEM_JSON,
            generate_examples=False,
        )
        for status, text in REFUSALS.items()
    }
    if not writing:
        del spec[413]
    return spec


def read(
    path: str,
    *,
    permission: str,
    summary: str,
    tags: list[str] | None = None,
    stream: str | None = None,
    media: str = EVENTS,
    dependencies: dict[str, Provide] | None = None,
    **options: Any,
) -> Callable[[Any], HTTPRouteHandler]:
    """A GET route; `permission` says who may call it (a right of the vocabulary, or `Open`).

    `dependencies` make arguments of others, where a list has more filters than fit a handler.
    `stream` describes an answer that goes on and on: server-sent events, or text of another `media` type.
    """
    responses = _responses(permission, writing=False)
    if stream is not None:
        responses[200] = ResponseSpec(str, description=stream, media_type=media, generate_examples=False)
        options["media_type"] = media
    return get(
        path,
        summary=summary,
        tags=tags,
        opt={"permission": permission},
        dependencies={"call": Provide(_call)} | (dependencies or {}),
        operation_class=_Reading,
        responses=responses,
        **options,
    )


def write(
    method: str,
    path: str,
    *,
    permission: str,
    summary: str,
    tags: list[str] | None = None,
    status: int = 200,
    **options: Any,
) -> Callable[[Any], HTTPRouteHandler]:
    """A POST, PUT, PATCH or DELETE route that honours Idempotency-Key."""
    return route(
        path,
        http_method=[HttpMethod(method)],
        summary=summary,
        tags=tags,
        status_code=status,
        opt={"permission": permission},
        dependencies={"call": Provide(_call)},
        operation_class=_Writing,
        responses=_responses(permission, writing=True),
        **options,
    )


# What handlers are written with: `call: Call`, `data: Body[NewCart]`, `cart_id: FromPath[str]`, `limit: Limit = 20`.
Call: TypeAlias = NamedDependency[Calling]
Body: TypeAlias = JSONBody[T]
# The framework reads its own constraints on query parameters, not msgspec's.
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, QueryParameter(max_length=300, description="The `next` of the page before.")]
MomentText = Annotated[
    str | None, QueryParameter(max_length=40, format="date-time", description="RFC 3339, with its offset.")
]


def moment(name: str, text: str | None) -> datetime | None:
    """The time that a query parameter tells; the framework itself would take a bare number for one."""
    if text is None:
        return None
    try:
        told: datetime = msgspec.convert(text, Annotated[datetime, Meta(tz=True)])
    except msgspec.ValidationError:
        problem = FieldProblem(name, "wrong-format", "A time looks like 2026-12-01T09:00:00Z.")
        raise Invalid.of(problem) from None
    return told.astimezone(UTC)


__all__ = [
    "EVENTS",
    "JSON",
    "Body",
    "Call",
    "Calling",
    "Cursor",
    "FromPath",
    "FromQuery",
    "Limit",
    "MomentText",
    "Open",
    "Page",
    "QueryParameter",
    "moment",
    "read",
    "write",
]
