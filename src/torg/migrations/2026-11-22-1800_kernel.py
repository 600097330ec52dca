"""The outbox, the feed and the idempotency keys."""

from alembic import op

revision = "20261122_1800"
down_revision = None

SQL = """
-- Rows wait here between the commit of a change and the relay. The key is the changed family's own key, so that the
-- row stands on the same node as the change.
CREATE TABLE outbox (
    key        text COLLATE "C" NOT NULL,
    id         uuid NOT NULL,
    family     text NOT NULL,
    type       text NOT NULL,
    aggregate  text COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL CHECK (sequence > 0),
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    payload    jsonb NOT NULL,
    trace      text,
    PRIMARY KEY (key, id)
);
CREATE INDEX outbox_id ON outbox (id);
CREATE INDEX outbox_aggregate ON outbox (aggregate, sequence);

CREATE TABLE event_streams (
    key            text COLLATE "C" NOT NULL,
    aggregate      text COLLATE "C" NOT NULL,
    last_sequence  bigint NOT NULL,
    PRIMARY KEY (key, aggregate)
);

CREATE TABLE feed (
    position   bigint PRIMARY KEY,
    id         uuid NOT NULL UNIQUE,
    family     text NOT NULL,
    type       text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    aggregate  text COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    payload    jsonb NOT NULL,
    trace      text,
    UNIQUE (aggregate, sequence)
);
CREATE INDEX feed_type ON feed (type, position);

-- A write is claimed here before it runs and answered here when it has: the same key twice runs once.
CREATE TABLE idempotency_keys (
    key          text COLLATE "C" NOT NULL,
    fingerprint  bytea NOT NULL,
    at           timestamptz NOT NULL,
    status       smallint,
    answer       bytea,
    PRIMARY KEY (key)
);
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);
"""


def upgrade() -> None:
    op.execute(SQL)
