"""Tracking over HTTP: what carriers call to tell, what staff tell, and the list of what was lost or came back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.fulfilment.carrier import Carriers
from torg.fulfilment.model import ParcelEnd, ParcelState
from torg.fulfilment.tracking import hear
from torg.fulfilment.tracking.settle import settle, troubles
from torg.fulfilment.tracking.store import Trouble
from torg.fulfilment.views import TAGS, PackedView, ParcelView
from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, QueryParameter, read, write
from torg.permissions import Permission


class NewSighting(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody has seen or heard of a parcel; now, if not said when."""

    kind: ParcelState
    at: Annotated[datetime, Meta(tz=True)] | None = None
    place: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    note: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class Settlement(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a parcel; goods that came back may be `damaged`."""

    how: ParcelEnd
    damaged: bool = False


class CarrierHeard(Struct, frozen=True):
    """The call was understood; a carrier need not send it again."""

    heard: int


class TroubleView(Struct, frozen=True):
    """A parcel that was lost or came back, and that nobody has seen to."""

    parcel: str
    order: str
    shipment: str
    fulfilment: str
    number: str
    location: str
    channel: str
    carrier: str
    tracking: str | None
    state: ParcelState
    since: datetime
    lines: list[PackedView]

    @classmethod
    def of(cls, one: Trouble) -> "TroubleView":
        """The parcel as staff see it."""
        return cls(
            parcel=ids.public("par", one.id),
            order=ids.public("ord", one.order_id),
            shipment=ids.public("shp", one.shipment_id),
            fulfilment=ids.public("ful", one.fulfilment_id),
            number=one.number,
            location=one.location,
            channel=one.channel,
            carrier=one.carrier,
            tracking=one.tracking,
            state=one.state,
            since=one.state_at,
            lines=[
                PackedView(ids.public("lin", part.line_id), ids.public("var", part.variant_id), part.quantity)
                for part in one.contents
            ],
        )


@write(
    "POST",
    "/carriers/{carrier:str}/callback",
    permission=Open.public,
    summary="Where a carrier calls",
    tags=TAGS,
)
async def carrier_callback(call: Call, carrier: FromPath[str]) -> Response[CarrierHeard]:
    """Takes in what a carrier has seen; it must be signed in the carrier's own way."""
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    carriers = call.ports.get(Carriers)
    heard = await hear.hear_call(call.database, carriers, carrier, headers, await call.request.body())
    return Response(CarrierHeard(heard))


@write(
    "POST",
    "/orders/{order_id:str}/shipments/{shipment_id:str}/parcels/{parcel_id:str}/sightings",
    permission=Permission.fulfilment_write,
    summary="Tell what was seen of a parcel",
    tags=TAGS,
    status=201,
)
async def tell_sighting(
    call: Call,
    order_id: FromPath[str],
    shipment_id: FromPath[str],
    parcel_id: FromPath[str],
    data: Body[NewSighting],
) -> Response[ParcelView]:
    """For carriers that do not call: delivered, tried in vain, come back, lost."""
    order, shipment, parcel = (
        ids.parse("ord", order_id),
        ids.parse("shp", shipment_id),
        ids.parse("par", parcel_id),
    )
    return await call.write(
        lambda tx: hear.tell(
            tx,
            order,
            shipment,
            parcel,
            data.kind,
            at=data.at,
            place=data.place,
            note=data.note,
            by=call.actor,
        ),
        view=ParcelView.of,
    )


@read(
    "/parcels/troubles",
    permission=Permission.fulfilment_read,
    summary="Parcels that were lost or came back",
    tags=TAGS,
)
async def list_troubles(
    call: Call,
    location: Annotated[
        str | None, QueryParameter(max_length=40, description="Only of this location.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[TroubleView]:
    """What nobody has seen to, the longest waiting first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    rows = await call.read(
        lambda tx: troubles(tx, location=location, after=after, limit=limit + 1, by=call.actor)
    )
    return Page.cut(rows, limit, lambda row: (row.state_at, row.id)).map(TroubleView.of)


@write(
    "POST",
    "/orders/{order_id:str}/parcels/{parcel_id:str}/settlement",
    permission=Permission.fulfilment_write,
    summary="See to a parcel that was lost or came back",
    tags=TAGS,
)
async def settle_parcel(
    call: Call, order_id: FromPath[str], parcel_id: FromPath[str], data: Body[Settlement]
) -> Response[ParcelView]:
    """Its goods go back on the shelf, or it is written off; it leaves the list."""
    order, parcel = ids.parse("ord", order_id), ids.parse("par", parcel_id)
    return await call.write(
        lambda tx: settle(tx, order, parcel, data.how, damaged=data.damaged, by=call.actor),
        view=ParcelView.of,
    )


ROUTES = [carrier_callback, tell_sighting, list_troubles, settle_parcel]
