"""The words of saved lists."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import NotFound, Refused

MOST_LISTS: Final = 50
MOST_ITEMS: Final = 200


class Item(Struct, frozen=True):
    """Something on a list: a variant, how many, and what she noted."""

    variant_id: UUID
    quantity: int
    note: str | None
    added_at: datetime


class SavedList(Struct, frozen=True):
    """A customer's list under its name; `share_hash` is there while a link shows it to others."""

    customer_id: UUID
    id: UUID
    name: str
    version: int
    created_at: datetime
    changed_at: datetime
    items: tuple[Item, ...] = ()
    share_hash: bytes | None = None


class UnknownList(NotFound):
    """There is no such list, it is somebody else's, or it is not shared any more."""

    code = "unknown-list"
    message = "There is no list {list}."


class TooManyLists(Refused):
    """She has as many lists as can be."""

    code = "too-many-lists"
    message = "At most {most} lists can be kept."


class ListFull(Refused):
    """The list has as many goods on it as can be."""

    code = "list-full"
    message = "A list has at most {most} goods."
