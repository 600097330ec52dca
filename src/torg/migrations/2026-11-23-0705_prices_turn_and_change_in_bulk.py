"""How far it has been told which scheduled prices have begun and ended; bulk changes of prices on their way."""

from alembic import op

revision = "20261123_0705"
down_revision = "20261123_0700"

SQL = """
-- Local: the cursor of one periodic job. What has the moment, variant, list and quantity of the row, or less, is told.
CREATE TABLE price_turns (
    name           text COLLATE "C" PRIMARY KEY,
    at             timestamptz NOT NULL,
    variant_id     uuid NOT NULL,
    price_list     text COLLATE "C" NOT NULL,
    from_quantity  integer NOT NULL
);

-- Local: a change of many prices of one list, and those of its prices that are still to be written. Of a list there is one
-- at a time.
CREATE TABLE price_bulks (
    id           uuid PRIMARY KEY,
    price_list   text COLLATE "C" NOT NULL,
    wish         jsonb NOT NULL,
    digest       text COLLATE "C" NOT NULL,
    converted    jsonb,
    valid_from   timestamptz NOT NULL,
    valid_to     timestamptz,
    state        text COLLATE "C" NOT NULL CHECK (state IN ('applying', 'applied')),
    prices       integer NOT NULL CHECK (prices >= 0),
    written      integer NOT NULL DEFAULT 0 CHECK (written >= 0),
    left_alone   integer NOT NULL DEFAULT 0 CHECK (left_alone >= 0),
    actor        text NOT NULL,
    begun_at     timestamptz NOT NULL,
    finished_at  timestamptz,
    CHECK (written + left_alone <= prices)
);
CREATE UNIQUE INDEX price_bulks_applying ON price_bulks (price_list) WHERE state = 'applying';
CREATE INDEX price_bulks_list ON price_bulks (price_list, id);

CREATE TABLE price_bulk_rows (
    bulk_id        uuid NOT NULL REFERENCES price_bulks ON DELETE CASCADE,
    variant_id     uuid NOT NULL,
    from_quantity  integer NOT NULL,
    amount_before  bigint,
    amount         bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (bulk_id, variant_id, from_quantity)
);

INSERT INTO price_turns VALUES ('told', now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 0);
"""


def upgrade() -> None:
    op.execute(SQL)
