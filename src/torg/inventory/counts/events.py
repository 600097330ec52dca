"""What happened to counts."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class CountClosed(Event, frozen=True, kw_only=True):
    """Levels were set right by counting: `lines` were counted, `differing` of them were not as in the books."""

    type: ClassVar[str] = "count.closed"
    family: ClassVar[str] = "value"

    count_id: UUID
    location: str
    lines: int
    differing: int
    units: int

    def key(self) -> str:
        return self.count_id.hex
