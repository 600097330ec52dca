"""The tables of counts: SQL in, model out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from torg.inventory.counts.model import Count, CountLine, CountState, Figure
from torg.inventory.model import Level
from torg.inventory.rules import bucket
from torg.kernel.database import Transaction

FIRST = UUID(int=0)

SELECT = """
SELECT c.count_id AS id, c.location, c.kind, c.blind, c.state, c.opened_by, c.opened_at, c.closed_by, c.closed_at,
       c.version,
       (SELECT count(*) FROM count_lines l WHERE l.count_id = c.count_id)::int AS lines,
       (SELECT count(*) FROM count_lines l WHERE l.count_id = c.count_id AND l.counted IS NULL)::int AS open_lines
FROM counts c
"""
LOAD = SELECT + "WHERE c.count_id = %(id)s"
LOCK = LOAD + " FOR UPDATE OF c"

LIST = (
    SELECT
    + """
WHERE c.location = ANY(%(locations)s) AND (%(state)s::text IS NULL OR c.state = %(state)s)
  AND (%(before_at)s::timestamptz IS NULL OR (c.opened_at, c.count_id) < (%(before_at)s, %(before_id)s))
ORDER BY c.opened_at DESC, c.count_id DESC
LIMIT %(most)s
"""
)

LINES = """
SELECT variant_id, expected, counted, counted_by, counted_at FROM count_lines
WHERE count_id = %(id)s AND variant_id > %(after)s
  AND (%(differing)s::bool IS NULL OR (counted IS NOT NULL AND counted <> expected) = %(differing)s)
ORDER BY variant_id LIMIT %(most)s
"""

INSERT = """
INSERT INTO counts (count_id, location, kind, blind, state, opened_by, opened_at)
VALUES (%(id)s, %(location)s, %(kind)s, %(blind)s, 'open', %(by)s, %(at)s)
"""

INSERT_CHOSEN = """
INSERT INTO count_lines (count_id, variant_id)
SELECT %(id)s, n.variant_id FROM unnest(%(variants)s::uuid[]) AS n (variant_id)
"""

INSERT_ALL = """
INSERT INTO count_lines (count_id, variant_id)
SELECT %(id)s, variant_id FROM levels WHERE location = %(location)s AND (on_hand > 0 OR allocated > 0 OR reserved > 0)
"""

# What the books say is read in the statement that writes the figure. A variant that turns up unexpectedly gets a line.
ENTER = """
INSERT INTO count_lines AS c (count_id, variant_id, expected, movement, counted, counted_by, counted_at)
SELECT %(id)s, n.variant_id, coalesce(l.on_hand, 0), coalesce(l.sequence, 0), n.counted, %(by)s, %(at)s
FROM unnest(%(buckets)s::smallint[], %(variants)s::uuid[], %(counted)s::int[]) AS n (bucket, variant_id, counted)
LEFT JOIN levels l ON l.bucket = n.bucket AND l.variant_id = n.variant_id AND l.location = %(location)s
ORDER BY n.variant_id
ON CONFLICT (count_id, variant_id) DO UPDATE
SET expected = excluded.expected, movement = excluded.movement, counted = excluded.counted,
    counted_by = excluded.counted_by, counted_at = excluded.counted_at
"""

# How far each level is from what was counted: what has physically moved since the figure was entered is added to it;
# what only set the books right is not.
DIFFERENCES = """
SELECT c.variant_id, %(location)s AS location, coalesce(l.on_hand, 0) AS on_hand, coalesce(l.reserved, 0) AS reserved,
       coalesce(l.allocated, 0) AS allocated, coalesce(l.damaged, 0) AS damaged, coalesce(l.incoming, 0) AS incoming,
       coalesce(l.buffer, 0) AS buffer, coalesce(l.backorder, 0) AS backorder,
       coalesce(l.available, 0) AS available, coalesce(l.sequence, 0) AS sequence,
       (c.counted + coalesce(since.on_hand, 0) - coalesce(l.on_hand, 0))::int AS difference
