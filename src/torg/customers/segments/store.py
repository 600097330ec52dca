"""Segments in the database: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from torg.customers.segments.model import InSegment, Segment
from torg.kernel.database import Transaction

SEGMENTS = "SELECT code, name, version FROM segments ORDER BY code"

ADD = "INSERT INTO segments (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO NOTHING"

LOCK = "SELECT code, name, version FROM segments WHERE code = %(code)s FOR NO KEY UPDATE"

SAVE = """
UPDATE segments SET name = %(name)s, version = version + 1 WHERE code = %(code)s AND version = %(version)s
"""

# In the order of their ids, so that two who put the same customers into segments wait for each other and never both.
PUT_IN = """
INSERT INTO customer_segments (customer_id, segment, since)
SELECT customer_id, %(segment)s, %(since)s
FROM unnest(%(customers)s::uuid[]) AS n (customer_id) ORDER BY customer_id
ON CONFLICT (customer_id, segment) DO NOTHING RETURNING customer_id
"""

TAKE_OUT = """
WITH locked AS MATERIALIZED (
    SELECT customer_id FROM customer_segments
    WHERE customer_id = ANY(%(customers)s) AND segment = %(segment)s ORDER BY customer_id FOR UPDATE
)
DELETE FROM customer_segments s USING locked l
WHERE s.customer_id = l.customer_id AND s.segment = %(segment)s RETURNING s.customer_id
"""

MEMBERS = """
SELECT customer_id, since FROM customer_segments
WHERE segment = %(segment)s AND (%(before)s::uuid IS NULL OR customer_id < %(before)s)
ORDER BY customer_id DESC LIMIT %(limit)s
"""

OF_CUSTOMER = "SELECT segment FROM customer_segments WHERE customer_id = %(customer_id)s ORDER BY segment"


async def segments(tx: Transaction) -> list[Segment]:
    """Every segment."""
    return await tx.all(Segment, SEGMENTS)


async def add(tx: Transaction, segment: Segment) -> bool:
    """Whether the code was free."""
    return bool(await tx.execute(ADD, code=segment.code, name=segment.name))


async def lock(tx: Transaction, code: str) -> Segment | None:
    """The segment, held against other changes."""
    return await tx.find(Segment, LOCK, code=code)


async def save(tx: Transaction, segment: Segment) -> None:
    """Write a locked segment under its next version."""
    await tx.execute(SAVE, code=segment.code, name=segment.name, version=segment.version)


async def put_in(
    tx: Transaction, segment: str, customers: Sequence[UUID], since: datetime
) -> tuple[UUID, ...]:
    """Who was not in it before."""
    found = await tx.all(UUID, PUT_IN, segment=segment, customers=list(customers), since=since)
    return tuple(sorted(found))


async def take_out(tx: Transaction, segment: str, customers: Sequence[UUID]) -> tuple[UUID, ...]:
    """Who was in it."""
    return tuple(sorted(await tx.all(UUID, TAKE_OUT, segment=segment, customers=list(customers))))


async def members(tx: Transaction, segment: str, before: UUID | None, limit: int) -> list[InSegment]:
    """Who is in it, newest customer first."""
    return await tx.all(InSegment, MEMBERS, segment=segment, before=before, limit=limit)


async def of_customer(tx: Transaction, customer_id: UUID) -> list[str]:
    """The segments that a customer is in."""
    return await tx.all(str, OF_CUSTOMER, customer_id=customer_id)
