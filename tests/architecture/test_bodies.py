"""Bodies that msgspec can read without harm.

msgspec 0.22 corrupts memory when it reads a union of a text with a pattern and a list, dict, tuple or set: the process
dies, later and elsewhere. No body of ours may hold one.
"""

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from msgspec import Meta, Struct
from msgspec.json import encode
from msgspec.structs import fields

from torg import app
from torg.kernel import openapi
from torg.settings import Settings

CONTAINERS = (list, dict, tuple, set, frozenset)


def parts(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """A type and every type inside it."""
    yield kind
    if isinstance(kind, type) and issubclass(kind, Struct) and kind not in seen:
        seen.add(kind)
        for inner in get_type_hints(kind, include_extras=True).values():
            yield from parts(inner, seen)
    for inner in get_args(kind):
        if not isinstance(inner, Meta):
            yield from parts(inner, seen)


def harms(kind: Any) -> bool:
    """Whether this is a union that msgspec cannot read."""
    if get_origin(kind) not in {Union, types.UnionType}:
        return False
    members = get_args(kind)
    patterned = any(
        get_origin(one) is Annotated
        and any(isinstance(meta, Meta) and meta.pattern for meta in one.__metadata__)
        for one in members
    )
    return patterned and any((get_origin(one) or one) in CONTAINERS for one in members)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Annotated[str, Meta(pattern="^a")] | list[int], True),
        (Annotated[str, Meta(pattern="^a")] | None, False),
        (str | list[int], False),
    ],
)
def test_the_harmful_union_is_recognised(kind: Any, expected: bool) -> None:
    assert harms(kind) is expected


def test_no_body_holds_a_union_that_crashes_its_reader() -> None:
    built = app.create(Settings(environment="demo", secret="s" * 40))
    found = [
        f"{route.method} {route.path}: {part}"
        for route in openapi.routes(built)
        if route.body is not None
        for part in parts(route.body, set())
        if harms(part)
    ]
    assert not found


def unhashable_defaults(kinds: Iterable[Any]) -> Iterator[str]:
    """Structs with a default that cannot be hashed, such as a struct with a table in it."""
    for kind in kinds:
        for one in fields(kind) if isinstance(kind, type) and issubclass(kind, Struct) else ():
            try:
                hash(one.default)
            except TypeError:
                yield f"{kind.__name__}.{one.name}"


def test_every_default_of_a_body_can_be_told_in_the_description_of_the_api() -> None:
    class Table(Struct, frozen=True):
        left_out: dict[str, int] = {}

    class Outer(Struct, frozen=True):
        table: Table = Table()

    assert list(unhashable_defaults([Table, Outer])) == ["Outer.table"]
    built = app.create(Settings(environment="demo", secret="s" * 40))
    seen: set[Any] = set()
    for route in openapi.routes(built):
        list(parts(route.body, seen))
    assert not list(unhashable_defaults(seen))
    assert encode(built.openapi_schema.to_schema())
