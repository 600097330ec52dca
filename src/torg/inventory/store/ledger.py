"""The only place that writes a balance.

Every write is one statement: it locks the levels in the order of their keys, changes them where the guard still holds,
and writes a movement for each level that it changed, so no balance moves without its entry in the ledger. A statement
is put together from what is wanted, `_MOVED`, and what is told.

Each names its buckets, one or several (`batches` in `rules`), so that a distributed database sends it to their shard.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from torg.inventory.model import Cause, Held, Hold, HoldState, Level, Move, Plan
from torg.inventory.rules import bucket
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.markets import UnknownLocation

_GIVEN = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(
        %(keys)s::smallint[], %(variants)s::uuid[], %(locations)s::text[], %(on_hand)s::int[], %(reserved)s::int[],
        %(allocated)s::int[], %(damaged)s::int[], %(incoming)s::int[]
    ) AS w (bucket, variant_id, location, on_hand, reserved, allocated, damaged, incoming)
)"""

# The guard: a level reserves only what is available. `locked` sees each row as it is once the lock is had, and the
# update follows it there, so two statements that want the last unit are decided one after the other.
_MOVED = """, locked AS MATERIALIZED (
    SELECT l.bucket, l.variant_id, l.location
    FROM levels l
    JOIN wanted w ON w.bucket = l.bucket AND w.variant_id = l.variant_id AND w.location = l.location
    WHERE l.bucket = ANY(%(buckets)s)
    ORDER BY l.bucket, l.variant_id, l.location FOR NO KEY UPDATE OF l
), moved AS (
    UPDATE levels l
    SET on_hand = l.on_hand + w.on_hand, reserved = l.reserved + w.reserved, allocated = l.allocated + w.allocated,
        damaged = l.damaged + w.damaged, incoming = l.incoming + w.incoming, sequence = l.sequence + 1
    FROM wanted w
    JOIN locked k ON k.bucket = w.bucket AND k.variant_id = w.variant_id AND k.location = w.location
    WHERE l.bucket = ANY(%(buckets)s)
      AND l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = w.location
      AND (w.reserved <= 0 OR l.available >= w.reserved)
    RETURNING l.*, w.on_hand AS by_on_hand, w.reserved AS by_reserved, w.allocated AS by_allocated,
              w.damaged AS by_damaged, w.incoming AS by_incoming
), written AS (
    INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged,
                           incoming, reason, document, actor, at)
    SELECT bucket, variant_id, location, sequence, %(cause)s, by_on_hand, by_reserved, by_allocated, by_damaged,
           by_incoming, %(reason)s, %(document)s, %(actor)s, %(at)s
    FROM moved
)"""

_TOLD = """
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM moved ORDER BY bucket, variant_id, location
"""

MOVE = _GIVEN + _MOVED + _TOLD

HOLD = "".join(
    (
        _GIVEN,
        _MOVED,
        """, held AS (
    INSERT INTO holds (bucket, order_id, id, line_id, variant_id, location, quantity, late, expected, preorder, state,
                       expires_at, held_at, moved_at)
    SELECT n.bucket, %(order_id)s, n.id, n.line_id, n.variant_id, n.location, n.quantity, n.late, n.expected,
           n.preorder, 'held', %(expires_at)s, %(at)s, %(at)s
    FROM unnest(%(hold_keys)s::smallint[], %(hold_ids)s::uuid[], %(hold_lines)s::uuid[], %(hold_variants)s::uuid[],
                %(hold_locations)s::text[], %(hold_quantities)s::int[], %(hold_late)s::int[], %(hold_expected)s::date[],
                %(hold_preorder)s::boolean[])
        AS n (bucket, id, line_id, variant_id, location, quantity, late, expected, preorder)
    WHERE NOT EXISTS (
        SELECT FROM holds h
        WHERE h.bucket = n.bucket AND h.order_id = %(order_id)s AND h.line_id = n.line_id
          AND h.variant_id = n.variant_id AND h.state IN ('held', 'allocated'))
    RETURNING id
)
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned, (SELECT count(*) FROM held) AS holds
FROM moved ORDER BY bucket, variant_id, location
""",
    )
)

