"""The words of counting, and what can be refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound, Refused


class CountKind(StrEnum):
    """Some variants of a location, or everything that it has."""

    cycle = "cycle"
    full = "full"


class CountState(StrEnum):
    """Open until the levels are set right, or it is given up."""

    open = "open"
    closed = "closed"
    cancelled = "cancelled"


class Count(Struct, frozen=True):
    """A count of a location; `blind` counters are not told what is expected. `open_lines` have no figure yet."""

    id: UUID
    location: str
    kind: CountKind
    blind: bool
    state: CountState
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    version: int
    lines: int = 0
    open_lines: int = 0


class CountLine(Struct, frozen=True):
    """How many were counted, and how many were on hand by the books at that moment."""

    variant_id: UUID
    expected: int | None
    counted: int | None
    counted_by: str | None
    counted_at: datetime | None


class Figure(Struct, frozen=True):
    """So many of a variant were counted."""

    variant_id: UUID
    counted: int


class UnknownCount(NotFound):
    """There is no such count, or the actor may not look there."""

    code = "unknown-count"
    message = "There is no count {count}."


class CountNotOpen(Conflict):
    """The count was closed or cancelled."""

    code = "count-not-open"
    message = "This count is not open any more."


class CountUnfinished(Conflict):
    """Not every line has a figure."""

    code = "count-unfinished"
    message = "{count} lines have not been counted yet."


class CountPromised(Refused):
    """Fewer were counted than customers were promised; their orders have to be served from elsewhere first."""

    code = "count-promised"
    message = "Fewer were counted than are promised to customers: {variants}."
