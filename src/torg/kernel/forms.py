"""Input that came from outside, turned into Structs, with every wrong field named at once.

msgspec stops at the first error; people and programs want them all. So the fast way is taken first, and only input
that fails it is walked field by field.
"""

import re
import types
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from torg.kernel.errors import FieldProblem, Invalid

T = TypeVar("T")

MOST = 100  # problems that one refusal tells: a small body could else ask for a huge answer

# msgspec tells what is wrong in English only; these are its sentences, and the stable words that we give for them.
CODES = (
    (re.compile(r"missing required field"), "required"),
    (re.compile(r"unknown field"), "unknown-field"),
    (re.compile(r"`(str|array|object|bytes)` of length"), "wrong-length"),
    (re.compile(r"matching regex"), "wrong-format"),
    (re.compile(r"Invalid enum value"), "unknown-value"),
    (re.compile(r"[<>]=? -?[\d.]+"), "out-of-range"),
    (re.compile(r"Invalid "), "wrong-format"),
)


def parse(kind: type[T], value: Any, *, strict: bool = True) -> T:
    """The value as a `kind`; raises `Invalid` naming every wrong field. `strict=False` reads numbers from texts."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        problems = tuple(islice(_walk(kind, value, "", strict), MOST)) or (_problem("", str(error)),)
        raise Invalid.of(*problems) from None


def problems(kind: Any, value: Any, *, strict: bool = True) -> tuple[FieldProblem, ...]:
    """Everything that keeps the value from being a `kind`; nothing when it is one."""
    return tuple(islice(_walk(kind, value, "", strict), MOST))


def _walk(kind: Any, value: Any, path: str, strict: bool) -> Iterator[FieldProblem]:
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        inner = list(_inside(_plain(kind, value), value, path, strict))
        yield from inner or [_problem(path, str(error))]


def _inside(kind: Any, value: Any, path: str, strict: bool) -> Iterator[FieldProblem]:
    if isinstance(kind, type) and issubclass(kind, Struct) and isinstance(value, Mapping):
        yield from _fields(kind, value, path, strict)
    elif get_origin(kind) in {list, tuple, set, frozenset} and isinstance(value, list | tuple):
        item = (get_args(kind) or (Any,))[0]
        for index, element in enumerate(value):
            yield from _walk(item, element, _join(path, str(index)), strict)
    elif get_origin(kind) is dict and isinstance(value, Mapping):
        key_kind, item = get_args(kind)
        for key, element in value.items():
            yield from _walk(key_kind, key, _join(path, str(key)[:80]), strict)
            yield from _walk(item, element, _join(path, str(key)[:80]), strict)


def _fields(kind: type[Struct], value: Mapping[str, Any], path: str, strict: bool) -> Iterator[FieldProblem]:
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in known.items():
        if name in value:
            yield from _walk(field.type, value[name], _join(path, name), strict)
        elif field.required:
            yield FieldProblem(field=_join(path, name), code="required", message="This field is required.")
    if kind.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in known:
                yield FieldProblem(
                    field=_join(path, str(name)[:80]), code="unknown-field", message="There is no such field."
                )


def _plain(kind: Any, value: Any) -> Any:
    """The one member of the type that the value seems to be meant for, without its constraints."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0], value)
    if get_origin(kind) in {Union, types.UnionType}:
        members = [m for m in get_args(kind) if m not in {type(None), UnsetType} and m is not UNSET]
        return _plain(members[0], value) if len(members) == 1 else kind
    return kind


def _problem(path: str, sentence: str) -> FieldProblem:
    text = sentence.split(" - at `")[0]
    code = next((code for pattern, code in CODES if pattern.search(text)), "wrong-type")
    return FieldProblem(field=path, code=code, message=text.replace("`", "") + ".")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
