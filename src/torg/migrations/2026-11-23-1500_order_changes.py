"""Placed orders are changed by versions, each with what it was before and after."""

from alembic import op

revision = "20261123_1500"
down_revision = "20261123_1410"

SQL = """
-- What changes have made cheaper after it was, or may have been, taken: that much more was captured than it costs.
ALTER TABLE orders ADD COLUMN given_back bigint NOT NULL DEFAULT 0 CHECK (given_back >= 0);

-- Why a line has another price than its price list said, where somebody gave it one.
ALTER TABLE order_lines ADD COLUMN price_reason text;

-- Order family, append-only but for what becomes of a change: it waits for its money, is applied or lapses. `version` is
-- the order's that it made, `based_on` the one on which it was decided.
CREATE TABLE order_changes (
    order_id     uuid NOT NULL,
    id           uuid NOT NULL,
    state        text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'applied', 'lapsed')),
    based_on     integer NOT NULL,
    version      integer,
    actor        text NOT NULL,
    reason       text NOT NULL,
    prices       text COLLATE "C" NOT NULL CHECK (prices IN ('then', 'now')),
    actions      jsonb NOT NULL,
    before       jsonb NOT NULL,
    after        jsonb NOT NULL,
    currency     text COLLATE "C" NOT NULL,
    collect      bigint NOT NULL CHECK (collect >= 0),
    give_back    bigint NOT NULL CHECK (give_back >= 0),
    payments     uuid[] NOT NULL DEFAULT '{}',
    expires_at   timestamptz,
    check_at     timestamptz,
    ended_for    text COLLATE "C",
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    settled_at   timestamptz,
    PRIMARY KEY (order_id, id),
    FOREIGN KEY (order_id) REFERENCES orders,
    CHECK ((state = 'applied') = (version IS NOT NULL))
);
-- One at a time waits for its money.
CREATE UNIQUE INDEX order_changes_waiting ON order_changes (order_id) WHERE state = 'waiting';
CREATE INDEX order_changes_check_at ON order_changes (check_at) WHERE check_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
