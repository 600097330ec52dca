"""The description of the API, made from the running code: OpenAPI 3.1.

Bodies and answers are described by msgspec, which also checks them: the description cannot promise anything else than
what is taken and given. Each operation says who may call it (`x-permission`).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ControllerRouterHandler

from torg.kernel import problems
from torg.kernel.http import EVENTS

REFERENCE = "#/components/schemas/{name}"
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`torg_sk_…`), or the session of a signed-in customer or member of staff.",
}
TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "Torg-Token",
    "description": "The token that a visitor's cart was given when it was made; it opens the cart and its order.",
}
EVENT = {
    "type": "object",
    "description": "Each server-sent event; `data` is JSON.",
    "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
TOKENLESS = frozenset({"public"})


class Route(NamedTuple):
    """One operation of the application."""

    path: str
    method: str
    handler: HTTPRouteHandler

    @property
    def permission(self) -> str:
        """Who may call it: a right of the vocabulary, or one of `Open`."""
        return str(self.handler.opt["permission"])

    @property
    def body(self) -> Any:
        """The type of its body; None when it takes none."""
        field = self.handler.parsed_data_field
        return None if field is None else field.annotation

    @property
    def media(self) -> str:
        """The media type of its body."""
        field = self.handler.parsed_data_field
        kwarg = None if field is None else field.kwarg_definition
        media = getattr(kwarg, "media_type", "application/json")
        return str(getattr(media, "value", media))

    @property
    def answer(self) -> Any:
        """The type of its answer; None when it has no body."""
        annotation = self.handler.parsed_return_field.annotation
        if get_origin(annotation) is Response:
            (annotation,) = get_args(annotation)
        return None if annotation is type(None) else annotation


def routes(app: Litestar) -> Iterator[Route]:
    """Every described operation."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema() and "permission" in handler.opt:
                    for method in handler.http_methods:
                        yield Route(route.path_format, str(method), handler)


def document(app: Litestar) -> dict[str, Any]:
    """The whole description."""
    found = app.openapi_schema.to_schema()
    described = list(routes(app))
    types = {kind for route in described for kind in (route.body, route.answer) if kind is not None}
    ordered = [*sorted(types, key=str), problems.Problem]
    schemas, components = msgspec.json.schema_components(
        ordered, schema_hook=_foreign, ref_template=REFERENCE
    )
    schema = dict(zip(map(str, ordered), schemas, strict=True))
    for route in described:
        _describe(found["paths"][route.path][route.method.lower()], route, schema)
    enumerations = {
        name: shape for name, shape in found["components"].get("schemas", {}).items() if "enum" in shape
    }
    found["components"] = {
        "schemas": enumerations | components,  # parameters name the first, bodies and answers the others
        "securitySchemes": {"bearer": BEARER, "token": TOKEN},
    }
    return found


def _foreign(kind: type[Any]) -> dict[str, Any]:
    """The schema of a type that msgspec does not know."""
    if kind is UploadFile:
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(
        kind
    )  # the protocol of msgspec's hook: the type stays unknown, and that is told


def _describe(operation: dict[str, Any], route: Route, schema: dict[str, Any]) -> None:
    operation["operationId"] = f"{_tag(operation)}.{route.handler.fn.__name__}"
    operation["x-permission"] = route.permission
    if route.permission not in TOKENLESS:
        operation["security"] = (
            [{"bearer": []}, {"token": []}] if route.permission == "cart-token" else [{"bearer": []}]
        )
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {route.media: {"schema": schema[str(route.body)]}},
        }
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer.pop("content", None)
            if route.answer is not None and status != "204":
                media = _media(route)
                answer["content"] = {
                    media: {"schema": EVENT if media == EVENTS else schema[str(route.answer)]}
                }
        else:
            answer["content"] = {problems.PROBLEM_JSON: {"schema": schema[str(problems.Problem)]}}


def _media(route: Route) -> str:
    """The media type of an answer: of text or bytes what its handler says, of everything else JSON."""
    if route.answer not in (str, bytes):
        return "application/json"
    told = str(getattr(route.handler.media_type, "value", route.handler.media_type))
    return told or ("text/plain" if route.answer is str else "application/octet-stream")


def _tag(operation: dict[str, Any]) -> str:
    tags = operation.get("tags") or ["torg"]
    return str(tags[0]).replace(" ", "-")


@get("/openapi.json", opt={"permission": "public"}, include_in_schema=False)
async def describe(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description as JSON."""
    state = request.app.state
    if "openapi" not in state:
        state["openapi"] = msgspec.json.encode(document(request.app))
    return Response(state["openapi"], media_type="application/json", headers={"Cache-Control": "no-cache"})


class Nowhere(Router):
    """Where the framework would put up documents of its own, beside ours and with scripts from elsewhere: nowhere."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """Take no route."""
        return []


CONFIG = OpenAPIConfig(
    title="Torg",
    version="1",
    description="One system in which all sales and service channels work on the same truth.",
    use_handler_docstrings=True,
    openapi_router=Nowhere("/openapi", route_handlers=[]),
    render_plugins=(JsonRenderPlugin(),),
)
ROUTES = [describe]
