"""The figures by which one sees from outside how relay and queue are doing; read in one look at the database."""

from typing import Any

import msgspec
import psycopg
from msgspec import Struct

READ = """
SELECT
    extract(epoch FROM clock_timestamp())::float8 AS clock,
    (SELECT count(*) FROM outbox) AS outbox,
    (SELECT extract(epoch FROM clock_timestamp() - min(at))::float8 FROM outbox) AS outbox_seconds,
    (SELECT position FROM feed_head) AS head,
    (SELECT coalesce(max(h.position - s.position), 0) FROM subscriptions s, feed_head h) AS furthest_behind,
    (SELECT count(*) FROM parked_events WHERE error IS NOT NULL) AS parked,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'
        AND (scheduled_at IS NULL OR scheduled_at <= now())) AS waiting,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS dead,
    (SELECT count(*) FROM periodic_runs WHERE error IS NOT NULL) AS clockwork_failed,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'torg-leader') AS leaders,
    (SELECT count(*) FROM pg_stat_activity) AS connections,
    current_setting('max_connections')::int AS max_connections
"""


class Vitals(Struct, frozen=True):
    """Relay, queue and connections at one moment."""

    clock: float
    outbox: int
    outbox_seconds: float | None
    head: int
    furthest_behind: int
    parked: int
    waiting: int
    dead: int
    clockwork_failed: int
    leaders: int
    connections: int
    max_connections: int


def read(connection: psycopg.Connection[Any]) -> Vitals:
    """Look once."""
    cursor = connection.execute(READ)
    row = cursor.fetchone() or ()
    names = [column.name for column in cursor.description or ()]
    return msgspec.convert(dict(zip(names, row, strict=True)), Vitals)
