"""The order hub over HTTP: the list of orders, notes and the timeline."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.di import NamedDependency, Provide
from msgspec import Meta, Struct
from msgspec.structs import replace

from torg.kernel import cursors, ids
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    FromQuery,
    Limit,
    MomentText,
    Page,
    QueryParameter,
    moment,
    read,
    write,
)
from torg.kernel.i18n import words
from torg.orders.hub.look import list_orders as orders_found
from torg.orders.hub.model import FulfilmentStanding, PaymentStanding, Problem, Sort, Wanted
from torg.orders.hub.note import note, notes_of
from torg.orders.hub.timeline import Happening, timeline
from torg.orders.hub.views import HappeningView, NoteView, OrderRow, Timeline
from torg.orders.model import OrderState
from torg.orders.standing import Extent
from torg.payments import Tender
from torg.permissions import Permission

TAGS = ["orders"]

Code = Annotated[str | None, QueryParameter(max_length=40)]
SoldIn = Annotated[str | None, QueryParameter(max_length=40, name="store", description="Sold in this store.")]
Delivering = Annotated[
    str | None,
    QueryParameter(max_length=40, description="Of which this store hands over or sends something."),
]
Question = Annotated[
    str | None,
    QueryParameter(
        max_length=120,
        description="Anything one may know of an order: number, name, e-mail, phone, postal code, the buyer's own"
        " reference, SKU or name of what was bought, tracking number, payment reference, the end of a gift card's code,"
        " a document's number.",
    ),
]
Amount = Annotated[int | None, QueryParameter(ge=0, le=2**53 - 1, description="Minor units.")]


class NewNote(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be written down."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Notes(Struct, frozen=True):
    """The notes on an order, the oldest first."""

    items: list[NoteView]


def whose(
    q: Question = None,
    number: Code = None,
    channel: Code = None,
    market: Code = None,
    in_store: SoldIn = None,
    delivering: Delivering = None,
    customer: Code = None,
    email: Annotated[str | None, QueryParameter(max_length=254)] = None,
    source: Code = None,
) -> Wanted:
    """Orders by where they were bought and by whom."""
    return Wanted(
        question=q,
        number=number,
        channel=channel,
        market=market,
        store=in_store,
        delivering=delivering,
        customer_id=ids.parse("cus", customer) if customer else None,
        email=email,
        source=source,
    )


def standing(
    order_state: Annotated[OrderState | None, QueryParameter(name="state")] = None,
    payment: FromQuery[PaymentStanding | None] = None,
    fulfilment: FromQuery[FulfilmentStanding | None] = None,
    tender: FromQuery[Tender | None] = None,
    problem: FromQuery[Problem | None] = None,
    paid: FromQuery[Extent | None] = None,
    shipped: FromQuery[Extent | None] = None,
    returned: FromQuery[Extent | None] = None,
    refunded: FromQuery[Extent | None] = None,
    late: FromQuery[bool | None] = None,
    overdue: FromQuery[bool | None] = None,
) -> dict[str, Any]:
    """Orders by what has become of them."""
    return {
        "state": order_state,
        "payment": payment,
        "fulfilment": fulfilment,
        "tender": tender,
        "problem": problem,
        "paid": paid,
        "shipped": shipped,
        "returned": returned,
        "refunded": refunded,
        "late": late,
        "overdue": overdue,
    }


@read(
    "/orders",
    permission=Permission.orders_read,
    summary="List and find orders",
    tags=TAGS,
    dependencies={
        "whose": Provide(whose, sync_to_thread=False),
        "standing": Provide(standing, sync_to_thread=False),
    },
)
async def list_orders(
    call: Call,
    whose: NamedDependency[Wanted],
    standing: NamedDependency[dict[str, Any]],
    since: MomentText = None,
    until: MomentText = None,
    currency: Annotated[str | None, QueryParameter(min_length=3, max_length=3)] = None,
    at_least: Amount = None,
    at_most: Amount = None,
    sort: FromQuery[Sort] = Sort.newest,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[OrderRow]:
    """Orders of all channels where the caller has the right. A list is at most moments behind the orders.

    An order whose payment is under way is shown with `state=pending` only, of which the newest thousand are looked
    through.
    """
    after = cursors.decode(cursor, tuple[datetime, UUID])
    wanted = replace(
        whose,
        **standing,
        since=moment("since", since),
        until=moment("until", until),
        currency=currency,
        at_least=at_least,
        at_most=at_most,
        sort=sort,
    )
    found = await call.read(lambda tx: orders_found(tx, wanted, after=after, limit=limit, by=call.actor))
    now = call.database.clock.now()
    return found.map(lambda facts: OrderRow.of(facts, now))


@read(
    "/orders/{order_id:str}/timeline",
    permission=Permission.orders_read,
    summary="What happened to an order",
    tags=TAGS,
)
async def read_timeline(call: Call, order_id: FromPath[str]) -> Timeline:
    """All that happened to an order, with who did it, the oldest first; for staff."""
    id = ids.parse("ord", order_id)
    found = await call.read(lambda tx: timeline(tx, id, by=call.actor))
    return Timeline([HappeningView.of(one, _says(one, call.language)) for one in found])


def _says(one: Happening, language: str) -> str:
    spoken = words(language)
    known = spoken.find(f"timeline.{one.type}")
    return spoken.fill(known, {}) if known is not None else one.type


@read(
    "/orders/{order_id:str}/notes", permission=Permission.orders_read, summary="Notes on an order", tags=TAGS
)
async def list_notes(call: Call, order_id: FromPath[str]) -> Notes:
    """What staff have written down about an order."""
    id = ids.parse("ord", order_id)
    return Notes([NoteView.of(one) for one in await call.read(lambda tx: notes_of(tx, id, by=call.actor))])


@write(
    "POST",
    "/orders/{order_id:str}/notes",
    permission=Permission.orders_note,
    summary="Note something on an order",
    tags=TAGS,
    status=201,
)
async def add_note(call: Call, order_id: FromPath[str], data: Body[NewNote]) -> Response[NoteView]:
    """Write something down about an order, for other staff; the customer does not see it."""
    id = ids.parse("ord", order_id)
    return await call.write(lambda tx: note(tx, id, data.text, by=call.actor), view=NoteView.of)


ROUTES = [list_orders, read_timeline, list_notes, add_note]
