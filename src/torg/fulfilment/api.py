"""Fulfilment over HTTP: the work list of a store or warehouse, and what is done with it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.customers import Address
from torg.fulfilment.hand_over import collect, make_ready
from torg.fulfilment.model import TO_DO, Fulfilment, FulfilmentKind, FulfilmentState, Rejected, Rejection
from torg.fulfilment.pick import begin, pick
from torg.fulfilment.reject import reject
from torg.fulfilment.see import work_list
from torg.fulfilment.ship import ship
from torg.inventory import MOST_UNITS, RejectionReason
from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.permissions import Permission

TAGS = ["fulfilment"]


class FulfilmentLineView(Struct, frozen=True):
    """So many units of a line, of which in a list some cannot leave yet: they are not there, or not out."""

    line: str
    variant: str
    sku: str
    name: str
    quantity: int
    waits: int = 0
    expected: date | None = None


class ParcelView(Struct, frozen=True):
    """A parcel on its way."""

    id: str
    carrier: str
    tracking: str | None
    tracking_url: str | None
    shipped_at: datetime


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

    In the list, `ready_at` is when what is collected was promised to be ready.
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
    rejections: list[RejectionView]
    round: int
    picker: str | None
    ready_at: datetime | None
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
                )
                for line in fulfilment.lines
            ],
            parcels=[
                ParcelView(ids.public("par", p.id), p.carrier, p.tracking, p.tracking_url, p.shipped_at)
                for p in fulfilment.parcels
            ],
            rejections=[RejectionView.of(rejection) for rejection in fulfilment.rejections],
            round=fulfilment.round,
            picker=fulfilment.picker,
            ready_at=fulfilment.ready_at,
            created_at=fulfilment.created_at,
            updated_at=fulfilment.updated_at,
            version=fulfilment.version,
        )


class NewParcel(Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel that a carrier has taken along."""

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
    """The code that the customer shows."""

    code: Annotated[str, Meta(max_length=20, examples=["042137"])] = ""


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
    """Everything of the fulfilment has left with a carrier."""
    order, fulfilment = ids.parse("ord", order_id), ids.parse("ful", fulfilment_id)
    return await call.write(
        lambda tx: ship(
            tx,
            order,
            fulfilment,
            carrier=data.carrier,
            tracking=data.tracking,
            tracking_url=data.tracking_url,
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
        lambda tx: make_ready(tx, order, fulfilment, by=call.actor), view=FulfilmentView.of
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
        lambda: collect(call.database, order, fulfilment, code=data.code, by=call.actor),
        view=FulfilmentView.of,
    )


ROUTES = [
    list_fulfilments,
    begin_picking,
    end_picking,
    reject_lines,
    ship_fulfilment,
    ready_fulfilment,
    collect_fulfilment,
]
