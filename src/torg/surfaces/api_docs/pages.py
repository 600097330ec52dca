"""The pages: the list of operations, and one operation."""

import re
from itertools import groupby
from typing import Any

from litestar import Response, Router
from litestar.exceptions import NotFoundException
from msgspec import Struct

from torg.kernel import openapi, pages
from torg.kernel.http import Call, Calling, FromPath, Open, read
from torg.settings import Settings
from torg.surfaces.api_docs import shape


class Operation(Struct, frozen=True):
    """One operation as the list shows it."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    permission: str
    told: dict[str, Any]


def _operations(call: Calling) -> tuple[dict[str, Any], list[Operation]]:
    state = call.request.app.state
    if "api_docs" not in state:
        document = openapi.document(call.request.app)
        found = [
            Operation(
                id=told["operationId"],
                tag=(told.get("tags") or ["torg"])[0],
                method=method.upper(),
                path=path,
                summary=told.get("summary", ""),
                permission=told.get("x-permission", ""),
                told=told,
            )
            for path, methods in document["paths"].items()
            for method, told in methods.items()
            if "x-permission" in told
        ]
        state["api_docs"] = document, sorted(found, key=lambda one: (one.tag, one.path, one.method))
    known: tuple[dict[str, Any], list[Operation]] = state["api_docs"]
    return known


@read("/", permission=Open.public, summary="The API", include_in_schema=False)
async def list_operations(call: Call) -> Response[bytes]:
    """All operations, by what they are about."""
    _, operations = _operations(call)
    groups = [(tag, list(found)) for tag, found in groupby(operations, key=lambda one: one.tag)]
    return pages.render(call, "api_docs/list.html", groups=groups)


@read("/{operation_id:str}", permission=Open.public, summary="An operation", include_in_schema=False)
async def show_operation(call: Call, operation_id: FromPath[str]) -> Response[bytes]:
    """One operation: who may call it, what it takes, what it gives, and a call to copy."""
    document, operations = _operations(call)
    one = next((found for found in operations if found.id == operation_id), None)
    if one is None:
        raise NotFoundException
    settings: Settings = call.request.app.state.settings
    body = one.told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = sorted(one.told["responses"].items())
    given = _given(answers)
    return pages.render(
        call,
        "api_docs/operation.html",
        one=one,
        words_of=_paragraphs(one.told.get("description", "")),
        parameters=one.told.get("parameters", []),
        body=list(shape.fields(document, body)) if body else [],
        given=list(shape.fields(document, given)) if given else [],
        answers=answers,
        curl=shape.curl(document, one.method, one.path, one.told, settings.origin),
    )


def _given(answers: list[tuple[str, dict[str, Any]]]) -> dict[str, Any] | None:
    for status, told in answers:
        if status.startswith("2"):
            for content in told.get("content", {}).values():
                schema: dict[str, Any] = content["schema"]
                return schema
    return None


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


ROUTES = [
    Router("/docs", route_handlers=[list_operations, show_operation], exception_handlers=pages.HANDLERS)
]
