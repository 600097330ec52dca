"""Identifiers: a uuidv7 in the database, `ord_0198…` everywhere outside.

Time-ordered ids keep index inserts at the right edge, and made here rather than by the database they can be known
before a row is written (a cart's id becomes its order's id). The prefix tells people and programs what an id names;
it grants nothing.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from torg.kernel.errors import NotFound


class UnknownId(NotFound):
    """The text is not an id of the kind that was asked for, so nothing can be found under it."""

    code = "unknown-id"
    message = "There is nothing with the id {id}."


def new_id() -> UUID:
    """A new time-ordered identifier (uuidv7, RFC 9562)."""
    return uuid7()


def public(prefix: str, id: UUID) -> str:
    """The identifier as the outside sees it.

    >>> public("ord", UUID("01980000-0000-7000-8000-000000000001"))
    'ord_01980000000070008000000000000001'
    """
    return f"{prefix}_{id.hex}"


def parse(prefix: str, text: str) -> UUID:
    """The identifier behind a public one; raises `UnknownId` for any other text."""
    kind, _, digits = text.partition("_")
    if (
        kind == prefix
        and len(digits) == 32
        and digits.isascii()
        and digits.isalnum()
        and digits == digits.lower()
    ):
        try:
            return UUID(hex=digits)
        except ValueError:
            pass  # not hexadecimal: told below, like every other malformed id
    raise UnknownId(id=text[:80])