# Ends what an order holds, by compare-and-swap; where `units` says how many that must be, and it is not, no level is
# touched. The state is asked for through a SELECT: else the index of what is due looks cheapest while little is held.
END = "".join(
    (
        """
WITH mine AS MATERIALIZED (
    SELECT bucket, id, quantity FROM holds
    WHERE bucket = ANY(%(buckets)s) AND order_id = %(order_id)s AND state = (SELECT 'held')
    ORDER BY bucket, id FOR NO KEY UPDATE
), ended AS (
    UPDATE holds h SET state = %(state)s, moved_at = %(at)s
    FROM mine m
    WHERE h.bucket = ANY(%(buckets)s) AND h.order_id = %(order_id)s AND h.bucket = m.bucket AND h.id = m.id
      AND (%(units)s::bigint IS NULL OR (SELECT sum(quantity) FROM mine) = %(units)s)
    RETURNING h.bucket, h.id, h.line_id, h.variant_id, h.location, h.quantity, h.late, h.expected, h.preorder
), wanted AS MATERIALIZED (
    SELECT bucket, variant_id, location, 0 AS on_hand, -sum(quantity)::int AS reserved,
           CASE WHEN %(state)s = 'allocated' THEN sum(quantity)::int ELSE 0 END AS allocated,
           0 AS damaged, 0 AS incoming
    FROM ended GROUP BY bucket, variant_id, location
)""",
        _MOVED,
        """
SELECT l.variant_id, l.location, l.on_hand, l.reserved, l.allocated, l.damaged, l.incoming, l.buffer, l.backorder,
       l.available, l.sequence, l.kept, l.expected, l.planned,
       (SELECT jsonb_agg(jsonb_build_object('line_id', e.line_id, 'variant_id', e.variant_id, 'location', e.location,
                                            'quantity', e.quantity, 'late', e.late, 'expected', e.expected,
                                            'preorder', e.preorder) ORDER BY e.id)
        FROM ended e WHERE e.variant_id = l.variant_id AND e.location = l.location) AS ended
FROM moved l ORDER BY l.bucket, l.variant_id, l.location
""",
    )
)

# Takes units out of allocated holds whose rows are locked already.
DRAW = "".join(
    (
        _GIVEN,
        _MOVED,
        """, drawn AS (
    UPDATE holds h
    SET shipped = h.shipped + d.shipped, given_back = h.given_back + d.given_back, moved_at = %(at)s,
        state = CASE
            WHEN h.shipped + h.given_back + d.shipped + d.given_back < h.quantity THEN h.state
            WHEN h.shipped + d.shipped > 0 THEN 'shipped' ELSE 'given_back' END
    FROM unnest(%(hold_keys)s::smallint[], %(hold_ids)s::uuid[], %(hold_shipped)s::int[], %(hold_given_back)s::int[])
        AS d (bucket, id, shipped, given_back)
    WHERE h.bucket = ANY(%(buckets)s) AND h.bucket = d.bucket AND h.order_id = %(order_id)s AND h.id = d.id
)""",
        _TOLD,
    )
)

OPEN = """
INSERT INTO levels (bucket, variant_id, location)
SELECT n.bucket, n.variant_id, n.location
FROM unnest(%(keys)s::smallint[], %(variants)s::uuid[], %(locations)s::text[]) AS n (bucket, variant_id, location)
ORDER BY n.bucket, n.variant_id, n.location
ON CONFLICT (bucket, variant_id, location) DO NOTHING
"""

# Goods that come in on many levels, new ones and known ones; what comes in needs no guard.
LOAD = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json)
        AS w (bucket smallint, variant_id uuid, location text, on_hand integer)
), moved AS (
    INSERT INTO levels AS l (bucket, variant_id, location, on_hand, sequence)
    SELECT bucket, variant_id, location, on_hand, 1 FROM wanted ORDER BY bucket, variant_id, location
    ON CONFLICT (bucket, variant_id, location) DO UPDATE
    SET on_hand = l.on_hand + excluded.on_hand, sequence = l.sequence + 1
    RETURNING l.*
), written AS (
    INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged,
                           incoming, reason, document, actor, at)
    SELECT m.bucket, m.variant_id, m.location, m.sequence, %(cause)s, w.on_hand, 0, 0, 0, 0, %(reason)s, %(document)s,
           %(actor)s, %(at)s
    FROM moved m JOIN wanted w ON w.bucket = m.bucket AND w.variant_id = m.variant_id AND w.location = m.location
)
SELECT variant_id, location, on_hand, reserved, allocated, damaged, incoming, buffer, backorder, available, sequence,
       kept, expected, planned
