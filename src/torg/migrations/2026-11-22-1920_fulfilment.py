"""Fulfilments and parcels."""

from alembic import op

revision = "20261122_1920"
down_revision = "20261122_1910"

SQL = """
-- Order family. One fulfilment for what one location sends, or keeps ready, in one way.
CREATE TABLE fulfilments (
    order_id     uuid NOT NULL,
    id           uuid NOT NULL,
    location     text COLLATE "C" NOT NULL,
    method       text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('ship', 'pick_up', 'carry_out')),
    state        text COLLATE "C" NOT NULL CHECK (state IN
                   ('open', 'ready', 'shipped', 'collected', 'handed_over', 'cancelled')),
    number       text COLLATE "C" NOT NULL,
    channel      text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    recipient    text NOT NULL,
    address      jsonb,
    email        text COLLATE "C",
    language     text COLLATE "C" NOT NULL,
    region       text COLLATE "C",
    time_zone    text NOT NULL,
    proof        bytea,
    proof_tries  integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    UNIQUE (order_id, location, method)
);
-- Work lists of a place, the oldest first.
CREATE INDEX fulfilments_work ON fulfilments (location, created_at, id) WHERE state IN ('open', 'ready');
CREATE INDEX fulfilments_location ON fulfilments (location, created_at, id);

CREATE TABLE fulfilment_lines (
    order_id       uuid NOT NULL,
    fulfilment_id  uuid NOT NULL,
    line_id        uuid NOT NULL,
    variant_id     uuid NOT NULL,
    sku            text COLLATE "C" NOT NULL,
    name           text NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, fulfilment_id, line_id),
    FOREIGN KEY (order_id, fulfilment_id) REFERENCES fulfilments (order_id, id)
);

CREATE TABLE parcels (
    order_id       uuid NOT NULL,
    id             uuid NOT NULL,
    fulfilment_id  uuid NOT NULL,
    carrier        text NOT NULL,
    tracking       text COLLATE "C",
    tracking_url   text,
    shipped_at     timestamptz NOT NULL,
    PRIMARY KEY (order_id, id),
    FOREIGN KEY (order_id, fulfilment_id) REFERENCES fulfilments (order_id, id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
