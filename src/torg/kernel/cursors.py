"""Cursors of lists: where a page ended, so that the next begins behind it whatever was added in between.

A cursor is the sort key of the last row that was shown, wrapped so that nobody builds on what is inside.
"""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from torg.kernel.errors import FieldProblem, Invalid

T = TypeVar("T")


def encode(*key: Any) -> str:
    """The cursor of a row with this sort key (texts, numbers, times, uuids)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode(cursor: str | None, kind: type[T]) -> T | None:
    """The sort key behind a cursor, as a tuple type (`tuple[datetime, UUID]`); None for the first page.

    Raises `Invalid` for a text that is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        problem = FieldProblem("cursor", "wrong-format", "This is not a cursor that this list gave out.")
        raise Invalid.of(problem) from None
