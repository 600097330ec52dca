"""What can go wrong, in words of the domain.

    TorgError
    ├── Invalid           the input is malformed; names every wrong field
    ├── Unauthenticated   nobody is signed in, and somebody must be
    ├── Forbidden         this actor may not
    ├── NotFound          there is no such thing, or not for this actor
    ├── Conflict          somebody else was faster, or the same key was used for something else
    ├── Refused           the rules say no
    ├── TooMany           slow down
    └── Unavailable       not now; the same call may succeed later

Each refusal is a class of its own in its context's `model.py` with a stable `code`, and carries the facts that a caller
needs. None knows of HTTP: `kernel/http.py` alone turns them into RFC 9457 problem details. Texts for people, in six
languages, are found by `code`; `message` is the English one for logs and developers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct


class FieldProblem(Struct, frozen=True):
    """One wrong field: where it stands (`lines.0.quantity`), what is wrong with it, in a stable word and in English."""

    field: str
    code: str
    message: str


class TorgError(Exception):
    """A refusal with a stable code and the facts behind it; what was asked for has not happened."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "Something went wrong."

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """The English sentence with the facts filled in."""
        return self.message.format_map(_Facts(self.facts))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"({key})"


class Invalid(TorgError):
    """The input is malformed. Carries all wrong fields, never only the first."""

    code = "invalid"
    message = "Some fields are not valid."

    def __init__(self, *problems: FieldProblem, **facts: Any) -> None:
        self.problems = problems
        super().__init__(**facts)

    @classmethod
    def of(cls, *problems: FieldProblem) -> "Invalid":
        """An error that names these fields."""
        return cls(*problems)

    def __str__(self) -> str:
        return f"{self.detail} " + "; ".join(f"{p.field}: {p.message}" for p in self.problems)


class Unauthenticated(TorgError):
    """Nobody is signed in, or what was presented proves nothing."""

    code = "unauthenticated"
    message = "Sign in first."


class Forbidden(TorgError):
    """The actor is known and may not do this."""

    code = "forbidden"
    message = "You do not have the right {permission} here."


class NotFound(TorgError):
    """There is no such thing, or this actor may not know of it."""

    code = "not-found"
    message = "There is no such thing."


class Conflict(TorgError):
    """Somebody else was faster."""

    code = "conflict"
    message = "Somebody else changed this in the meantime."


class StaleVersion(Conflict):
    """The caller decided on a version that is no longer the present one."""

    code = "stale-version"
    message = "Version {given} is no longer the present one ({present})."


class Refused(TorgError):
    """The rules say no."""

    code = "refused"
    message = "That is not possible."


class TooMany(TorgError):
    """Too much in too short a time. `retry_after` (seconds) is among the facts."""

    code = "too-many-requests"
    message = "Too many requests. Try again in {retry_after} seconds."


class Unavailable(TorgError):
    """Not now; the same call may succeed later."""

    code = "unavailable"
    message = "Torg cannot answer just now. Try again in a moment."
