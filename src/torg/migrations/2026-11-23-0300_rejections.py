"""Places say no: rejections, shortfalls, picking; orders are routed anew a set number of times."""

from alembic import op

revision = "20261123_0300"
down_revision = "20261123_0200"

SQL = """
ALTER TABLE movements DROP CONSTRAINT movements_cause_check;
ALTER TABLE movements ADD CONSTRAINT movements_cause_check CHECK (cause IN (
    'received', 'adjusted', 'reserved', 'released', 'expired', 'allocated', 'picked', 'shipped', 'given_back',
    'returned', 'damaged', 'expected', 'transferred_out', 'transferred_in', 'counted')) NOT VALID;
ALTER TABLE movements VALIDATE CONSTRAINT movements_cause_check;

-- How many of the allocated goods were taken off their shelf by it. That moves no balance.
ALTER TABLE movements ADD COLUMN picked integer NOT NULL DEFAULT 0;

ALTER TABLE routing_rules ADD COLUMN attempts integer NOT NULL DEFAULT 3 CHECK (attempts > 0);
ALTER TABLE routings ADD COLUMN again boolean NOT NULL DEFAULT false;

-- What asked for a fulfilment: nothing for what was planned when the order was placed, else what it makes up for.
-- `round` counts how many places the goods have been asked of, one after the other.
ALTER TABLE fulfilments
    ADD COLUMN origin uuid,
    ADD COLUMN round integer NOT NULL DEFAULT 1 CHECK (round > 0),
    ADD COLUMN picker text,
    DROP CONSTRAINT fulfilments_order_id_location_method_key,
    ADD UNIQUE NULLS NOT DISTINCT (order_id, origin, location, method),
    DROP CONSTRAINT fulfilments_state_check,
    ADD CONSTRAINT fulfilments_state_check CHECK (state IN
        ('open', 'picking', 'picked', 'ready', 'shipped', 'collected', 'handed_over', 'rejected', 'cancelled'));
DROP INDEX fulfilments_work;
CREATE INDEX fulfilments_work ON fulfilments (location, created_at, id)
    WHERE state IN ('open', 'picking', 'picked', 'ready');

-- A location said of a line that it cannot send so many of it. What it is left with stands in fulfilment_lines.
CREATE TABLE rejections (
    order_id       uuid NOT NULL,
    id             uuid NOT NULL,
    line_id        uuid NOT NULL,
    fulfilment_id  uuid NOT NULL,
    variant_id     uuid NOT NULL,
    sku            text COLLATE "C" NOT NULL,
    name           text NOT NULL,
    location       text COLLATE "C" NOT NULL,
    round          integer NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    reason         text COLLATE "C" NOT NULL CHECK (reason IN
                     ('not_found', 'damaged', 'no_time', 'closed', 'other')),
    note           text,
    actor          text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (order_id, id, line_id, variant_id),
    FOREIGN KEY (order_id, fulfilment_id) REFERENCES fulfilments (order_id, id)
);

-- Units of a placed order that a place did not send, until another does. `store` is where they are to be collected, or
-- which sold them; `due_at` is when somebody looks whether goods have come.
CREATE TABLE shortfalls (
    order_id      uuid NOT NULL,
    id            uuid NOT NULL,
    rejection_id  uuid NOT NULL,
    line_id       uuid NOT NULL,
    variant_id    uuid NOT NULL,
    sku           text COLLATE "C" NOT NULL,
    name          text NOT NULL,
    quantity      integer NOT NULL CHECK (quantity > 0),
    number        text COLLATE "C" NOT NULL,
    channel       text COLLATE "C" NOT NULL,
    store         text COLLATE "C",
    intent        text COLLATE "C" NOT NULL,
    location      text COLLATE "C" NOT NULL,
    reason        text COLLATE "C" NOT NULL,
    round         integer NOT NULL,
    state         text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'backordered', 'served', 'cancelled')),
    why           text COLLATE "C" CHECK (why IN ('nobody', 'attempts', 'one_place')),
    opened_at     timestamptz NOT NULL,
    due_at        timestamptz,
    settled_at    timestamptz,
    settled_by    text,
    version       integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    UNIQUE (order_id, rejection_id, line_id, variant_id)
);
CREATE INDEX shortfalls_open ON shortfalls (opened_at, id) WHERE state IN ('waiting', 'backordered');
CREATE INDEX shortfalls_awaited ON shortfalls (variant_id) WHERE state = 'backordered';
CREATE INDEX shortfalls_due ON shortfalls (due_at) WHERE state = 'backordered';
"""


def upgrade() -> None:
    op.execute(SQL)
