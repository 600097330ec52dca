"""Refusals as RFC 9457 problem details: the only place that knows which error has which HTTP status.

Every answer that is not a success is `application/problem+json` with a stable `code`, texts in the caller's language,
the facts behind it, and, for malformed input, all wrong fields at once. What was not foreseen answers 500 with nothing
but a request id: its details go to the log.
"""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from msgspec import Struct

from torg.kernel import errors, forms, i18n

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


class Problem(Struct, omit_defaults=True):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[errors.FieldProblem] = []
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
    status = status_of(error)
    title, detail = i18n.problem_text(language_of(request), error)
    problem = Problem(
        type=f"urn:torg:problem:{error.code}",
        title=title,
        status=status,
        code=error.code,
        detail=detail,
        errors=list(error.problems) if isinstance(error, errors.Invalid) else [],
        facts=dict(error.facts),
        request_id=_request_id(request),
    )
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="torg"'
    if "retry_after" in error.facts:
        headers["Retry-After"] = str(error.facts["retry_after"])
    return _answer(problem, headers)


async def not_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown routes, wrong methods, bodies that cannot be read."""
    if isinstance(error, ValidationException):
        return refused(request, await _invalid(request, error))
    code = HTTP_CODES.get(error.status_code, "http-error")
    if error.status_code >= 500:
        return unforeseen(request, error)
    problem = Problem(
        type=f"urn:torg:problem:{code}",
        title=i18n.text(language_of(request), f"problem.{code}"),
        status=error.status_code,
        code=code,
        detail=i18n.text(language_of(request), f"problem.{code}"),
        request_id=_request_id(request),
    )
    return _answer(problem, dict(error.headers or {}))


def unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A defect: told to the log with its trace, and to the caller with nothing but the request id."""
    log.exception("unforeseen", exc_info=error, method=request.method, path=request.url.path)
    problem = Problem(
        type="urn:torg:problem:internal",
        title=i18n.text(language_of(request), "problem.internal"),
        status=500,
        code="internal",
        detail=i18n.text(language_of(request), "problem.internal"),
        request_id=_request_id(request),
    )
    return _answer(problem, {})


async def _invalid(request: Request[Any, Any, Any], error: ValidationException) -> errors.Invalid:
    found = []
    for told in error.extra or []:
        if isinstance(told, dict) and told.get("source") not in {None, "body"}:
            name = str(told.get("key", ""))
            found.append(errors.FieldProblem(name, "invalid", str(told.get("message", ""))))
    data = getattr(request.route_handler, "parsed_data_field", None)
    if data is not None:
        body = await request.body()
        try:
            value = msgspec.json.decode(body) if body else None
        except msgspec.DecodeError as broken:
            return errors.Invalid.of(errors.FieldProblem("", "malformed-json", f"{broken}."))
        found.extend(forms.problems(data.raw, value))
    return errors.Invalid.of(*(found or [errors.FieldProblem("", "invalid", str(error.detail))]))


def _request_id(request: Request[Any, Any, Any]) -> str:
    return str(request.scope.get("torg.request_id", ""))


def _answer(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    body = msgspec.json.encode(problem, enc_hook=str)
    return Response(body, status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)


HANDLERS: dict[Any, Any] = {
    errors.TorgError: refused,
    HTTPException: not_http,
    SerializationException: lambda request, error: refused(
        request, errors.Invalid.of(errors.FieldProblem("", "malformed-json", str(error)[:200]))
    ),
    Exception: unforeseen,
}
