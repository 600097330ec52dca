"""The relay's SQL: the outbox, the feed, the cursors and the parked events."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.kernel.database import Transaction

# By the index, from its beginning: looking for any row would walk over the many that have just been moved.
LOOK = "SELECT (SELECT id FROM outbox ORDER BY id LIMIT 1) IS NOT NULL, position FROM feed_head"

# A cursor at the very beginning of a feed that has one behind it belongs to a projection that is to be built anew.
REPLAYS_WANTED = """
SELECT DISTINCT subscription FROM parked_events WHERE replay
UNION
SELECT s.name FROM subscriptions s, feed_head h WHERE s.position = 0 AND h.position > 0
"""

LOCK_HEAD = "SELECT position FROM feed_head FOR UPDATE"

# An aggregate's events go in the order of their sequence even when the clocks of two processes disagree:
# whatever of an aggregate is chosen brings all its lower numbers along, and stands no earlier than any of
# them. (A lower number that is not visible here cannot exist: the sequence is taken under a row lock that is
# held until the commit.)
MOVE = """
WITH first AS (
    SELECT key, id, aggregate, sequence FROM outbox ORDER BY id LIMIT %(limit)s
), chosen AS (
    SELECT key, id FROM first
    UNION
    SELECT o.key, o.id
    FROM outbox o
    JOIN (SELECT aggregate, max(sequence) AS sequence FROM first GROUP BY aggregate) f
      ON o.aggregate = f.aggregate AND o.sequence < f.sequence
), taken AS (
    DELETE FROM outbox o USING chosen c WHERE o.key = c.key AND o.id = c.id RETURNING o.*
), late AS (
    SELECT *, max(id::text COLLATE "C") OVER (PARTITION BY aggregate ORDER BY sequence) AS after FROM taken
), placed AS (
    INSERT INTO feed (position, id, family, type, key, aggregate, sequence, at, actor, payload, trace)
    SELECT %(head)s + row_number() OVER (ORDER BY after, sequence),
           id, family, type, key, aggregate, sequence, at, actor, payload, trace
    FROM late
    RETURNING position, type
), head AS (
    UPDATE feed_head SET position = %(head)s + (SELECT count(*) FROM placed)
)
SELECT type, max(position) AS position FROM placed GROUP BY type
"""

# Two families that call something by the same name number it each for itself. That is a defect of the events, but no
# reason to stop everything behind them: the later family's own key is added to the name.
TELL_APART = """
UPDATE outbox o SET aggregate = o.aggregate || '#' || o.key
WHERE EXISTS (SELECT FROM feed f WHERE f.aggregate = o.aggregate AND f.key <> o.key)
   OR EXISTS (SELECT FROM outbox p WHERE p.aggregate = o.aggregate AND p.key < o.key)
"""

LOCK_CURSOR = "SELECT position FROM subscriptions WHERE name = %(name)s FOR UPDATE"

# The cursor is locked and the batch read by one statement. One that had to wait for the lock goes on from the newest
# cursor, but sees head and feed as they were when it began, which fits together: what came later is the next batch's.
READ_BATCH = """
WITH place AS MATERIALIZED (
    SELECT s.position, h.position AS head, least(h.position, s.position + %(span)s) AS upto
    FROM subscriptions s, feed_head h
    WHERE s.name = %(name)s
    FOR UPDATE OF s
)
SELECT place.head, place.upto, place.position AS cursor,
       e.position, e.id, e.type, e.key, e.aggregate, e.sequence, e.at, e.actor, e.payload, e.trace, e.behind
FROM place LEFT JOIN LATERAL (
    SELECT f.position, f.id, f.type, f.key, f.aggregate, f.sequence, f.at, f.actor, f.payload, f.trace,
           EXISTS (
               SELECT FROM parked_events p WHERE p.subscription = %(name)s AND p.aggregate = f.aggregate
           ) AS behind
    FROM feed f
    WHERE f.position > place.position AND f.position <= place.upto
      AND (%(types)s::text[] IS NULL OR f.type = ANY (%(types)s))
    ORDER BY f.position
    LIMIT %(limit)s
) e ON true
ORDER BY e.position
"""

READ_ONE = """
SELECT position, id, type, key, aggregate, sequence, at, actor, payload, trace, false AS behind
FROM feed WHERE position = %(position)s
"""

MOVE_CURSOR = "UPDATE subscriptions SET position = %(position)s, moved_at = %(at)s WHERE name = %(name)s"

MAKE_CURSOR = """
INSERT INTO subscriptions (name, position, moved_at)
SELECT %(name)s, CASE WHEN %(from_start)s THEN 0 ELSE position END, %(at)s FROM feed_head
ON CONFLICT (name) DO NOTHING
"""

PARK = """
INSERT INTO parked_events (subscription, position, aggregate, type, error, attempts, parked_at)
VALUES (%(name)s, %(position)s, %(aggregate)s, %(type)s, %(error)s, %(attempts)s, %(at)s)
"""

PARK_BEHIND = """
INSERT INTO parked_events (subscription, position, aggregate, type, parked_at, replay)
SELECT %(name)s, f.position, f.aggregate, f.type, %(at)s,
       EXISTS (
           SELECT FROM parked_events p
           WHERE p.subscription = %(name)s AND p.aggregate = f.aggregate AND p.replay
       )
