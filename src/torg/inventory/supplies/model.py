"""The words of goods on their way, and what can be refused."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound, Refused


class SupplyKind(StrEnum):
    """Where the goods come from."""

    purchase = "purchase"
    """Ordered from a supplier."""
    transfer = "transfer"
    """Sent from another location."""


class SupplyState(StrEnum):
    """On its way until all has arrived or the rest was given up."""

    on_its_way = "on_its_way"
    arrived = "arrived"
    closed = "closed"


class Rest(StrEnum):
    """What became of the goods that will not arrive."""

    not_delivered = "not_delivered"
    """The supplier does not send them."""
    lost = "lost"
    """They left and are gone."""
    returned = "returned"
    """They are back where they were sent from."""


class Wanted(Struct, frozen=True):
    """So many of a variant are ordered or sent."""

    variant_id: UUID
    quantity: int


class Arrival(Struct, frozen=True):
    """So many arrived whole, and so many broken."""

    variant_id: UUID
    quantity: int
    damaged: int = 0


class SupplyLine(Struct, frozen=True):
    """How many of a variant were ordered or sent, and what arrived of them so far."""

    variant_id: UUID
    quantity: int
    received: int = 0
    damaged: int = 0

    @property
    def rest(self) -> int:
        """How many are still expected; a supplier may have sent more than was ordered."""
        return max(0, self.quantity - self.received - self.damaged)


class Supply(Struct, frozen=True):
    """A purchase order or a transfer."""

    id: UUID
    kind: SupplyKind
    state: SupplyState
    location: str
    source: str | None
    supplier: str | None
    reference: str | None
    expected_on: date | None
    rest: Rest | None
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    version: int
    lines: tuple[SupplyLine, ...]


class UnknownSupply(NotFound):
    """There is no such purchase order or transfer, or the actor may look at neither end of it."""

    code = "unknown-supply"
    message = "There is no purchase order or transfer {supply}."


class NotOnItsWay(Conflict):
    """All of it has arrived, or the rest was given up."""

    code = "not-on-its-way"
    message = "Nothing of this is on its way any more."


class NotExpected(Refused):
    """Goods arrived that were neither ordered nor sent."""

    code = "not-expected"
    message = "Not on this order: {variants}."


class MoreThanSent(Refused):
    """More would arrive than was sent."""

    code = "more-than-sent"
    message = "More than was sent: {variants}."


class SameLocation(Refused):
    """Goods are not sent to where they are."""

    code = "same-location"
    message = "Goods cannot be sent from {location} to {location}."
