"""The SQL of webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction
from torg.kernel.webhooks.model import Answer, Called, Delivery, Due, Endpoint, UnknownEndpoint

ENDPOINT = """
id, url, description, types, state, after, made_at, made_by, version, failing_since, succeeded_at, quiet_until,
disabled_at, disabled_reason, missed_after
"""
DELIVERY = "endpoint_id, id, event_id, position, type, at, state, tries, calls, next_at, made_at, ended_at"

HEAD = "SELECT position FROM feed_head"
COUNT = "SELECT count(*) FROM webhook_endpoints"
INSERT = """
INSERT INTO webhook_endpoints (id, url, description, types, state, after, made_at, made_by)
SELECT %(id)s, %(url)s, %(description)s, %(types)s, 'active', position, %(at)s, %(by)s FROM feed_head
"""
LIST = f"SELECT {ENDPOINT} FROM webhook_endpoints ORDER BY id"  # noqa: S608  # our own column names
FIND = f"SELECT {ENDPOINT} FROM webhook_endpoints WHERE id = %(id)s"  # noqa: S608  # our own column names
LOCK = FIND + " FOR UPDATE"
CHANGE = """
UPDATE webhook_endpoints
SET url = %(url)s, description = %(description)s, types = %(types)s, version = version + 1
WHERE id = %(id)s
"""
PAUSE = """
UPDATE webhook_endpoints
SET state = 'paused', version = version + 1, missed_after = (SELECT position FROM feed_head)
WHERE id = %(id)s AND state = 'active'
"""
ENABLE = """
UPDATE webhook_endpoints
SET state = 'active', version = version + 1, failing_since = NULL, quiet_until = NULL,
    disabled_at = NULL, disabled_reason = NULL
WHERE id = %(id)s AND state <> 'active'
"""
DISABLE = """
UPDATE webhook_endpoints
SET state = 'disabled', version = version + 1, disabled_at = %(at)s, disabled_reason = %(reason)s,
    missed_after = (SELECT position FROM feed_head)
WHERE id = %(id)s AND state = 'active'
"""
DELETE = "DELETE FROM webhook_endpoints WHERE id = %(id)s"

ADD_KEY = """
INSERT INTO webhook_secrets (endpoint_id, number, locked, made_at)
SELECT %(id)s, coalesce(max(number), 0) + 1, %(locked)s, %(at)s FROM webhook_secrets WHERE endpoint_id = %(id)s
"""
EXPIRE_SECRETS = """
UPDATE webhook_secrets SET expires_at = %(expires_at)s
WHERE endpoint_id = %(id)s AND (expires_at IS NULL OR expires_at > %(expires_at)s)
"""
FORGET_SECRETS = "DELETE FROM webhook_secrets WHERE endpoint_id = %(id)s AND expires_at <= %(at)s"

TARGETS = "SELECT id, types, after FROM webhook_endpoints WHERE state = 'active'"
ADD_DELIVERIES = """
INSERT INTO webhook_deliveries AS d
    (endpoint_id, id, event_id, position, type, at, trace, state, next_at, made_at)
