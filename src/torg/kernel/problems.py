"""Refusals as RFC 9457 problem details: the only place that knows which error has which HTTP status.

Every answer that is not a success is `application/problem+json` with a stable `code`, texts in the caller's language,
the facts behind it, and, for malformed input, all wrong fields at once. What was not foreseen answers 500 with nothing
but a request id: its details go to the log.
"""

from typing import Annotated, Any, get_args, get_origin

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import BodyKwarg
from msgspec import Struct

from torg.kernel import errors, forms, i18n
from torg.kernel.errors import FieldProblem

PROBLEM_JSON = "application/problem+json"

STATUS: dict[type[errors.TorgError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Refused: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
HTTP_CODES = {400: "bad-request", 404: "no-such-route", 405: "method-not-allowed", 413: "body-too-large"}

log = structlog.get_logger("torg.http")


BODY = "torg.json"
WANTED = "torg.wanted"


class JsonRequest(Request[Any, Any, Any]):
    """A request that remembers its parsed body, so that a refusal can name every wrong field of it."""

    async def json(self) -> Any:
        """The body as the handler wants it; what is not JSON, or not of these kinds, is refused field by field.

        JSON has numbers and truths of its own: a text in the place of one is refused.
        """
        body = await self.body()
        try:
            value = msgspec.json.decode(body) if body else None
        except (msgspec.DecodeError, RecursionError) as broken:
            raise errors.Invalid.of(FieldProblem("", "malformed-json", f"{broken}.")) from None
        self.scope[BODY] = value  # type: ignore[literal-required]  # ASGI lets an application keep its own keys
        wanted = _wanted(self.route_handler)
        return value if wanted is None else forms.parse(wanted, value)


def _wanted(handler: Any) -> Any:
    # The framework marks the kind of a body as one, and to look through the mark takes longer than to read the body.
    if WANTED not in handler.opt:
        field = getattr(handler, "parsed_data_field", None)
        handler.opt[WANTED] = None if field is None else _unmarked(field.raw)
    return handler.opt[WANTED]


def _unmarked(kind: Any) -> Any:
    if get_origin(kind) is not Annotated:
        return kind
    plain, *told = get_args(kind)
    for one in told:
        plain = plain if isinstance(one, BodyKwarg) else Annotated[plain, one]
    return plain


class Problem(Struct, omit_defaults=True):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
    facts: dict[str, Any] = {}
    request_id: str = ""


def status_of(error: errors.TorgError) -> int:
    """The HTTP status of a refusal."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def language_of(request: Request[Any, Any, Any]) -> str:
    """The platform's language that suits the caller's Accept-Language best."""
    return i18n.negotiate(request.headers.get("accept-language"))


def refused(request: Request[Any, Any, Any], error: errors.TorgError) -> Response[bytes]:
    """A refusal of the domain."""
    status, language = status_of(error), language_of(request)
    title, detail = i18n.problem_text(language, error)
    problem = Problem(
        type=f"urn:torg:problem:{error.code}",
        title=title,
        status=status,
        code=error.code,
        detail=detail,
        errors=_told(language, error),
        facts=dict(error.facts),
        request_id=_request_id(request),
    )
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="torg"'
    if "retry_after" in error.facts:
        headers["Retry-After"] = str(error.facts["retry_after"])
    return _answer(problem, headers)


def not_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown routes, wrong methods, bodies that cannot be read."""
    if isinstance(error, ValidationException):
        return refused(request, _invalid(request, error))
    code = HTTP_CODES.get(error.status_code, "http-error")
    if error.status_code >= 500:
        return unforeseen(request, error)
    return _answer(_plain(request, error.status_code, code), dict(error.headers or {}))


def unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A defect: told to the log with its trace, and to the caller with nothing but the request id."""
    log.exception("unforeseen", exc_info=error, method=request.method, path=request.url.path)
    return _answer(_plain(request, 500, "internal"), {})


def _invalid(request: Request[Any, Any, Any], error: ValidationException) -> errors.Invalid:
    found = []
    for told in error.extra or []:
        if isinstance(told, dict) and told.get("source") not in {None, "body"}:
            name = str(told.get("key", ""))
            found.append(FieldProblem(name, "invalid", str(told.get("message", ""))))
    data = getattr(request.route_handler, "parsed_data_field", None)
    if data is not None:
        found.extend(forms.problems(data.raw, request.scope.get(BODY)))
    return errors.Invalid.of(*(found or [FieldProblem("", "invalid", str(error.detail))]))


def _told(language: str, error: errors.TorgError) -> list[FieldProblem]:
    if not isinstance(error, errors.Invalid):
        return []
    return [msgspec.structs.replace(p, message=i18n.field_text(language, p)) for p in error.problems]


def _plain(request: Request[Any, Any, Any], status: int, code: str) -> Problem:
    text = i18n.text(language_of(request), f"problem.{code}")
    return Problem(
        type=f"urn:torg:problem:{code}",
        title=text,
        status=status,
        code=code,
        detail=text,
        request_id=_request_id(request),
    )


def _request_id(request: Request[Any, Any, Any]) -> str:
    return str(request.scope.get("torg.request_id", ""))


def _answer(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    body = msgspec.json.encode(problem, enc_hook=str)
    return Response(body, status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)


HANDLERS: dict[Any, Any] = {
    errors.TorgError: refused,
    HTTPException: not_http,
    Exception: unforeseen,
}