FROM unnest(%(buckets)s::smallint[], %(variants)s::uuid[]) AS n (bucket, variant_id)
JOIN count_lines c ON c.count_id = %(id)s AND c.variant_id = n.variant_id
LEFT JOIN levels l ON l.bucket = n.bucket AND l.variant_id = n.variant_id AND l.location = %(location)s
LEFT JOIN LATERAL (
    SELECT sum(m.on_hand) AS on_hand FROM movements m
    WHERE m.bucket = n.bucket AND m.variant_id = n.variant_id AND m.location = %(location)s AND m.sequence > c.movement
      AND m.cause <> 'counted'
      AND NOT (m.cause = 'adjusted' AND m.reason IN ('found', 'lost', 'not_found', 'stolen', 'correction'))
) AS since ON true
WHERE c.counted IS NOT NULL
"""

AWAITED = """
SELECT l.variant_id FROM counts c JOIN count_lines l ON l.count_id = c.count_id
WHERE c.location = %(location)s AND c.state = 'open' AND l.counted IS NULL AND l.variant_id = ANY(%(variants)s)
"""

COUNTED = (
    "SELECT variant_id FROM count_lines WHERE count_id = %(id)s AND counted IS NOT NULL ORDER BY variant_id"
)

END = """
UPDATE counts SET state = %(state)s, closed_by = %(by)s, closed_at = %(at)s, version = version + 1
WHERE count_id = %(id)s AND state = 'open'
"""


class Off(Level, frozen=True):
    """A level and by how much it differs from what was counted."""

    difference: int = 0


async def load(tx: Transaction, id: UUID) -> Count | None:
    """One count."""
    return await tx.find(Count, LOAD, id=id)


async def lock(tx: Transaction, id: UUID) -> Count | None:
    """One count, its row locked until the transaction ends."""
    return await tx.find(Count, LOCK, id=id)


async def list_of(
    tx: Transaction,
    locations: Sequence[str],
    *,
    state: CountState | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[Count]:
    """Counts of these locations, the newest first."""
    at, id = before or (None, None)
    return await tx.all(
        Count,
        LIST,
        locations=list(locations),
        state=state.value if state else None,
        before_at=at,
        before_id=id,
        most=most,
    )


async def lines(
    tx: Transaction, id: UUID, *, differing: bool | None, after: UUID | None, most: int
) -> list[CountLine]:
    """What was counted, by variant."""
    return await tx.all(CountLine, LINES, id=id, differing=differing, after=after or FIRST, most=most)


async def insert(tx: Transaction, count: Count, variants: Sequence[UUID] | None) -> None:
    """Write a new count of these variants, or of everything that the location has."""
    await tx.execute(
        INSERT,
        id=count.id,
        location=count.location,
        kind=count.kind.value,
        blind=count.blind,
        by=count.opened_by,
        at=count.opened_at,
    )
    if variants is None:
        await tx.execute(INSERT_ALL, id=count.id, location=count.location)
    else:
        await tx.execute(INSERT_CHOSEN, id=count.id, variants=list(variants))


async def enter(tx: Transaction, count: Count, figures: Sequence[Figure], by: str) -> None:
    """Write figures beside what the books say now; the last figure of a variant counts."""
    await tx.execute(
        ENTER,
        id=count.id,
        location=count.location,
        buckets=[bucket(figure.variant_id) for figure in figures],
        variants=[figure.variant_id for figure in figures],
        counted=[figure.counted for figure in figures],
        by=by,
        at=tx.now,
    )


async def awaited(tx: Transaction, location: str, variants: Collection[UUID]) -> list[UUID]:
    """Those of the variants that an open count of the location waits for."""
    return await tx.all(UUID, AWAITED, location=location, variants=sorted(variants))


async def counted(tx: Transaction, id: UUID) -> list[UUID]:
    """The variants that have a figure."""
    return await tx.all(UUID, COUNTED, id=id)


async def differences(tx: Transaction, count: Count, variants: Sequence[UUID]) -> list[Off]:
    """By how much the levels of these variants differ from what was counted; their rows are locked already."""
    return await tx.all(
        Off,
        DIFFERENCES,
        id=count.id,
        location=count.location,
        buckets=[bucket(variant) for variant in variants],
        variants=list(variants),
    )


async def end(tx: Transaction, id: UUID, state: CountState, by: str) -> None:
    """Close or cancel a count whose row is locked."""
    await tx.execute(END, id=id, state=state.value, by=by, at=tx.now)
