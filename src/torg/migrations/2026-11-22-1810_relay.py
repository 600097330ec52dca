"""Subscriptions, parked events, jobs and webhooks.

The queue's own tables come from the package procrastinate, whose version is pinned. A later step that follows a newer
version runs that package's own migration files, and only those whose effect is not there yet: a database that was
made after the pin moved has them already.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "20261122_1810"
down_revision = "20261122_1800"

SQL = """
-- The last position that was given out. Its row lock makes one mover wait for another, so positions have no gaps and
-- become visible in their order.
CREATE TABLE feed_head (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    position  bigint NOT NULL
);
INSERT INTO feed_head (position) VALUES (0);

-- How far each subscription has come; moved in the same transaction as what the subscription wrote.
CREATE TABLE subscriptions (
    name      text COLLATE "C" PRIMARY KEY,
    position  bigint NOT NULL CHECK (position >= 0),
    moved_at  timestamptz NOT NULL
);

-- Events that a subscription could not handle, and those of the same aggregate that wait behind them (no error).
CREATE TABLE parked_events (
    subscription  text COLLATE "C" NOT NULL,
    position      bigint NOT NULL,
    aggregate     text COLLATE "C" NOT NULL,
    type          text NOT NULL,
    error         text,
    attempts      integer NOT NULL DEFAULT 0,
    parked_at     timestamptz NOT NULL,
    replay        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (subscription, position)
);
CREATE INDEX parked_events_aggregate ON parked_events (subscription, aggregate, position);
CREATE INDEX parked_events_replay ON parked_events (subscription, position) WHERE replay;

-- Why a run of a job failed; the queue itself keeps only that it did.
CREATE TABLE job_failures (
    job_id   bigint NOT NULL REFERENCES procrastinate_jobs (id) ON DELETE CASCADE,
    attempt  integer NOT NULL,
    at       timestamptz NOT NULL,
    error    text NOT NULL,
    PRIMARY KEY (job_id, attempt)
);
CREATE INDEX procrastinate_jobs_failed ON procrastinate_jobs (id) WHERE status = 'failed';

-- Whether a job with the same word waits already. Not unique: one that is tried again may wait beside its successor.
CREATE INDEX procrastinate_jobs_once ON procrastinate_jobs ((args ->> 'once'))
    WHERE status = 'todo' AND args ->> 'once' IS NOT NULL;

-- The last run of everything that runs by the clock.
CREATE TABLE periodic_runs (
    name          text COLLATE "C" PRIMARY KEY,
    started_at    timestamptz NOT NULL,
    succeeded_at  timestamptz,
    error         text
);

-- Where events are pushed to. `after` is the feed's end when it was made: nothing older is sent by itself.
CREATE TABLE webhook_endpoints (
    id               uuid PRIMARY KEY,
    url              text NOT NULL,
    description      text NOT NULL,
    types            text[] NOT NULL,
    state            text NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    after            bigint NOT NULL,
    made_at          timestamptz NOT NULL,
    made_by          text NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    failing_since    timestamptz,
    succeeded_at     timestamptz,
    quiet_until      timestamptz,
    disabled_at      timestamptz,
    disabled_reason  text,
    missed_after     bigint
);

-- The signing secrets, encrypted; the newest signs, an older one signs along until it expires.
CREATE TABLE webhook_secrets (
    endpoint_id  uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    number       integer NOT NULL,
    locked       bytea NOT NULL,
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz,
    PRIMARY KEY (endpoint_id, number)
);

-- One event for one endpoint; `data` only for test events, which stand in no feed.
CREATE TABLE webhook_deliveries (
    endpoint_id    uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    id             uuid NOT NULL,
    event_id       uuid NOT NULL,
    position       bigint,
    type           text NOT NULL,
    at             timestamptz NOT NULL,
    data           jsonb,
    trace          text,
    state          text NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    tries          integer NOT NULL DEFAULT 0,
    calls          integer NOT NULL DEFAULT 0,
    next_at        timestamptz NOT NULL,
    claimed_until  timestamptz,
    made_at        timestamptz NOT NULL,
    ended_at       timestamptz,
    PRIMARY KEY (endpoint_id, id),
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (endpoint_id) WHERE claimed_until IS NOT NULL;
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (ended_at) WHERE state <> 'waiting';

-- Every call that was made.
CREATE TABLE webhook_calls (
    endpoint_id   uuid NOT NULL,
    delivery_id   uuid NOT NULL,
    number        integer NOT NULL,
    at            timestamptz NOT NULL,
    outcome       text NOT NULL,
    reason        text NOT NULL,
    status        integer,
    milliseconds  integer NOT NULL,
    answer        text NOT NULL,
    PRIMARY KEY (endpoint_id, delivery_id, number),
    FOREIGN KEY (endpoint_id, delivery_id) REFERENCES webhook_deliveries (endpoint_id, id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    op.execute(SchemaManager.get_schema())
    op.execute(SQL)