SELECT *, 'waiting', %(now)s, %(now)s FROM unnest(
    %(endpoints)s::uuid[], %(ids)s::uuid[], %(events)s::uuid[], %(positions)s::bigint[], %(types)s::text[],
    %(ats)s::timestamptz[], %(traces)s::text[]
)
ON CONFLICT (endpoint_id, event_id) DO UPDATE
SET state = 'waiting', tries = 0, next_at = excluded.next_at, claimed_until = NULL, ended_at = NULL
WHERE %(again)s AND d.state = 'given_up' OR %(delivered_again)s AND d.state = 'delivered'
"""
ADD_TEST = """
INSERT INTO webhook_deliveries (endpoint_id, id, event_id, type, at, data, trace, state, next_at, made_at)
VALUES (%(endpoint)s, %(id)s, %(event)s, %(type)s, %(now)s, %(data)s, %(trace)s, 'waiting', %(now)s, %(now)s)
"""
IN_RANGE = """
SELECT position, id, type, at, trace FROM feed
WHERE position > %(after)s AND position <= %(upto)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
ORDER BY position LIMIT %(limit)s
"""

DELIVERIES = f"""
SELECT {DELIVERY} FROM webhook_deliveries
WHERE endpoint_id = %(endpoint)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY id DESC LIMIT %(limit)s
"""  # noqa: S608  # our own column names
FIND_DELIVERY = f"SELECT {DELIVERY} FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s AND id = %(id)s"  # noqa: S608  # our own column names
DELIVERY_DATA = """
SELECT coalesce(d.data, f.payload) AS data
FROM webhook_deliveries d LEFT JOIN feed f ON f.position = d.position
WHERE d.endpoint_id = %(endpoint)s AND d.id = %(id)s
"""
CALLS = """
SELECT number, at, outcome, reason, status, milliseconds, answer FROM webhook_calls
WHERE endpoint_id = %(endpoint)s AND delivery_id = %(id)s ORDER BY number
"""
AGAIN = """
UPDATE webhook_deliveries SET state = 'waiting', tries = 0, next_at = %(now)s, ended_at = NULL
WHERE endpoint_id = %(endpoint)s AND id = %(id)s AND claimed_until IS NULL
"""

# At most so many calls at once for one endpoint, over all workers; one while it is failing. A claim that was never
# answered (its worker died) is free again when it runs out.
CLAIM = """
WITH free AS MATERIALIZED (
    SELECT e.id, e.url, CASE WHEN e.failing_since IS NULL THEN %(at_once)s ELSE 1 END - (
        SELECT count(*) FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id AND d.claimed_until IS NOT NULL AND d.claimed_until > %(now)s
    ) AS room
    FROM webhook_endpoints e
    WHERE e.state = 'active' AND (e.quiet_until IS NULL OR e.quiet_until <= %(now)s)
), due AS (
    SELECT d.endpoint_id, d.id, f.url
    FROM free f CROSS JOIN LATERAL (
        SELECT w.endpoint_id, w.id FROM webhook_deliveries w
        WHERE w.endpoint_id = f.id AND w.state = 'waiting' AND w.next_at <= %(now)s
          AND (w.claimed_until IS NULL OR w.claimed_until <= %(now)s)
        ORDER BY w.next_at, w.id LIMIT greatest(f.room, 0)
        FOR UPDATE SKIP LOCKED
    ) d
    LIMIT %(limit)s
)
UPDATE webhook_deliveries d
SET claimed_until = %(until)s, tries = d.tries + 1, calls = d.calls + 1
FROM due
WHERE d.endpoint_id = due.endpoint_id AND d.id = due.id
RETURNING d.endpoint_id, d.id, d.event_id, d.position, d.type, d.at, d.trace, d.tries, d.calls, due.url,
    coalesce(d.data, (SELECT payload FROM feed WHERE position = d.position)) AS data,
    ARRAY(
        SELECT locked FROM webhook_secrets s
        WHERE s.endpoint_id = d.endpoint_id AND (s.expires_at IS NULL OR s.expires_at > %(now)s)
        ORDER BY number DESC
    ) AS locked
"""
LOG_CALL = """
INSERT INTO webhook_calls (endpoint_id, delivery_id, number, at, outcome, reason, status, milliseconds, answer)
SELECT endpoint_id, id, %(number)s, %(at)s, %(outcome)s, %(reason)s, %(status)s, %(milliseconds)s, %(answer)s
FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s AND id = %(id)s
ON CONFLICT DO NOTHING
"""
DELIVERED = """
UPDATE webhook_deliveries SET state = 'delivered', claimed_until = NULL, ended_at = %(now)s
WHERE endpoint_id = %(endpoint)s AND id = %(id)s AND calls = %(number)s
"""
NOT_DELIVERED = """
UPDATE webhook_deliveries
SET state = CASE WHEN %(again_at)s::timestamptz IS NULL THEN 'given_up' ELSE 'waiting' END, claimed_until = NULL,
    next_at = coalesce(%(again_at)s, next_at),
    ended_at = CASE WHEN %(again_at)s::timestamptz IS NULL THEN %(now)s::timestamptz END
WHERE endpoint_id = %(endpoint)s AND id = %(id)s AND calls = %(number)s
"""
# Written at most once a minute, so that many successes at once do not wait for one row.
WORKS = """
UPDATE webhook_endpoints SET failing_since = NULL, quiet_until = NULL, succeeded_at = %(now)s
WHERE id = %(endpoint)s
  AND (failing_since IS NOT NULL OR succeeded_at IS NULL OR succeeded_at < %(now)s - interval '1 minute')
