"""What fulfilment tells the rest of Torg."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from msgspec.structs import replace

from torg.fulfilment.model import Fulfilment, Packed, Parcel, Plan, Shipment
from torg.kernel.events import Event


def by_line(contents: Sequence[Packed]) -> dict[str, int]:
    """How many units of each of the order's lines these are, by the line's id."""
    units: dict[str, int] = {}
    for one in contents:
        units[str(one.line_id)] = units.get(str(one.line_id), 0) + one.quantity
    return units


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
    """Parcels left with a carrier; `units` are what is in them."""

    type: ClassVar[str] = "fulfilment.shipped"

    shipment_id: UUID | None = None

    @classmethod
    def of_shipment(cls, fulfilment: Fulfilment, shipment_id: UUID, contents: Sequence[Packed]) -> Self:
        """The fact that these units of it have left."""
        return replace(cls.of(fulfilment), units=by_line(contents), shipment_id=shipment_id)


class FulfilmentReady(FulfilmentEvent, frozen=True, kw_only=True):
    """The goods wait for the customer."""

    type: ClassVar[str] = "fulfilment.ready"


class FulfilmentCollected(FulfilmentEvent, frozen=True, kw_only=True):
    """The customer has come and taken the goods."""

    type: ClassVar[str] = "fulfilment.collected"


class FulfilmentDelivered(FulfilmentEvent, frozen=True, kw_only=True):
    """A parcel has arrived with its customer; `units` are what is in it. From then on she may send it back."""

    type: ClassVar[str] = "fulfilment.delivered"

    parcel_id: UUID
    delivered_at: datetime

    @classmethod
    def of_parcel(cls, fulfilment: Fulfilment, parcel: Parcel, at: datetime) -> Self:
        """The fact that this parcel of it has arrived."""
        return cls(
            order_id=fulfilment.order_id,
            fulfilment_id=fulfilment.id,
            location=fulfilment.location,
            channel=fulfilment.channel,
            kind=fulfilment.kind.value,
            units=by_line(parcel.contents),
            parcel_id=parcel.id,
            delivered_at=at,
        )


class FulfilmentNotCollected(FulfilmentEvent, frozen=True, kw_only=True):
    """Nobody came for the goods in time: they are back on the shelf, and what was paid for them is to be given back."""

    type: ClassVar[str] = "fulfilment.not_collected"


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


class ShipmentRefused(Event, frozen=True, kw_only=True):
    """A carrier does not take a shipment; its goods have to be packed anew."""

    type: ClassVar[str] = "shipment.refused"
    family: ClassVar[str] = "order"

    order_id: UUID
    shipment_id: UUID
    carrier: str
    location: str
    code: str

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.shipment_id)

    @classmethod
    def of(cls, shipment: Shipment, code: str) -> Self:
        """The fact about this shipment."""
        return cls(
            order_id=shipment.order_id,
            shipment_id=shipment.id,
            carrier=shipment.carrier,
            location=shipment.location,
            code=code,
        )


class ParcelEvent(Event, frozen=True, kw_only=True):
    """A fact about a parcel: on its way to a customer, or with a `return_id` on its way back."""

    family: ClassVar[str] = "order"

    order_id: UUID
    parcel_id: UUID
    shipment_id: UUID
    fulfilment_id: UUID | None
    return_id: UUID | None
    carrier: str
    tracking: str | None
    location: str
    state: str
    at: datetime

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.parcel_id)

    @classmethod
    def of(cls, parcel: Parcel, shipment: Shipment, state: str, at: datetime) -> Self:
        """The fact about this parcel of a shipment."""
        return cls(
            order_id=parcel.order_id,
            parcel_id=parcel.id,
            shipment_id=shipment.id,
            fulfilment_id=shipment.fulfilment_id,
            return_id=shipment.return_id,
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            location=shipment.location,
            state=state,
            at=at,
        )


class ParcelMoved(ParcelEvent, frozen=True, kw_only=True):
    """A parcel has come further; `lost` and `returned` ones have to be seen to."""

    type: ClassVar[str] = "parcel.moved"


class ParcelSettled(ParcelEvent, frozen=True, kw_only=True):
    """Somebody has seen to a parcel that was lost or came back; `state` says how."""

    type: ClassVar[str] = "parcel.settled"
