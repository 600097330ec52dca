"""Levels, movements, holds and delivery methods."""

from alembic import op

revision = "20261122_1880"
down_revision = "20261122_1870"

SQL = """
-- How much of a variant a location has. `on_hand` counts whole goods in the building, `damaged` stands beside it.
-- `sequence` is the number of the last movement, so that ledger and balance can be laid side by side.
CREATE TABLE levels (
    bucket      smallint NOT NULL,
    variant_id  uuid NOT NULL REFERENCES variants,
    location    text COLLATE "C" NOT NULL REFERENCES locations,
    on_hand     integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved    integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    allocated   integer NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    damaged     integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    incoming    integer NOT NULL DEFAULT 0 CHECK (incoming >= 0),
    buffer      integer NOT NULL DEFAULT 0 CHECK (buffer >= 0),
    backorder   integer NOT NULL DEFAULT 0 CHECK (backorder >= 0),
    sequence    bigint NOT NULL DEFAULT 0,
    available   integer NOT NULL GENERATED ALWAYS AS (on_hand + backorder - buffer - reserved - allocated) STORED,
    PRIMARY KEY (bucket, variant_id, location),
    CONSTRAINT levels_promise CHECK (reserved + allocated <= on_hand + backorder)
) WITH (fillfactor = 70);
CREATE INDEX levels_location ON levels (location, variant_id);

-- Append-only: each row is one change of one level, with its cause. The columns are differences. Movements and holds
-- have no foreign key to levels: they are written only by the statements that change those, and a lookup for each row
-- would be paid in every checkout.
CREATE TABLE movements (
    bucket      smallint NOT NULL,
    variant_id  uuid NOT NULL,
    location    text COLLATE "C" NOT NULL,
    sequence    bigint NOT NULL,
    cause       text COLLATE "C" NOT NULL CHECK (cause IN (
        'received', 'adjusted', 'reserved', 'released', 'expired', 'allocated', 'shipped', 'given_back')),
    on_hand     integer NOT NULL,
    reserved    integer NOT NULL,
    allocated   integer NOT NULL,
    damaged     integer NOT NULL,
    incoming    integer NOT NULL,
    reason      text,
    document    text,
    actor       text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, variant_id, location, sequence)
);

-- What an order (or the cart that becomes it) keeps others from buying, line by line and place by place.
CREATE TABLE holds (
    bucket      smallint NOT NULL,
    order_id    uuid NOT NULL,
    id          uuid NOT NULL,
    line_id     uuid NOT NULL,
    variant_id  uuid NOT NULL,
    location    text COLLATE "C" NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    shipped     integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    given_back  integer NOT NULL DEFAULT 0 CHECK (given_back >= 0),
    state       text COLLATE "C" NOT NULL CHECK (state IN (
        'held', 'released', 'expired', 'allocated', 'shipped', 'given_back')),
    expires_at  timestamptz NOT NULL,
    held_at     timestamptz NOT NULL,
    moved_at    timestamptz NOT NULL,
    PRIMARY KEY (bucket, order_id, id),
    CHECK (shipped + given_back <= quantity),
    CHECK (shipped + given_back = 0 OR state IN ('allocated', 'shipped', 'given_back'))
);
CREATE INDEX holds_order ON holds (order_id);
CREATE INDEX holds_due ON holds (expires_at) WHERE state = 'held';

CREATE TABLE delivery_methods (
    code                 text COLLATE "C" PRIMARY KEY,
    kind                 text COLLATE "C" NOT NULL CHECK (kind IN ('ship', 'pick_up')),
    name                 jsonb NOT NULL,
    cut_off              time NOT NULL,
    preparation_minutes  integer NOT NULL CHECK (preparation_minutes BETWEEN 0 AND 43200),
    place                integer NOT NULL,
    active               boolean NOT NULL,
    version              integer NOT NULL DEFAULT 1
);

-- Where a method ships to: a country, or the part of it whose postal codes begin so; the longest beginning counts.
CREATE TABLE delivery_zones (
    method         text COLLATE "C" NOT NULL REFERENCES delivery_methods ON DELETE CASCADE,
    country        text COLLATE "C" NOT NULL,
    postal_prefix  text COLLATE "C" NOT NULL DEFAULT '',
    days_from      integer NOT NULL CHECK (days_from >= 0),
    days_to        integer NOT NULL CHECK (days_to BETWEEN days_from AND 365),
    PRIMARY KEY (method, country, postal_prefix)
);

-- Where a method hands over.
CREATE TABLE delivery_stores (
    method  text COLLATE "C" NOT NULL REFERENCES delivery_methods ON DELETE CASCADE,
    store   text COLLATE "C" NOT NULL REFERENCES stores,
    PRIMARY KEY (method, store)
);
"""


def upgrade() -> None:
    op.execute(SQL)
