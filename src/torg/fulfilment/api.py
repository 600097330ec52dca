"""Fulfilment over HTTP: the work list of a store or warehouse, and what is done with it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.fulfilment.hand_over import collect, make_ready
from torg.fulfilment.model import TO_DO, FulfilmentState, Rejected
from torg.fulfilment.pick import begin, pick
from torg.fulfilment.pick_ups.extend import extend
from torg.fulfilment.reject import reject
from torg.fulfilment.see import work_list
from torg.fulfilment.shipments.ship import ship
from torg.fulfilment.views import TAGS, BoxGiven, FulfilmentView, box
from torg.inventory import MOST_UNITS, RejectionReason
from torg.kernel import cursors, ids
from torg.kernel.access import Policy
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.permissions import Permission


class NewParcel(BoxGiven, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A parcel that a carrier has taken along; without `lines` it has all that is left to send."""

    carrier: Annotated[str, Meta(min_length=1, max_length=100, examples=["Bring"])]
    tracking: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    tracking_url: Annotated[str, Meta(max_length=500, pattern="^https://")] | None = None


class RejectedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many units of a line that cannot be sent, of a bundle of which variant; `other` reasons need a note."""

    line: Annotated[str, Meta(max_length=40, examples=["lin_01980000000070008000000000000001"])]
    variant: Annotated[str, Meta(max_length=40, examples=["var_01980000000070008000000000000001"])]
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)]
    reason: RejectionReason
    note: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class NewRejection(Struct, frozen=True, forbid_unknown_fields=True):
    """What the place cannot send; `version` is the fulfilment's that this was decided on."""

    lines: Annotated[list[RejectedLine], Meta(min_length=1, max_length=500)]
    version: Annotated[int, Meta(ge=1, le=2_147_483_647)] | None = None


class Proof(Struct, frozen=True, forbid_unknown_fields=True):
    """The code that the customer shows; or `identity`, by what staff have seen that the goods are hers."""

    code: Annotated[str, Meta(max_length=20, examples=["042137"])] = ""
    identity: Annotated[str, Meta(min_length=3, max_length=200, examples=["Driving licence"])] | None = None


class Extension(Struct, frozen=True, forbid_unknown_fields=True):
    """How many days longer a pick-up is kept; as many as the terms give when not said."""

    days: Annotated[int, Meta(ge=1, le=365)] | None = None


@read("/fulfilments", permission=Permission.fulfilment_read, summary="What there is to do", tags=TAGS)
async def list_fulfilments(
    call: Call,
    location: Annotated[
        str | None, QueryParameter(max_length=40, description="Only of this location.")
    ] = None,
    fulfilment_state: Annotated[
        FulfilmentState | None, QueryParameter(description="Only in this state; else all that is to be done.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FulfilmentView]:
    """The fulfilments of the locations where the caller has the right, the oldest first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    states = (fulfilment_state,) if fulfilment_state else TO_DO
    rows = await call.read(
        lambda tx: work_list(
            tx, location=location, states=states, after=after, limit=limit + 1, by=call.actor
        )
    )
    return Page.cut(rows, limit, lambda row: (row.created_at, row.id)).map(FulfilmentView.of)


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/parcels",
    permission=Permission.fulfilment_write,
    summary="Ship",
    tags=TAGS,
    status=201,
)
async def ship_fulfilment(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str], data: Body[NewParcel]
) -> Response[FulfilmentView]:
    """What is in the parcel has left with a carrier, whose number staff type in."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(
        lambda tx: ship(
            tx,
            order,
            fulfilment,
            carrier=data.carrier,
            boxes=[box(data, tracking=data.tracking, tracking_url=data.tracking_url)],
            by=call.actor,
        ),
        view=FulfilmentView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/picking",
    permission=Permission.fulfilment_write,
    summary="Begin to gather the goods",
    tags=TAGS,
)
async def begin_picking(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str]
) -> Response[FulfilmentView]:
    """From now on the caller is its `picker`, and nobody else can begin."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(lambda tx: begin(tx, order, fulfilment, by=call.actor), view=FulfilmentView.of)


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/picked",
    permission=Permission.fulfilment_write,
    summary="The goods lie together",
    tags=TAGS,
)
async def end_picking(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str]
) -> Response[FulfilmentView]:
    """Everything that is left of it was taken off its shelf, and can be shipped or made ready."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(lambda tx: pick(tx, order, fulfilment, by=call.actor), view=FulfilmentView.of)


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/rejections",
    permission=Permission.fulfilment_write,
    summary="Say that goods cannot be sent from here",
    tags=TAGS,
    status=201,
)
async def reject_lines(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str], data: Body[NewRejection]
) -> Response[FulfilmentView]:
    """Stock is set right by the reasons, and the goods are sent from elsewhere, or somebody has to decide."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    asked = [
        Rejected(
            ids.parse("lin", line.line), ids.parse("var", line.variant), line.quantity, line.reason, line.note
        )
        for line in data.lines
    ]
    return await call.write(
        lambda tx: reject(tx, order, fulfilment, asked, version=data.version, by=call.actor),
        view=FulfilmentView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/ready",
    permission=Permission.fulfilment_write,
    summary="Ready to be collected",
    tags=TAGS,
)
async def ready_fulfilment(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str]
) -> Response[FulfilmentView]:
    """The goods wait for the customer, who is mailed a code; called again, a new code."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(
        lambda tx: make_ready(tx, order, fulfilment, policy=call.ports.get(Policy), by=call.actor),
        view=FulfilmentView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/collection",
    permission=Permission.fulfilment_write,
    summary="Collected",
    tags=TAGS,
)
async def collect_fulfilment(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str], data: Body[Proof]
) -> Response[FulfilmentView]:
    """The customer has shown the code and taken the goods."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.chain(
        lambda: collect(
            call.database, order, fulfilment, code=data.code, identity=data.identity, by=call.actor
        ),
        view=FulfilmentView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/fulfilments/{fulfilment_id:str}/extension",
    permission=Permission.fulfilment_write,
    summary="Keep a pick-up longer",
    tags=TAGS,
)
async def extend_fulfilment(
    call: Call, order_id: FromPath[str], fulfilment_id: FromPath[str], data: Body[Extension]
) -> Response[FulfilmentView]:
    """The goods wait longer for their customer, who is reminded again."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(
        lambda tx: extend(tx, order, fulfilment, days=data.days, by=call.actor), view=FulfilmentView.of
    )


ROUTES = [
    list_fulfilments,
    begin_picking,
    end_picking,
    reject_lines,
    ship_fulfilment,
    ready_fulfilment,
    collect_fulfilment,
    extend_fulfilment,
]
