"""Shipments over HTTP: packing, booking with a carrier, labels, leaving and giving up."""

from typing import Annotated, Final
from uuid import UUID, uuid5

from litestar import Response
from msgspec import Meta, Struct, field

from torg.fulfilment.carrier import Carriers
from torg.fulfilment.model import Box, Parcel, Shipment, ShipmentState
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.errands import carry_out
from torg.fulfilment.shipments.give_up import give_up
from torg.fulfilment.shipments.leave import send_off
from torg.fulfilment.shipments.model import LabelFormat
from torg.fulfilment.shipments.pack import pack
from torg.fulfilment.shipments.see import carriers, label, offering, see
from torg.fulfilment.views import (
    TAGS,
    BoxGiven,
    FulfilmentView,
    ParcelView,
    ShipmentView,
    box,
)
from torg.kernel import ids
from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, FromPath, read, write
from torg.markets import Code
from torg.permissions import Permission

ONCE: Final = UUID("6f726774-6f6e-5365-8d6f-7368697073ee")


class NewShipment(Struct, frozen=True, forbid_unknown_fields=True):
    """Parcels that one of the plugged-in carriers is to take along."""

    carrier: Code
    service: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    parcels: Annotated[tuple[BoxGiven, ...], Meta(min_length=1, max_length=99)] = field(
        default_factory=lambda: (BoxGiven(),)
    )


class ShipmentWithParcels(Struct, frozen=True):
    """A shipment with its parcels, and the formats in which it has labels."""

    shipment: ShipmentView
    parcels: list[ParcelView]
    labels: list[str]


class CarrierView(Struct, frozen=True):
    """A carrier that is plugged in."""

    code: str
    name: str
    services: list[str]


Whole = tuple[Shipment, list[Parcel], list[str]]


def _view(found: Whole) -> ShipmentWithParcels:
    shipment, parcels, formats = found
    return ShipmentWithParcels(ShipmentView.of(shipment), [ParcelView.of(one) for one in parcels], formats)


async def _whole(tx: Transaction, shipment: Shipment) -> Whole:
    parcels = await store.parcels(tx, shipment.order_id, shipment.id)
    return shipment, parcels, await store.formats(tx, shipment.order_id, shipment.id)


@read("/carriers", permission=Permission.fulfilment_read, summary="Carriers", tags=TAGS)
async def list_carriers(call: Call) -> list[CarrierView]:
    """The carriers that shipments can be booked with."""
    return [
        CarrierView(one.code, one.name, sorted(one.services))
        for one in carriers(call.ports.get(Carriers), by=call.actor)
    ]


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/shipments",
    permission=Permission.fulfilment_write,
    summary="Pack, and book with a carrier",
    tags=TAGS,
    status=201,
)
async def book_shipment(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str], data: Body[NewShipment]
) -> Response[ShipmentWithParcels]:
    """The goods are packed and the carrier is asked; while it is silent the shipment stays `booking`, and it is asked
    again.
    """
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    plugged = call.ports.get(Carriers)
    boxes: list[Box] = [box(one) for one in data.parcels]
    id = _id_of(call)

    async def steps() -> Whole:
        offering(plugged, data.carrier, data.service, by=call.actor)
        packed = await call.database.run(
            lambda tx: pack(
                tx,
                order,
                fulfilment,
                boxes,
                carrier=data.carrier,
                service=data.service,
                id=id,
                by=call.actor,
            ),
            actor=str(call.actor),
            repeatable=True,
        )
        asked = await carry_out(call.database, plugged, order, packed.id)
        return await call.database.read(lambda tx: _whole(tx, asked))

    return await call.chain(
        steps, view=_view, decided=lambda found: found[0].state is not ShipmentState.booking
    )


def _id_of(call: Call) -> UUID:
    """The id that a caller's Idempotency-Key supplies, so that a repeated call finds what the first one began."""
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return ids.new_id()
    return uuid5(ONCE, f"{call.actor}\n{call.request.url.path}\n{key}")


@read(
    "/orders/{order_id:str}/shipments/{shipment_id:str}",
    permission=Permission.fulfilment_read,
    summary="A shipment",
    tags=TAGS,
)
async def get_shipment(
    call: Call, order_id: FromPath[str], shipment_id: FromPath[str]
) -> ShipmentWithParcels:
    """The shipment with its parcels."""
    order, id = ids.parse("ord", order_id), ids.parse("shp", shipment_id)

    async def look(tx: Transaction) -> Whole:
        return await _whole(tx, await see(tx, order, id, by=call.actor))

    return _view(await call.read(look))


@read(
    "/orders/{order_id:str}/shipments/{shipment_id:str}/parcels/{parcel_id:str}/label/{format:str}",
    permission=Permission.fulfilment_read,
    summary="A parcel's label",
    tags=TAGS,
)
async def get_label(
    call: Call,
    order_id: FromPath[str],
    shipment_id: FromPath[str],
    parcel_id: FromPath[str],
    format: FromPath[LabelFormat],
) -> Response[bytes]:
    """What is glued on the parcel, as its carrier wrote it."""
    order, id, parcel = ids.parse("ord", order_id), ids.parse("shp", shipment_id), ids.parse("par", parcel_id)
    body = await call.read(lambda tx: label(tx, order, id, parcel, format, by=call.actor))
    headers = {
        "Content-Disposition": f'inline; filename="{parcel_id}.{format.value}"',
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=format.media_type, headers=headers)


@write(
    "POST",
    "/orders/{order_id:str}/shipments/{shipment_id:str}/hand-over",
    permission=Permission.fulfilment_write,
    summary="The carrier has taken it along",
    tags=TAGS,
)
async def hand_over_shipment(
    call: Call, order_id: FromPath[str], shipment_id: FromPath[str]
) -> Response[FulfilmentView]:
    """The goods leave the stock, and the customer is told."""
    order, id = ids.parse("ord", order_id), ids.parse("shp", shipment_id)
    return await call.write(lambda tx: send_off(tx, order, id, by=call.actor), view=FulfilmentView.of)


@write(
    "POST",
    "/orders/{order_id:str}/shipments/{shipment_id:str}/cancellation",
    permission=Permission.fulfilment_write,
    summary="Take back a shipment that has not left",
    tags=TAGS,
)
async def cancel_shipment(
    call: Call, order_id: FromPath[str], shipment_id: FromPath[str]
) -> Response[ShipmentView]:
    """Its goods can be packed anew, and its carrier is told."""
    order, id = ids.parse("ord", order_id), ids.parse("shp", shipment_id)
    return await call.write(lambda tx: give_up(tx, order, id, by=call.actor), view=ShipmentView.of)


ROUTES = [
    list_carriers,
    book_shipment,
    get_shipment,
    get_label,
    hand_over_shipment,
    cancel_shipment,
]
