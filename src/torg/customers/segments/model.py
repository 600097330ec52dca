"""The words of segments, and what can go wrong with them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound

MOST_AT_ONCE: Final = 1_000
"""So many customers are put into a segment, or taken out of it, at once; a longer list is sent in parts."""


class Segment(Struct, frozen=True):
    """A list of customers whom something is meant for, such as those who have not bought for long."""

    code: str
    name: str
    version: int = 1


class InSegment(Struct, frozen=True):
    """A customer of a segment, and since when she is."""

    customer_id: UUID
    since: datetime


class Moved(Struct, frozen=True):
    """Who came into a segment and who left it by one call; who was there, or was not, is not told."""

    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]


class UnknownSegment(NotFound):
    """No segment has this code."""

    code = "unknown-segment"
    message = "There is no segment {segment}."


class SegmentTaken(Conflict):
    """Somebody made a segment under this code before."""

    code = "segment-taken"
    message = "There already is a segment {segment}."