FROM moved
"""

# What is wanted comes through SELECTs, so that no estimate follows how much it is: planned once, not each time.
LOCK = """
SELECT l.variant_id, l.location, l.on_hand, l.reserved, l.allocated, l.damaged, l.incoming, l.buffer, l.backorder,
       l.available, l.sequence, l.kept, l.expected, l.planned
FROM unnest((SELECT %(keys)s::smallint[]), (SELECT %(variants)s::uuid[]), (SELECT %(locations)s::text[]))
    AS w (bucket, variant_id, location)
JOIN levels l ON l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = w.location
WHERE l.bucket = ANY((SELECT %(buckets)s::smallint[])::smallint[])
ORDER BY l.bucket, l.variant_id, l.location FOR NO KEY UPDATE OF l
"""

LOCK_HOLDS = """
SELECT bucket, order_id, id, line_id, variant_id, location, quantity, shipped, given_back, state, expires_at, late,
       expected, preorder
FROM holds
WHERE bucket = ANY(%(buckets)s) AND order_id = %(order_id)s AND state = %(state)s
ORDER BY bucket, id FOR NO KEY UPDATE
"""

EXTEND = """
UPDATE holds SET expires_at = %(expires_at)s
WHERE bucket = ANY(%(buckets)s) AND order_id = %(order_id)s AND state = (SELECT 'held') AND expires_at < %(expires_at)s
"""

PLAN = """
UPDATE levels
SET buffer = %(buffer)s, kept = %(kept)s, backorder = %(backorder)s, expected = %(expected)s, planned = planned + 1
WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s
"""

# The ledger is right by definition; only a balance that was written by other hands can differ from it.
RECOUNT = """
UPDATE levels l
SET on_hand = m.on_hand, reserved = m.reserved, allocated = m.allocated, damaged = m.damaged, incoming = m.incoming,
    sequence = m.last
FROM (
    SELECT sum(on_hand)::int AS on_hand, sum(reserved)::int AS reserved, sum(allocated)::int AS allocated,
           sum(damaged)::int AS damaged, sum(incoming)::int AS incoming, max(sequence) AS last
    FROM movements WHERE bucket = %(bucket)s AND variant_id = %(variant_id)s AND location = %(location)s
) AS m
WHERE l.bucket = %(bucket)s AND l.variant_id = %(variant_id)s AND l.location = %(location)s AND m.last IS NOT NULL
"""


class Moved(Level, frozen=True):
    """A level as a statement left it, how many holds that statement made, and which parts of lines it ended."""

    holds: int = 0
    ended: tuple[Held, ...] = ()


class Entry(Struct, frozen=True):
    """What the ledger says of a change besides its quantities."""

    cause: Cause
    actor: str
    document: str | None = None
    reason: str | None = None


def _entry(tx: Transaction, entry: Entry) -> dict[str, Any]:
    return {
        "cause": entry.cause.value,
        "actor": entry.actor,
        "document": entry.document,
        "reason": entry.reason,
        "at": tx.now,
    }


def _places(moves: Sequence[Move]) -> dict[str, Any]:
    keys = [bucket(move.variant_id) for move in moves]
    return {
        "keys": keys,
        "buckets": sorted(set(keys)),
        "variants": [move.variant_id for move in moves],
        "locations": [move.location for move in moves],
    }


def _moves(tx: Transaction, moves: Sequence[Move], entry: Entry) -> dict[str, Any]:
    return {
        **_places(moves),
        "on_hand": [move.by.on_hand for move in moves],
        "reserved": [move.by.reserved for move in moves],
        "allocated": [move.by.allocated for move in moves],
        "damaged": [move.by.damaged for move in moves],
        "incoming": [move.by.incoming for move in moves],
        **_entry(tx, entry),
    }


async def move(tx: Transaction, moves: Sequence[Move], entry: Entry) -> list[Moved]:
    """Change levels that exist; one that is missing, or cannot give what is to be reserved, is left out."""
    return await tx.all(Moved, MOVE, **_moves(tx, moves, entry))


async def open_levels(tx: Transaction, moves: Sequence[Move]) -> None:
    """Make empty levels where there are none."""
    places = _places(moves)
    del places["buckets"]
    try:
        await tx.execute(OPEN, **places)
    except ForeignKeyViolation as unknown:
        raise UnknownLocation(location=", ".join(sorted({move.location for move in moves}))) from unknown


async def load(tx: Transaction, moves: Sequence[Move], entry: Entry) -> list[Level]:
    """Put goods on hand on many levels, which are made where they are missing."""
    rows = [
        {
            "bucket": bucket(move.variant_id),
            "variant_id": move.variant_id,
            "location": move.location,
            "on_hand": move.by.on_hand,
        }
        for move in moves
    ]
    try:
        return await tx.all(Level, LOAD, rows=msgspec.json.encode(rows).decode(), **_entry(tx, entry))
    except ForeignKeyViolation as unknown:
        raise UnknownLocation(location=", ".join(sorted({move.location for move in moves}))) from unknown


async def lock(tx: Transaction, moves: Sequence[Move]) -> list[Level]:
    """The levels as they are, locked until the transaction ends; those that are missing are left out."""
    return await tx.all(Level, LOCK, **_places(moves))


async def hold(
    tx: Transaction,
    moves: Sequence[Move],
    held: Sequence[Held],
    entry: Entry,
    *,
    order_id: UUID,
    expires_at: datetime,
) -> list[Moved]:
    """Reserve on levels and write down for which lines; a line that has a live hold gets no second one."""
    return await tx.all(
        Moved,
        HOLD,
        **_moves(tx, moves, entry),
        order_id=order_id,
        expires_at=expires_at,
        hold_keys=[bucket(part.variant_id) for part in held],
        hold_ids=[new_id() for _ in held],
        hold_lines=[part.line_id for part in held],
        hold_variants=[part.variant_id for part in held],
        hold_locations=[part.location for part in held],
        hold_quantities=[part.quantity for part in held],
        hold_late=[part.late for part in held],
        hold_expected=[part.expected for part in held],
        hold_preorder=[part.preorder for part in held],
    )


async def end(
    tx: Transaction,
    buckets: Sequence[int],
    order_id: UUID,
    state: HoldState,
    entry: Entry,
    *,
    units: int | None = None,
) -> list[Moved]:
    """Move the order's held holds to `state`, with `units` only when they are so many; who comes second finds none."""
    return await tx.all(
        Moved,
        END,
        buckets=list(buckets),
        order_id=order_id,
        state=state.value,
        units=units,
        **_entry(tx, entry),
    )


