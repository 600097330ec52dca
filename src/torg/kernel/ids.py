"""Identifiers: a uuidv7 in the database, `ord_0198…` everywhere outside.

Time-ordered ids keep index inserts at the right edge, and made here rather than by the database they can be known
before a row is written (a cart's id becomes its order's id). The prefix tells people and programs what an id names;
it grants nothing.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID, SafeUUID

from uuid_utils import uuid7

from torg.kernel.errors import NotFound

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
UNSAID: Final = SafeUUID.unknown


class UnknownId(NotFound):
    """The text is not an id of the kind that was asked for, so nothing can be found under it."""

    code = "unknown-id"
    message = "There is nothing with the id {id}."


Hex: TypeAlias = str
"""An identifier as its 32 digits: so it is kept where a page reads hundreds of them only to hand them on."""


def array(ids: Iterable[Hex]) -> str:
    """Many identifiers as one parameter, `%(ids)s::text::uuid[]`.

    >>> array(["01980000000070008000000000000001"])
    '{01980000000070008000000000000001}'
    """
    return f"{{{','.join(ids)}}}"


def new_id() -> UUID:
    """A new time-ordered identifier (uuidv7, RFC 9562)."""
    # Put together by hand: looking at its own number again would cost a UUID three times as much as all else.
    id, put = object.__new__(UUID), object.__setattr__
    put(id, "int", uuid7().int)
    put(id, "is_safe", UNSAID)
    return id


def derived_id(at: datetime, *names: str) -> UUID:
    """The identifier of something that happened then and has these names elsewhere: the same for the same, shaped and
    sorted as a uuidv7.

    >>> derived_id(datetime(2010, 12, 1, 8, 26, tzinfo=UTC), "online-retail", "536365")
    UUID('012ca109-c1c0-76f3-94c9-099874f52d0a')
    """
    milliseconds = (at - EPOCH) // MILLISECOND
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError("a time before 1970 has no uuidv7")
    spread = int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:10])
    random_a, random_b = spread & 0xFFF, spread >> 12 & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | random_a << 64 | 2 << 62 | random_b)


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
