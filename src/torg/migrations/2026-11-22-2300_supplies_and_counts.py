"""Goods on their way, counts, and reorder points."""

from alembic import op

revision = "20261122_2300"
down_revision = "20261122_2115"

SQL = """
ALTER TABLE movements DROP CONSTRAINT movements_cause_check;
ALTER TABLE movements ADD CONSTRAINT movements_cause_check CHECK (cause IN (
    'received', 'adjusted', 'reserved', 'released', 'expired', 'allocated', 'shipped', 'given_back', 'expected',
    'transferred_out', 'transferred_in', 'counted')) NOT VALID;

-- A level that falls to its reorder point is to be filled up to `reorder_to`; 0 and 0: nobody asks.
ALTER TABLE levels ADD COLUMN reorder_point integer NOT NULL DEFAULT 0 CHECK (reorder_point >= 0);
ALTER TABLE levels ADD COLUMN reorder_to integer NOT NULL DEFAULT 0 CHECK (reorder_to >= reorder_point);
CREATE INDEX levels_reorder ON levels (location, variant_id) WHERE reorder_to > 0;

-- Goods on their way to a location: ordered from a supplier, or sent from another location.
CREATE TABLE supplies (
    supply_id    uuid PRIMARY KEY,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    state        text COLLATE "C" NOT NULL CHECK (state IN ('on_its_way', 'arrived', 'closed')),
    location     text COLLATE "C" NOT NULL REFERENCES locations,
    source       text COLLATE "C" REFERENCES locations,
    supplier     text,
    reference    text,
    expected_on  date,
    rest         text COLLATE "C" CHECK (rest IN ('not_delivered', 'lost', 'returned')),
    opened_by    text NOT NULL,
    opened_at    timestamptz NOT NULL,
    closed_at    timestamptz,
    version      integer NOT NULL DEFAULT 1,
    CHECK ((kind = 'transfer') = (source IS NOT NULL)),
    CHECK ((kind = 'purchase') = (supplier IS NOT NULL)),
    CHECK (source <> location)
);
CREATE INDEX supplies_location ON supplies (location, opened_at DESC, supply_id DESC);
CREATE INDEX supplies_source ON supplies (source, opened_at DESC, supply_id DESC) WHERE source IS NOT NULL;

CREATE TABLE supply_lines (
    supply_id   uuid NOT NULL REFERENCES supplies,
    variant_id  uuid NOT NULL REFERENCES variants,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received    integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    damaged     integer NOT NULL DEFAULT 0 CHECK (damaged >= 0),
    PRIMARY KEY (supply_id, variant_id)
);

-- Somebody counts what a location has: some variants, or everything. `blind`: the counter is not told what is expected.
CREATE TABLE counts (
    count_id   uuid PRIMARY KEY,
    location   text COLLATE "C" NOT NULL REFERENCES locations,
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('cycle', 'full')),
    blind      boolean NOT NULL,
    state      text COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed', 'cancelled')),
    opened_by  text NOT NULL,
    opened_at  timestamptz NOT NULL,
    closed_by  text,
    closed_at  timestamptz,
    version    integer NOT NULL DEFAULT 1
);
CREATE INDEX counts_location ON counts (location, opened_at DESC, count_id DESC);

-- `expected` and `movement` are what was on hand, and the level's last movement, when this line was counted, not when the
-- count was opened: the shop stays open.
CREATE TABLE count_lines (
    count_id    uuid NOT NULL REFERENCES counts,
    variant_id  uuid NOT NULL REFERENCES variants,
    expected    integer,
    movement    bigint,
    counted     integer CHECK (counted >= 0),
    counted_by  text,
    counted_at  timestamptz,
    PRIMARY KEY (count_id, variant_id),
    CHECK ((counted IS NULL) = (counted_at IS NULL))
);
"""


def upgrade() -> None:
    op.execute(SQL)
