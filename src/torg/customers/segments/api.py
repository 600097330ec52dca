"""Segments and who is in them over HTTP, for staff and programs."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.customers.memberships.api import Code, Named, Version
from torg.customers.segments import keep, look
from torg.customers.segments.model import MOST_AT_ONCE, InSegment, Moved, Segment
from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, read, write
from torg.permissions import Permission

TAGS = ["customers"]
CustomerId = Annotated[str, Meta(min_length=36, max_length=36, pattern="^cus_[0-9a-f]{32}$")]
Customers = Annotated[tuple[CustomerId, ...], Meta(max_length=MOST_AT_ONCE)]


class NewSegment(Struct, frozen=True, forbid_unknown_fields=True):
    """A segment to make."""

    code: Code
    name: Named


class SegmentPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What a segment is called from now on."""

    name: Named
    version: Version | None = None


class SegmentMembers(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is put into a segment, and who is taken out of it; a list of any length is sent in parts."""

    add: Customers = ()
    remove: Customers = ()


class MovedView(Struct, frozen=True):
    """How many came in and how many left; who was there already, or was not, counts for nothing."""

    added: int
    removed: int

    @classmethod
    def of(cls, moved: Moved) -> "MovedView":
        """The numbers."""
        return cls(len(moved.added), len(moved.removed))


class InSegmentView(Struct, frozen=True):
    """A customer of a segment, and since when."""

    customer: str
    since: str

    @classmethod
    def of(cls, one: InSegment) -> "InSegmentView":
        """With her public id."""
        return cls(ids.public("cus", one.customer_id), one.since.isoformat())


@read("/segments", permission=Permission.customers_read, summary="Segments", tags=TAGS)
async def list_segments(call: Call) -> Page[Segment]:
    """Every segment, by code."""
    return Page(await call.read(lambda tx: look.segments(tx, by=call.actor)))


@write(
    "POST",
    "/segments",
    permission=Permission.customers_group,
    status=201,
    summary="Make a segment",
    tags=TAGS,
)
async def create_segment(call: Call, data: Body[NewSegment]) -> Response[Segment]:
    """Nobody is in it yet."""
    return await call.write(
        lambda tx: keep.add_segment(tx, Segment(data.code, data.name), by=call.actor), status=201
    )


@write(
    "PATCH",
    "/segments/{code:str}",
    permission=Permission.customers_group,
    summary="Rename a segment",
    tags=TAGS,
)
async def patch_segment(call: Call, code: FromPath[str], data: Body[SegmentPatch]) -> Response[Segment]:
    """Its code stays for ever."""
    return await call.write(
        lambda tx: keep.change_segment(tx, code, data.name, version=data.version, by=call.actor)
    )


@read(
    "/segments/{code:str}/customers",
    permission=Permission.customers_read,
    summary="Who is in a segment",
    tags=TAGS,
)
async def list_segment_customers(
    call: Call, code: FromPath[str], cursor: Cursor = None, limit: Limit = 100
) -> Page[InSegmentView]:
    """Newest customer first."""
    key = cursors.decode(cursor, tuple[UUID])
    before = key[0] if key else None
    found = await call.read(lambda tx: look.members(tx, code, by=call.actor, before=before, limit=limit + 1))
    return Page.cut(found, limit, lambda one: (one.customer_id,)).map(InSegmentView.of)


@write(
    "POST",
    "/segments/{code:str}/customers",
    permission=Permission.customers_group,
    summary="Put customers into a segment, and take others out",
    tags=TAGS,
)
async def change_segment_customers(
    call: Call, code: FromPath[str], data: Body[SegmentMembers]
) -> Response[MovedView]:
    """All or nothing; twice is the same as once. Promotions for the segment hold for them within a second."""
    add, remove = ([ids.parse("cus", one) for one in some] for some in (data.add, data.remove))
    return await call.write(
        lambda tx: keep.change_members(tx, code, add, remove, by=call.actor), view=MovedView.of
    )


@read(
    "/customers/{customer_id:str}/segments",
    permission=Permission.customers_read,
    summary="The segments that a customer is in",
    tags=TAGS,
)
async def list_customer_segments(call: Call, customer_id: FromPath[str]) -> list[str]:
    """Their codes, in the order of the alphabet."""
    id = ids.parse("cus", customer_id)
    return await call.read(lambda tx: look.segments_of(tx, id, by=call.actor))


ROUTES: list[Any] = [
    list_segments,
    create_segment,
    patch_segment,
    list_segment_customers,
    change_segment_customers,
    list_customer_segments,
]
