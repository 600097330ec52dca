"""Shortfalls over HTTP: the work list of goods that no place sends, and what staff decide about them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory import MOST_UNITS, RejectionReason
from torg.kernel import cursors, ids
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    Limit,
    MomentText,
    Page,
    QueryParameter,
    moment,
    read,
    write,
)
from torg.markets import Code
from torg.orders.model import Intent
from torg.orders.shortfalls import settle
from torg.orders.shortfalls.model import OPEN, Shortfall, ShortfallState, Why
from torg.orders.shortfalls.see import work_list
from torg.orders.shortfalls.store import Wanted
from torg.permissions import Permission

TAGS = ["fulfilment"]

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Text = Annotated[str | None, QueryParameter(max_length=40)]


class ShortfallView(Struct, frozen=True):
    """Units of a placed order that `location` did not send, and why; `round` places have been asked for them.

    `store` is where they are to be collected, else which sold them. `why` says why they were not routed by themselves.
    """

    id: str
    order: str
    number: str
    line: str
    variant: str
    sku: str
    name: str
    quantity: int
    intent: Intent
    channel: str
    store: str | None
    location: str
    reason: RejectionReason
    round: int
    state: ShortfallState
    why: Why | None
    opened_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    version: int

    @classmethod
    def of(cls, shortfall: Shortfall) -> "ShortfallView":
        """The shortfall as staff see it."""
        return cls(
            id=ids.public("sho", shortfall.id),
            order=ids.public("ord", shortfall.order_id),
            number=shortfall.number,
            line=ids.public("lin", shortfall.line_id),
            variant=ids.public("var", shortfall.variant_id),
            sku=shortfall.sku,
            name=shortfall.name,
            quantity=shortfall.quantity,
            intent=shortfall.intent,
            channel=shortfall.channel,
            store=shortfall.store,
            location=shortfall.location,
            reason=shortfall.reason,
            round=shortfall.round,
            state=shortfall.state,
            why=shortfall.why,
            opened_at=shortfall.opened_at,
            settled_at=shortfall.settled_at,
            settled_by=shortfall.settled_by,
            version=shortfall.version,
        )


class Settling(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about a shortfall; `version` is the one that it was decided on."""

    version: Version | None = None


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """The place that is to send it, or `quantity` of it; the rest goes on waiting."""

    location: Code
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS)] | None = None
    version: Version | None = None


@read("/shortfalls", permission=Permission.fulfilment_read, summary="Goods that no place sends", tags=TAGS)
async def list_shortfalls(
    call: Call,
    order: Annotated[
        str | None, QueryParameter(pattern="^ord_[0-9a-f]{32}$", description="Of this order.")
    ] = None,
    shortfall_state: Annotated[
        ShortfallState | None, QueryParameter(name="state", description="Else all that are open.")
    ] = None,
    reason: Annotated[RejectionReason | None, QueryParameter(description="Why the place said no.")] = None,
    why: Annotated[Why | None, QueryParameter(description="Why it was not routed by itself.")] = None,
    channel: Text = None,
    in_store: Annotated[str | None, QueryParameter(max_length=40, name="store")] = None,
    location: Annotated[str | None, QueryParameter(max_length=40, description="Who said no.")] = None,
    before: MomentText = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ShortfallView]:
    """What waits for a decision where the caller has the right, the oldest first; `before` leaves out the younger."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    wanted = Wanted(
        states=(shortfall_state,) if shortfall_state else OPEN,
        order_id=ids.parse("ord", order) if order else None,
        reason=reason,
        why=why,
        channel=channel,
        store=in_store,
        location=location,
        before=moment("before", before),
    )
    rows = await call.read(lambda tx: work_list(tx, wanted, after=after, limit=limit + 1, by=call.actor))
    return Page.cut(rows, limit, lambda row: (row.opened_at, row.id)).map(ShortfallView.of)


@write(
    "POST",
    "/orders/{order_id:str}/shortfalls/{shortfall_id:str}/retry",
    permission=Permission.fulfilment_write,
    summary="Route once more",
    tags=TAGS,
)
async def retry_shortfall(
    call: Call, order_id: FromPath[str], shortfall_id: FromPath[str], data: Body[Settling]
) -> Response[ShortfallView]:
    """Ask the channel's rules again, without the places that have said no; `served` when one can send it."""
    order, shortfall = ids.parse("ord", order_id), ids.parse("sho", shortfall_id)
    return await call.write(
        lambda tx: settle.retry(tx, order, shortfall, version=data.version, by=call.actor),
        view=ShortfallView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/shortfalls/{shortfall_id:str}/choice",
    permission=Permission.fulfilment_write,
    summary="Choose who sends it",
    tags=TAGS,
)
async def choose_place(
    call: Call, order_id: FromPath[str], shortfall_id: FromPath[str], data: Body[Choice]
) -> Response[ShortfallView]:
    """A place that has the goods sends them, whatever the rules say, also one that had said no."""
    order, shortfall = ids.parse("ord", order_id), ids.parse("sho", shortfall_id)
    return await call.write(
        lambda tx: settle.choose(
            tx,
            order,
            shortfall,
            data.location,
            quantity=data.quantity,
            version=data.version,
            by=call.actor,
        ),
        view=ShortfallView.of,
    )


@write(
    "POST",
    "/orders/{order_id:str}/shortfalls/{shortfall_id:str}/wait",
    permission=Permission.fulfilment_write,
    summary="Wait for goods",
    tags=TAGS,
)
async def wait_for_goods(
    call: Call, order_id: FromPath[str], shortfall_id: FromPath[str], data: Body[Settling]
) -> Response[ShortfallView]:
    """When goods come, they are sent by the channel's rules without anybody asking again."""
    order, shortfall = ids.parse("ord", order_id), ids.parse("sho", shortfall_id)
    return await call.write(
        lambda tx: settle.wait(tx, order, shortfall, version=data.version, by=call.actor),
        view=ShortfallView.of,
    )


ROUTES = [list_shortfalls, retry_shortfall, choose_place, wait_for_goods]
