"""What fulfilment tells the rest of Torg."""

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from msgspec.structs import replace

from torg.fulfilment.model import Fulfilment, Plan
from torg.kernel.events import Event


class FulfilmentEvent(Event, frozen=True, kw_only=True):
    """A fact about what one location does for an order."""

    family: ClassVar[str] = "order"

    order_id: UUID
    fulfilment_id: UUID
    location: str
    channel: str
    kind: str
    units: dict[str, int]
    """How many units of each of the order's lines, by the line's id."""

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.fulfilment_id)

    @classmethod
    def of(cls, fulfilment: Fulfilment) -> Self:
        """The fact about this fulfilment."""
        return cls(
            order_id=fulfilment.order_id,
            fulfilment_id=fulfilment.id,
            location=fulfilment.location,
            channel=fulfilment.channel,
            kind=fulfilment.kind.value,
            units={str(line.line_id): line.quantity for line in fulfilment.lines},
        )

    @classmethod
    def of_plan(cls, order_id: UUID, id: UUID, plan: Plan) -> Self:
        """The fact about the fulfilment that this plan has become."""
        return cls(
            order_id=order_id,
            fulfilment_id=id,
            location=plan.location,
            channel=plan.channel,
            kind=plan.kind.value,
            units={str(line.line_id): line.quantity for line in plan.lines},
        )


class FulfilmentPlanned(FulfilmentEvent, frozen=True, kw_only=True):
    """A location was told what to send or to keep ready."""

    type: ClassVar[str] = "fulfilment.planned"


class FulfilmentShipped(FulfilmentEvent, frozen=True, kw_only=True):
    """A parcel left with a carrier."""

    type: ClassVar[str] = "fulfilment.shipped"


class FulfilmentReady(FulfilmentEvent, frozen=True, kw_only=True):
    """The goods wait for the customer."""

    type: ClassVar[str] = "fulfilment.ready"


class FulfilmentCollected(FulfilmentEvent, frozen=True, kw_only=True):
    """The customer has come and taken the goods."""

    type: ClassVar[str] = "fulfilment.collected"


class FulfilmentHandedOver(FulfilmentEvent, frozen=True, kw_only=True):
    """The customer carried the goods out as she bought them."""

    type: ClassVar[str] = "fulfilment.handed_over"


class FulfilmentRejected(FulfilmentEvent, frozen=True, kw_only=True):
    """The place cannot send these units; `units` are those, and `reasons` say why, by line."""

    type: ClassVar[str] = "fulfilment.rejected"

    rejection_id: UUID
    reasons: dict[str, str]


class FulfilmentPicked(FulfilmentEvent, frozen=True, kw_only=True):
    """The goods were taken off their shelves and lie together."""

    type: ClassVar[str] = "fulfilment.picked"


class FulfilmentReduced(FulfilmentEvent, frozen=True, kw_only=True):
    """The location has less to send than it was told; `units` are those that were taken off, by line."""

    type: ClassVar[str] = "fulfilment.reduced"

    @classmethod
    def of_units(cls, fulfilment: Fulfilment, units: Mapping[UUID, int]) -> Self:
        """So many units of its lines were taken off this fulfilment."""
        return replace(cls.of(fulfilment), units={str(line): number for line, number in units.items()})


class FulfilmentCancelled(FulfilmentEvent, frozen=True, kw_only=True):
    """Nothing will be sent or kept ready."""

    type: ClassVar[str] = "fulfilment.cancelled"
