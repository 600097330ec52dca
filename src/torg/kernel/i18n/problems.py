"""Refusals in the reader's language, found by the error's stable code.

A text that is missing (a plug-in that was not translated) is answered by the error's own English sentence:
the reason for a refusal must reach its reader even when nobody translated it. `./torg check` keeps that from
happening to ours.
"""

from typing import Any, NamedTuple

from torg.kernel import errors
from torg.kernel.errors import FieldProblem, TorgError
from torg.kernel.i18n.words import words

KINDS = (
    errors.Invalid,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.Refused,
    errors.TooMany,
    errors.Unavailable,
)


class Told(NamedTuple):
    """A refusal for people: the kind of refusal in two words, and what happened."""

    title: str
    detail: str


class _Facts(dict[str, Any]):
    """Facts of an error; one that was not given shows its name in brackets, as the English message does."""

    def __missing__(self, key: str) -> str:
        return f"({key})"


def problem_text(language: str, error: TorgError, *, region: str | None = None, zone: str = "UTC") -> Told:
    """What to tell a person about this refusal."""
    reader = words(language, region, zone)
    kind = next((kind for kind in KINDS if isinstance(error, kind)), TorgError)
    message = reader.find(f"error.{error.code}")
    detail = error.detail if message is None else reader.fill(message, _Facts(error.facts))
    return Told(reader.text(f"problem.title.{kind.code}"), detail)


def field_text(language: str, problem: FieldProblem) -> str:
    """What to tell a person about one wrong field."""
    reader = words(language)
    message = reader.find(f"field.{problem.code}")
    return problem.message if message is None else reader.fill(message, {})
