"""JSON Schema made readable: a body as rows of fields, and an example of it.

Pure functions on the OpenAPI document. Nested objects become dotted paths (`lines[].quantity`).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

DEEPEST = 6
LIMITS = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("minLength", "length ≥ {}"),
    ("maxLength", "length ≤ {}"),
    ("minItems", "items ≥ {}"),
    ("maxItems", "items ≤ {}"),
    ("pattern", "{}"),
)

Schema = Mapping[str, Any]


class Field(Struct, frozen=True):
    """One field of a body: where it stands, what it is, whether it must be there, and its limits."""

    path: str
    kind: str
    required: bool
    limits: tuple[str, ...]
    values: tuple[str, ...]
    description: str


def resolve(document: Schema, schema: Schema) -> Schema:
    """The schema behind a reference; a choice between something and nothing is the something."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return {**resolve(document, choices[0]), **{k: v for k, v in schema.items() if k != "anyOf"}}
    return schema


def fields(document: Schema, schema: Schema, path: str = "", depth: int = 0) -> Iterator[Field]:
    """Every field of a body, an object's own fields below it."""
    schema = resolve(document, schema)
    if schema.get("type") == "array":
        yield from fields(document, schema.get("items", {}), f"{path}[]", depth)
        return
    required = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        found = resolve(document, part)
        where = f"{path}.{name}" if path else name
        yield _field(document, found, where, name in required)
        if depth < DEEPEST:
            yield from fields(document, found, where, depth + 1)


def _field(document: Schema, schema: Schema, path: str, required: bool) -> Field:
    inner = resolve(document, schema.get("items", {})) if schema.get("type") == "array" else schema
    return Field(
        path=path,
        kind=_kind(document, schema),
        required=required,
        limits=tuple(text.format(schema[key]) for key, text in LIMITS if key in schema),
        values=tuple(str(value) for value in inner.get("enum", ()))
        if len(inner.get("enum", ())) <= 30
        else (),
        description=" ".join(str(schema.get("description", "")).split()),
    )


def _kind(document: Schema, schema: Schema) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(document, resolve(document, one)) for one in schema["anyOf"])
    kind = schema.get("type") or ("string" if "enum" in schema else "any")
    if kind == "array":
        return f"{_kind(document, resolve(document, schema.get('items', {})))}[]"
    return str(schema.get("format") or kind)


def example(document: Schema, schema: Schema, depth: int = 0) -> Any:
    """A small value of this shape; optional fields are left out."""
    schema = resolve(document, schema)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    kind = schema.get("type")
    if kind == "object":
        wanted = set(schema.get("required", ()))
        parts = schema.get("properties", {}) if depth < DEEPEST else {}
        return {name: example(document, part, depth + 1) for name, part in parts.items() if name in wanted}
    if kind == "array":
        return [example(document, schema.get("items", {}), depth + 1)] if schema.get("minItems", 1) else []
    return _scalar(kind, schema)


def _scalar(kind: Any, schema: Schema) -> Any:
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if schema.get("format") == "date-time":
        return "2026-12-01T09:00:00Z"
    if schema.get("format") == "date":
        return "2026-12-01"
    return "…"


def curl(document: Schema, method: str, path: str, operation: Schema, origin: str) -> str:
    """A call to copy into a terminal."""
    lines = [f"curl -X {method} '{origin}{path}'"]
    names = {part["name"] for part in operation.get("parameters", ())}
    permission = operation.get("x-permission", "")
    if permission == "cart-token":
        lines.append("-H 'Torg-Token: …'")
    elif permission != "public":
        lines.append("-H 'Authorization: Bearer torg_sk_…'")
    if "Idempotency-Key" in names:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(example(document, body['schema']), ensure_ascii=False)}'")
    return " \\\n  ".join(lines)
