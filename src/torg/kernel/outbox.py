"""Writing events into the outbox: one statement for all events of a transaction.

The same statement numbers them: it adds to each aggregate's last sequence, which also locks that row until the commit,
so two transactions that tell of one aggregate are numbered in the order in which they commit, without gaps.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from torg.kernel.events import Event, encode
from torg.kernel.ids import new_id

if TYPE_CHECKING:
    from torg.kernel.database import Transaction

WRITE = """
WITH given AS (
    SELECT * FROM unnest(
        %(keys)s::text[], %(ids)s::uuid[], %(families)s::text[], %(types)s::text[], %(aggregates)s::text[],
        %(behind)s::int[], %(payloads)s::text[]
    ) AS g (key, id, family, type, aggregate, behind, payload)
), numbered AS (
    INSERT INTO event_streams AS s (key, aggregate, last_sequence)
    SELECT key, aggregate, count(*) FROM given GROUP BY key, aggregate ORDER BY key, aggregate
    ON CONFLICT (key, aggregate) DO UPDATE SET last_sequence = s.last_sequence + excluded.last_sequence
    RETURNING s.key, s.aggregate, s.last_sequence
)
INSERT INTO outbox (key, id, family, type, aggregate, sequence, at, actor, payload, trace)
SELECT g.key, g.id, g.family, g.type, g.aggregate, n.last_sequence - g.behind,
       %(at)s, %(actor)s, g.payload::jsonb, %(trace)s
FROM given g JOIN numbered n ON n.key = g.key AND n.aggregate = g.aggregate
"""

# The same of one event, which most transactions tell.
WRITE_ONE = """
WITH numbered AS (
    INSERT INTO event_streams AS s (key, aggregate, last_sequence) VALUES (%(key)s, %(aggregate)s, 1)
    ON CONFLICT (key, aggregate) DO UPDATE SET last_sequence = s.last_sequence + 1
    RETURNING s.last_sequence
)
INSERT INTO outbox (key, id, family, type, aggregate, sequence, at, actor, payload, trace)
SELECT %(key)s, %(id)s, %(family)s, %(type)s, %(aggregate)s, n.last_sequence, %(at)s, %(actor)s, %(payload)s, %(trace)s
FROM numbered n
"""


def aggregate_name(event: Event) -> str:
    """What the event happened to, unique over all kinds: `order:0198…`."""
    return f"{event.type.partition('.')[0]}:{event.aggregate()}"


def write_outbox(tx: "Transaction", events: Sequence[Event]) -> None:
    """Send events on their way, in the order in which they were told."""
    if len(events) == 1:
        _write_one(tx, events[0])
        return
    aggregates = [aggregate_name(event) for event in events]
    left = Counter(aggregates)
    behind = []
    for aggregate in aggregates:
        left[aggregate] -= 1
        behind.append(left[aggregate])
    tx.send(
        WRITE,
        keys=[event.key() for event in events],
        ids=[new_id() for _ in events],
        families=[event.family for event in events],
        types=[event.type for event in events],
        aggregates=aggregates,
        behind=behind,
        payloads=[encode(event).decode() for event in events],
        at=tx.now,
        actor=tx.actor,
        trace=tx.trace,
    )


def _write_one(tx: "Transaction", event: Event) -> None:
    tx.send(
        WRITE_ONE,
        key=event.key(),
        id=new_id(),
        family=event.family,
        type=event.type,
        aggregate=aggregate_name(event),
        at=tx.now,
        actor=tx.actor,
        payload=Jsonb(event),
        trace=tx.trace,
    )