async def extend(tx: Transaction, buckets: Sequence[int], order_id: UUID, expires_at: datetime) -> int:
    """Move the end of the order's holds, later only; tells how many it moved."""
    return await tx.execute(EXTEND, buckets=list(buckets), order_id=order_id, expires_at=expires_at)


async def lock_holds(tx: Transaction, buckets: Sequence[int], order_id: UUID, state: HoldState) -> list[Hold]:
    """The order's holds that stand so, locked until the transaction ends."""
    return await tx.all(Hold, LOCK_HOLDS, buckets=list(buckets), order_id=order_id, state=state.value)


async def draw(
    tx: Transaction, order_id: UUID, moves: Sequence[Move], taken: dict[tuple[int, UUID], int], entry: Entry
) -> list[Moved]:
    """Take units out of allocated holds: shipped, or given back, as the cause says."""
    shipping = entry.cause is Cause.shipped
    return await tx.all(
        Moved,
        DRAW,
        **_moves(tx, moves, entry),
        order_id=order_id,
        hold_keys=[key for key, _ in taken],
        hold_ids=[hold for _, hold in taken],
        hold_shipped=[quantity if shipping else 0 for quantity in taken.values()],
        hold_given_back=[0 if shipping else quantity for quantity in taken.values()],
    )


async def plan(tx: Transaction, variant_id: UUID, location: str, to: Plan) -> None:
    """Set what is kept back of a level, and what may be promised beyond it; the row is locked already."""
    await tx.execute(
        PLAN,
        bucket=bucket(variant_id),
        variant_id=variant_id,
        location=location,
        buffer=to.buffer,
        kept=Jsonb(to.kept) if to.kept else None,
        backorder=to.backorder,
        expected=to.expected,
    )


async def recount(tx: Transaction, variant_id: UUID, location: str) -> None:
    """Set a level's balances to what its movements add up to."""
    await tx.execute(RECOUNT, bucket=bucket(variant_id), variant_id=variant_id, location=location)
