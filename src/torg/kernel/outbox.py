"""Writing events into the outbox: one statement for all events of a transaction.

The same statement numbers them: it adds to each aggregate's last sequence, which also locks that row until the commit,
so two transactions that tell of one aggregate are numbered in the order in which they commit, without gaps.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

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


def aggregate_name(event: Event) -> str:
    """What the event happened to, unique over all kinds: `order:0198…`."""
    return f"{event.type.partition('.')[0]}:{event.aggregate()}"


def write_outbox(tx: "Transaction", events: Sequence[Event]) -> None:
    """Send events on their way, in the order in which they were told."""
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
