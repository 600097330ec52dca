"""Reading segments and who is in them."""

from uuid import UUID

from torg.customers.find import find_customer
from torg.customers.segments import store
from torg.customers.segments.model import InSegment, Segment, UnknownSegment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def segments(tx: Transaction, *, by: Actor) -> list[Segment]:
    """Every segment, by code."""
    by.must(Permission.customers_read, anywhere=True)
    return await store.segments(tx)


async def known_segments(tx: Transaction) -> frozenset[str]:
    """The codes of all segments, for contexts that name them."""
    return frozenset(segment.code for segment in await store.segments(tx))


async def members(
    tx: Transaction, code: str, *, by: Actor, before: UUID | None = None, limit: int = 100
) -> list[InSegment]:
    """Who is in a segment, newest customer first."""
    by.must(Permission.customers_read, anywhere=True)
    if code not in await known_segments(tx):
        raise UnknownSegment(segment=code[:80])
    return await store.members(tx, code, before, limit)


async def segments_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> list[str]:
    """The segments that a customer is in; only for staff and programs, since a segment says what is thought of her."""
    by.must(Permission.customers_read, anywhere=True)
    await find_customer(tx, customer_id, by=by)
    return await store.of_customer(tx, customer_id)
