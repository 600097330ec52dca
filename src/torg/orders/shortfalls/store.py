"""The table of shortfalls: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.inventory import RejectionReason
from torg.kernel.database import Transaction
from torg.orders.shortfalls.model import OPEN, Shortfall, ShortfallState, Why
from torg.orders.store import Place

COLUMNS = """
order_id, id, rejection_id, line_id, variant_id, sku, name, quantity, number, channel, store, intent, location, reason,
round, state, why, opened_at, due_at, settled_at, settled_by, version
"""
# What has been answered before stays as it was answered.
ADD = (
    "INSERT INTO shortfalls ("  # our own column names
    + COLUMNS
    + ") SELECT "
    + COLUMNS
    + """
FROM jsonb_to_recordset(%(shortfalls)s) AS s (
    order_id uuid, id uuid, rejection_id uuid, line_id uuid, variant_id uuid, sku text, name text, quantity integer,
    number text, channel text, store text, intent text, location text, reason text, round integer, state text, why text,
    opened_at timestamptz, due_at timestamptz, settled_at timestamptz, settled_by text, version integer)
ORDER BY order_id, id
ON CONFLICT DO NOTHING
RETURNING id
"""
)
FIND = "SELECT " + COLUMNS + " FROM shortfalls WHERE order_id = %(order_id)s AND id = %(id)s"  # noqa: S608  # our own column names
LOCK = FIND + " FOR UPDATE"
SAVE = """
UPDATE shortfalls
SET state = %(state)s, why = %(why)s, quantity = %(quantity)s, due_at = %(due_at)s, settled_at = %(settled_at)s,
    settled_by = %(settled_by)s, version = version + 1
WHERE order_id = %(order_id)s AND id = %(id)s AND version = %(version)s
"""
CANCEL = (
    "UPDATE shortfalls SET state = 'cancelled', settled_at = %(now)s, settled_by = %(by)s, version = version + 1"  # noqa: S608  # our own column names
    " WHERE order_id = %(order_id)s AND state IN ('waiting', 'backordered') RETURNING " + COLUMNS
)
OF_REJECTION = "SELECT id FROM shortfalls WHERE order_id = %(order_id)s AND rejection_id = %(rejection_id)s"
POSTPONE = """
UPDATE shortfalls SET due_at = %(due_at)s WHERE order_id = %(order_id)s AND id = %(id)s AND state = 'backordered'
"""
LIST = (
    "SELECT " + COLUMNS + " FROM shortfalls"  # noqa: S608  # our own column names
    """
WHERE state = ANY(%(states)s)
  AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(why)s::text IS NULL OR why = %(why)s)
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(store)s::text IS NULL OR store = %(store)s)
  AND (%(location)s::text IS NULL OR location = %(location)s)
  AND (%(before)s::timestamptz IS NULL OR opened_at < %(before)s)
  AND (%(places)s::jsonb IS NULL OR EXISTS (
         SELECT FROM jsonb_to_recordset(%(places)s) AS g (stores jsonb, channels jsonb)
         WHERE (g.stores IS NULL OR g.stores ? store) AND (g.channels IS NULL OR g.channels ? channel)))
  AND (%(after_at)s::timestamptz IS NULL OR (opened_at, id) > (%(after_at)s, %(after_id)s))
ORDER BY opened_at, id
LIMIT %(limit)s
"""
)
OPEN_OF = """
SELECT DISTINCT order_id FROM shortfalls
WHERE order_id = ANY(%(order_ids)s) AND state IN ('waiting', 'backordered')
"""
DUE = """
SELECT order_id, id FROM shortfalls WHERE state = 'backordered' AND due_at <= %(now)s ORDER BY due_at, id LIMIT %(most)s
"""
# Orders of which nothing has left, and something is missing since before then.
OVERDUE = """
SELECT s.order_id FROM shortfalls s
WHERE s.channel = %(channel)s AND s.opened_at <= %(before)s AND s.state IN ('waiting', 'backordered')
  AND NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = s.order_id AND l.gone > 0)
GROUP BY s.order_id ORDER BY min(s.opened_at), s.order_id LIMIT %(most)s
"""
# Goods have come: whoever waits for them is looked at with the next sweep.
CAME = """
UPDATE shortfalls SET due_at = %(now)s
WHERE state = 'backordered' AND variant_id = ANY(%(variants)s) AND due_at > %(now)s
"""


class Due(Struct, frozen=True):
    """A shortfall that somebody has to look at."""

    order_id: UUID
    id: UUID


class Wanted(Struct, frozen=True, kw_only=True):
    """Which shortfalls a list shows: all open ones, if nothing else is said."""

    states: tuple[ShortfallState, ...] = OPEN
    order_id: UUID | None = None
    reason: RejectionReason | None = None
    why: Why | None = None
    channel: str | None = None
    store: str | None = None
    location: str | None = None
    before: datetime | None = None


async def add(tx: Transaction, shortfalls: Sequence[Shortfall]) -> set[UUID]:
    """Write shortfalls; tells which of them are new: of one rejection a line has one."""
    if not shortfalls:
        return set()
    return set(await tx.all(UUID, ADD, shortfalls=Jsonb(msgspec.to_builtins(shortfalls))))


async def of_rejection(tx: Transaction, order_id: UUID, rejection_id: UUID) -> list[UUID]:
    """What has become of a rejection; empty when nobody has dealt with it."""
    return await tx.all(UUID, OF_REJECTION, order_id=order_id, rejection_id=rejection_id)


async def find(tx: Transaction, order_id: UUID, id: UUID, *, lock: bool = False) -> Shortfall | None:
    """One shortfall, or nothing."""
    return await tx.find(Shortfall, LOCK if lock else FIND, order_id=order_id, id=id)


async def save(tx: Transaction, shortfall: Shortfall) -> bool:
    """Write how it stands now, decided on this version; False when somebody else was faster."""
    return await tx.execute(SAVE, **msgspec.structs.asdict(shortfall)) == 1


async def cancel(tx: Transaction, order_id: UUID, by: str) -> list[Shortfall]:
    """Nobody has to serve what is open of the order any more; tells what that was."""
    return await tx.all(Shortfall, CANCEL, order_id=order_id, by=by, now=tx.now)


async def listed(
    tx: Transaction,
    wanted: Wanted,
    *,
    places: list[Place] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Shortfall]:
    """Shortfalls, the oldest first."""
    facts = msgspec.structs.asdict(wanted)
    return await tx.all(
        Shortfall,
        LIST,
        **facts | {"states": [state.value for state in wanted.states]},
        places=Jsonb(places) if places is not None else None,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )


async def due(tx: Transaction, most: int) -> list[Due]:
    """Backordered shortfalls that are to be looked at now, the longest waiting first."""
    return await tx.all(Due, DUE, now=tx.now, most=most)


async def postpone(tx: Transaction, shortfall: Shortfall, due_at: datetime) -> None:
    """Look at a backordered shortfall later."""
    await tx.execute(POSTPONE, order_id=shortfall.order_id, id=shortfall.id, due_at=due_at)


async def overdue(tx: Transaction, channel: str, before: datetime, most: int) -> list[UUID]:
    """Orders of the channel that nothing has left of and that have lacked goods since before then."""
    return await tx.all(UUID, OVERDUE, channel=channel, before=before, most=most)


async def came(tx: Transaction, variants: Sequence[UUID]) -> int:
    """Have those looked at that wait for these goods."""
    return await tx.execute(CAME, variants=list(variants), now=tx.now)


async def open_of(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these orders of which nobody sends some units."""
    return set(await tx.all(UUID, OPEN_OF, order_ids=list(order_ids)))