"""
FAILS = """
UPDATE webhook_endpoints
SET failing_since = coalesce(failing_since, %(now)s), quiet_until = coalesce(%(quiet_until)s, quiet_until)
WHERE id = %(endpoint)s
"""
FORGET = "DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND ended_at < %(before)s"


class Target(Struct, frozen=True):
    """An active endpoint, as the fan-out sees it."""

    id: UUID
    types: frozenset[str]
    after: int


class Happened(Struct, frozen=True):
    """An event of the feed that is to be delivered."""

    position: int
    id: UUID
    type: str
    at: datetime
    trace: str | None


class Claimed(Due, frozen=True):
    """A delivery with the encrypted secrets that sign it."""

    locked: tuple[bytes, ...]


async def get(tx: Transaction, id: UUID, *, lock: bool = False) -> Endpoint:
    """The endpoint; raises UnknownEndpoint."""
    found = await tx.find(Endpoint, LOCK if lock else FIND, id=id)
    if found is None:
        raise UnknownEndpoint(endpoint=f"whk_{id.hex}")
    return found


async def add_secret(tx: Transaction, id: UUID, locked: bytes) -> None:
    await tx.execute(ADD_KEY, id=id, locked=locked, at=tx.now)


async def add_deliveries(
    tx: Transaction,
    rows: Sequence[tuple[UUID, UUID, Happened]],
    *,
    again: bool = False,
    delivered_again: bool = False,
) -> int:
    """Add deliveries (endpoint, new id, event); ones that are there already start over only when asked to."""
    if not rows:
        return 0
    return await tx.execute(
        ADD_DELIVERIES,
        endpoints=[endpoint for endpoint, _, _ in rows],
        ids=[id for _, id, _ in rows],
        events=[event.id for _, _, event in rows],
        positions=[event.position for _, _, event in rows],
        types=[event.type for _, _, event in rows],
        ats=[event.at for _, _, event in rows],
        traces=[event.trace for _, _, event in rows],
        now=tx.now,
        again=again,
        delivered_again=delivered_again,
    )


async def claim(tx: Transaction, *, at_once: int, limit: int, lease: timedelta) -> list[Claimed]:
    """Take deliveries that are due, for one call each."""
    return await tx.all(Claimed, CLAIM, now=tx.now, until=tx.now + lease, at_once=at_once, limit=limit)


async def log_call(tx: Transaction, due: Due, answer: Answer) -> None:
    await tx.execute(
        LOG_CALL,
        endpoint=due.endpoint_id,
        id=due.id,
        number=due.calls,
        at=tx.now,
        outcome=answer.outcome,
        reason=answer.reason,
        status=answer.status,
        milliseconds=answer.milliseconds,
        answer=answer.body,
    )


async def delivered(tx: Transaction, due: Due) -> None:
    await tx.execute(DELIVERED, endpoint=due.endpoint_id, id=due.id, number=due.calls, now=tx.now)
    await tx.execute(WORKS, endpoint=due.endpoint_id, now=tx.now)


async def not_delivered(
    tx: Transaction, due: Due, again_at: datetime | None, quiet_until: datetime | None
) -> None:
    await tx.execute(
        NOT_DELIVERED,
        endpoint=due.endpoint_id,
        id=due.id,
        number=due.calls,
        now=tx.now,
        again_at=again_at,
    )
    await tx.execute(FAILS, endpoint=due.endpoint_id, now=tx.now, quiet_until=quiet_until)


async def deliveries(
    tx: Transaction, endpoint: UUID, *, before: UUID | None, state: str | None, limit: int
) -> list[Delivery]:
    return await tx.all(Delivery, DELIVERIES, endpoint=endpoint, before=before, state=state, limit=limit)


async def calls(tx: Transaction, endpoint: UUID, id: UUID) -> list[Called]:
    return await tx.all(Called, CALLS, endpoint=endpoint, id=id)


async def data(tx: Transaction, endpoint: UUID, id: UUID) -> dict[str, Any]:
    """What the delivery tells."""
    found: dict[str, Any] = (await tx.one(dict, DELIVERY_DATA, endpoint=endpoint, id=id))["data"]
    return found
