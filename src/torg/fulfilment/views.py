"""Fulfilments, shipments and parcels as the API shows them, and parcels as it is told of them."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from torg.customers import Address
from torg.fulfilment.model import (
    Box,
    Fulfilment,
    FulfilmentKind,
    FulfilmentState,
    Packed,
    Parcel,
    ParcelState,
    ProvedBy,
    Rejection,
    Shipment,
    ShipmentState,
)
from torg.inventory import MOST_UNITS, RejectionReason
from torg.kernel import ids

TAGS = ["fulfilment"]

Grams = Annotated[int, Meta(ge=1, le=2_000_000)]
Millimetres = Annotated[int, Meta(ge=1, le=20_000)]


class PackedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many units of a line, of a bundle of which variant, in a parcel."""

    line: Annotated[str, Meta(max_length=40, examples=["lin_01980000000070008000000000000001"])]
    variant: Annotated[str, Meta(max_length=40, examples=["var_01980000000070008000000000000001"])]
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]


class BoxGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel as it is packed; one without `lines` has all that is left to send."""

    lines: Annotated[tuple[PackedLine, ...], Meta(max_length=500)] = ()
    weight_g: Grams | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None


def box(said: BoxGiven, *, tracking: str | None = None, tracking_url: str | None = None) -> Box:
    """The parcel that was told."""
    contents = [
        Packed(ids.parse("lin", one.line), ids.parse("var", one.variant), one.quantity) for one in said.lines
    ]
    return Box(
        contents=tuple(contents),
        weight_g=said.weight_g,
        length_mm=said.length_mm,
        width_mm=said.width_mm,
        height_mm=said.height_mm,
        tracking=tracking,
        tracking_url=tracking_url,
    )


class PackedView(Struct, frozen=True):
    """So many units of a line in a parcel."""

    line: str
    variant: str
    quantity: int


class FulfilmentLineView(Struct, frozen=True):
    """So many units of a line, of which in a list some cannot leave yet: they are not there, or not out."""

    line: str
    variant: str
    sku: str
    name: str
    quantity: int
    waits: int = 0
    expected: date | None = None
    gone: int = 0


class ParcelView(Struct, frozen=True):
    """What is in one box, and how far it has come; `shipped_at` is missing until a carrier has it."""

    id: str
    carrier: str
    tracking: str | None
    tracking_url: str | None
    shipped_at: datetime | None
    shipment: str | None
    state: ParcelState
    state_at: datetime | None
    delivered_at: datetime | None
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    lines: list[PackedView]

    @classmethod
    def of(cls, parcel: Parcel) -> "ParcelView":
        """The parcel as staff see it."""
        return cls(
            id=ids.public("par", parcel.id),
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            tracking_url=parcel.tracking_url,
            shipped_at=parcel.shipped_at,
            shipment=ids.public("shp", parcel.shipment_id) if parcel.shipment_id else None,
            state=parcel.state,
            state_at=parcel.state_at,
            delivered_at=parcel.delivered_at,
            weight_g=parcel.weight_g,
            length_mm=parcel.length_mm,
            width_mm=parcel.width_mm,
            height_mm=parcel.height_mm,
            lines=[
                PackedView(ids.public("lin", one.line_id), ids.public("var", one.variant_id), one.quantity)
                for one in parcel.contents
            ],
        )


class ShipmentView(Struct, frozen=True):
    """Parcels that leave together with one carrier; `code` says why it did not take them."""

    id: str
    order: str
    fulfilment: str | None
    carrier: str
    plugged: bool
    service: str | None
    state: ShipmentState
    reference: str | None
    code: str | None
    location: str
    created_at: datetime
    booked_at: datetime | None
    shipped_at: datetime | None
    version: int

    @classmethod
    def of(cls, shipment: Shipment) -> "ShipmentView":
        """The shipment as staff see it."""
        return cls(
            id=ids.public("shp", shipment.id),
            order=ids.public("ord", shipment.order_id),
            fulfilment=ids.public("ful", shipment.fulfilment_id) if shipment.fulfilment_id else None,
            carrier=shipment.carrier,
            plugged=shipment.plugged,
            service=shipment.service,
            state=shipment.state,
            reference=shipment.reference,
            code=shipment.code,
            location=shipment.location,
            created_at=shipment.created_at,
            booked_at=shipment.booked_at,
            shipped_at=shipment.shipped_at,
            version=shipment.version,
        )


class RejectionView(Struct, frozen=True):
    """What the place could not send, and why."""

    id: str
    line: str
    variant: str
    sku: str
    name: str
    quantity: int
    reason: RejectionReason
    note: str | None
    by: str
    at: datetime

    @classmethod
    def of(cls, rejection: Rejection) -> "RejectionView":
        """The rejection as staff see it."""
        return cls(
            id=ids.public("rej", rejection.id),
            line=ids.public("lin", rejection.line_id),
            variant=ids.public("var", rejection.variant_id),
            sku=rejection.sku,
            name=rejection.name,
            quantity=rejection.quantity,
            reason=rejection.reason,
            note=rejection.note,
            by=rejection.actor,
            at=rejection.at,
        )


class FulfilmentView(Struct, frozen=True):
    """What one location sends to a customer, or keeps ready; `round` counts the places that were asked for it.

    A pick-up was promised for `ready_at`, waits since `waits_since` and is kept until `collect_until`.
    """

    id: str
    order: str
    number: str
    location: str
    store: str | None
    channel: str
    method: str
    kind: FulfilmentKind
    state: FulfilmentState
    recipient: str
    address: Address | None
    lines: list[FulfilmentLineView]
    parcels: list[ParcelView]
    shipments: list[ShipmentView]
    rejections: list[RejectionView]
    round: int
    picker: str | None
    ready_at: datetime | None
    waits_since: datetime | None
    collect_until: datetime | None
    reminded_at: datetime | None
    proved_by: ProvedBy | None
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, fulfilment: Fulfilment) -> "FulfilmentView":
        """The fulfilment as the outside sees it; the customer's code is not in it."""
        return cls(
            id=ids.public("ful", fulfilment.id),
            order=ids.public("ord", fulfilment.order_id),
            number=fulfilment.number,
            location=fulfilment.location,
            store=fulfilment.store,
            channel=fulfilment.channel,
            method=fulfilment.method,
            kind=fulfilment.kind,
            state=fulfilment.state,
            recipient=fulfilment.recipient,
            address=fulfilment.address,
            lines=[
                FulfilmentLineView(
                    ids.public("lin", line.line_id),
                    ids.public("var", line.variant_id),
                    line.sku,
                    line.name,
                    line.quantity,
                    line.waits,
                    line.expected,
                    line.gone,
                )
                for line in fulfilment.lines
            ],
            parcels=[ParcelView.of(parcel) for parcel in fulfilment.parcels],
            shipments=[ShipmentView.of(shipment) for shipment in fulfilment.shipments],
            rejections=[RejectionView.of(rejection) for rejection in fulfilment.rejections],
            round=fulfilment.round,
            picker=fulfilment.picker,
            ready_at=fulfilment.ready_at,
            waits_since=fulfilment.waits_since,
            collect_until=fulfilment.collect_until,
            reminded_at=fulfilment.reminded_at,
            proved_by=fulfilment.proved_by,
            created_at=fulfilment.created_at,
            updated_at=fulfilment.updated_at,
            version=fulfilment.version,
        )