FROM feed f
WHERE f.position = ANY (%(positions)s)
"""

FIRST_TO_REPLAY = """
SELECT p.position, p.aggregate
FROM parked_events p
WHERE p.subscription = %(name)s AND p.replay
  AND NOT EXISTS (
      SELECT FROM parked_events e
      WHERE e.subscription = p.subscription AND e.aggregate = p.aggregate AND e.position < p.position
  )
ORDER BY p.position
LIMIT 1
"""

UNPARK = "DELETE FROM parked_events WHERE subscription = %(name)s AND position = %(position)s"

REPLAY_FAILED = """
UPDATE parked_events
SET replay = false,
    error = CASE WHEN position = %(position)s THEN %(error)s ELSE error END,
    attempts = attempts + CASE WHEN position = %(position)s THEN 1 ELSE 0 END
WHERE subscription = %(name)s AND aggregate = %(aggregate)s
"""


class Batch(Struct, frozen=True):
    """What a subscription has before it: its cursor, how far it was read, the end of the feed, and the events."""

    cursor: int
    upto: int
    head: int
    rows: "list[FeedRow]"


class FeedRow(Struct, frozen=True):
    """An event as it stands in the feed; `behind` when an earlier one of its aggregate is parked."""

    position: int
    id: UUID
    type: str
    key: str
    aggregate: str
    sequence: int
    at: datetime
    actor: str
    payload: dict[str, Any]
    trace: str | None
    behind: bool


class ParkedPlace(Struct, frozen=True):
    """A parked event that is to be handled again."""

    position: int
    aggregate: str


async def make_cursor(tx: Transaction, name: str, from_start: bool) -> None:
    """Give a new subscription its place; a known one keeps its own."""
    await tx.execute(MAKE_CURSOR, name=name, from_start=from_start, at=tx.now)


async def lock_cursor(tx: Transaction, name: str) -> int:
    """Whoever holds this row is the only one to handle the subscription's events; tells the cursor."""
    return await tx.one(int, LOCK_CURSOR, name=name)


async def move_cursor(tx: Transaction, name: str, position: int) -> None:
    await tx.execute(MOVE_CURSOR, name=name, position=position, at=tx.now)


async def read_batch(tx: Transaction, name: str, types: list[str] | None, *, span: int, limit: int) -> Batch:
    """Lock the cursor, and the events of the types behind it: at most `limit`, within `span` positions."""
    rows = await tx.all(dict, READ_BATCH, name=name, types=types, span=span, limit=limit)
    first = rows[0]
    events = msgspec.convert([row for row in rows if row["position"] is not None], list[FeedRow])
    return Batch(first["cursor"], first["upto"], first["head"], events)


async def park(tx: Transaction, name: str, row: FeedRow, error: str, attempts: int) -> None:
    await tx.execute(
        PARK,
        name=name,
        position=row.position,
        aggregate=row.aggregate,
        type=row.type,
        error=error,
        attempts=attempts,
        at=tx.now,
    )


async def park_behind(tx: Transaction, name: str, positions: list[int]) -> None:
    """Keep events waiting behind an earlier one of their aggregate."""
    if positions:
        await tx.execute(PARK_BEHIND, name=name, positions=positions, at=tx.now)


async def replays_wanted(tx: Transaction) -> list[str]:
    """The subscriptions that have something to handle again."""
    return await tx.all(str, REPLAYS_WANTED)


async def first_to_replay(tx: Transaction, name: str) -> ParkedPlace | None:
    return await tx.find(ParkedPlace, FIRST_TO_REPLAY, name=name)


async def read_one(tx: Transaction, position: int) -> FeedRow:
    return await tx.one(FeedRow, READ_ONE, position=position)


async def unpark(tx: Transaction, name: str, position: int) -> None:
    await tx.execute(UNPARK, name=name, position=position)


async def replay_failed(tx: Transaction, name: str, parked: ParkedPlace, error: str) -> None:
    await tx.execute(
        REPLAY_FAILED, name=name, position=parked.position, aggregate=parked.aggregate, error=error
    )
