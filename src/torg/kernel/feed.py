"""The feed for programs outside: every fact in order, from any position on, as often as one likes.

The cursor is the position. Positions have no gaps and are never given to anything else; the events of an aggregate
stand in the order of its `sequence`. A type's payload is described by `/events/types`.
"""

import inspect
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import Struct

from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.events import KINDS
from torg.kernel.http import Call, read
from torg.kernel.outward import outward, outward_schema
from torg.permissions import Permission

SPAN = 50_000
TAGS = ["events"]

HEAD = "SELECT position FROM feed_head"

READ = """
SELECT position, id, type, aggregate, sequence, at, actor, payload
FROM feed
WHERE position > %(after)s AND position <= %(upto)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
ORDER BY position
LIMIT %(limit)s
"""

# Of everything that has this key: which things those are, is known by where their events are numbered.
OF_KEY = """
SELECT f.position, f.id, f.type, f.aggregate, f.sequence, f.at, f.actor, f.payload
FROM event_streams s JOIN feed f ON f.aggregate = s.aggregate
WHERE s.key = %(key)s AND f.key = %(key)s
ORDER BY f.position
LIMIT %(limit)s
"""


class FeedEvent(Struct, frozen=True):
    """One fact."""

    position: int
    id: UUID
    type: str
    aggregate: str
    sequence: int
    at: datetime
    actor: str
    payload: dict[str, Any]


class FeedPage(Struct, frozen=True):
    """A part of the feed; `next` is where to go on, `head` where the feed ended when this was read."""

    items: list[FeedEvent]
    next: int
    head: int


async def read_feed(
    tx: Transaction, *, by: Actor, after: int = 0, types: Sequence[str] = (), limit: int = 100
) -> FeedPage:
    """Facts behind a position, in order; looks at no more than `SPAN` positions, so a page may be short of `limit`."""
    by.must(Permission.events_read)
    _must_know(types)
    head = await tx.one(int, HEAD)
    upto = min(head, after + SPAN)
    items = await tx.all(FeedEvent, READ, after=after, upto=upto, types=list(types) or None, limit=limit)
    reached = items[-1].position if len(items) == limit else max(after, upto)
    return FeedPage(items, reached, head)


async def of_key(tx: Transaction, key: str, *, limit: int) -> list[FeedEvent]:
    """What has happened to all things of this key (of an order: its payments, parcels, returns …), for a use case that
    has let its caller in."""
    return await tx.all(FeedEvent, OF_KEY, key=key, limit=limit)


def _must_know(types: Sequence[str]) -> None:
    unknown = [type for type in types if type not in KINDS]
    if unknown:
        raise Invalid.of(
            *(
                FieldProblem("types", "unknown-value", f"There is no event type {type[:80]}.")
                for type in unknown
            )
        )


class EventView(Struct):
    """One fact: what happened, to what, when, by whom. `data` is described by its type."""

    position: int
    id: str
    type: str
    aggregate: str
    sequence: int
    at: datetime
    actor: str
    data: dict[str, Any]


class FeedView(Struct):
    """A part of the feed: send `next` back as `after`; you have everything when `next` equals `head`."""

    items: list[EventView]
    next: int
    head: int


class EventTypeView(Struct):
    """A type of event: what it tells, and the JSON Schema of its `data`."""

    type: str
    description: str
    schema: dict[str, Any]


class EventTypesView(Struct):
    """All types of events."""

    items: list[EventTypeView]


@read(
    "/events", permission=Permission.events_read, summary="Every fact in order, from a position on", tags=TAGS
)
async def events(
    call: Call,
    after: Annotated[
        int, QueryParameter(ge=0, le=2**53, description="The `next` of the page before; 0 is the beginning.")
    ] = 0,
    types: Annotated[list[str] | None, QueryParameter(max_items=100, description="Only these types.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000, description="How many at most.")] = 100,
) -> FeedView:
    page = await call.read(
        lambda tx: read_feed(tx, by=call.actor, after=after, types=types or (), limit=limit)
    )
    items = [
        EventView(
            e.position,
            ids.public("evt", e.id),
            e.type,
            e.aggregate,
            e.sequence,
            e.at,
            e.actor,
            outward(e.payload),
        )
        for e in page.items
    ]
    return FeedView(items, page.next, page.head)


@read("/events/types", permission=Permission.events_read, summary="What the events tell", tags=TAGS)
async def event_types(call: Call) -> EventTypesView:
    call.actor.must(Permission.events_read)
    return EventTypesView(describe())


def describe() -> list[EventTypeView]:
    """Every type of event in this process, with the schema of its payload."""
    return [
        EventTypeView(name, inspect.getdoc(kind) or "", outward_schema(msgspec.json.schema(kind)))
        for name, kind in sorted(KINDS.items())
    ]


ROUTES = [events, event_types]
