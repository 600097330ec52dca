"""Buffers per channel, dates of what is expected, bundles, and orders that remember how their lines were promised."""

from alembic import op

revision = "20261123_0010"
down_revision = "20261122_2350"

SQL = """
-- `kept` says how many units a channel leaves to others here, by channel; where it is silent, channel_buffers counts.
-- What may be promised beyond the stock (`backorder`) is promised while `expected` has not passed. `planned` is the
-- version of these four: buffer, kept, backorder and expected.
ALTER TABLE levels
    ADD COLUMN kept jsonb,
    ADD COLUMN expected date,
    ADD COLUMN planned integer NOT NULL DEFAULT 0;

-- How many units of every variant a channel leaves to others at a location.
CREATE TABLE channel_buffers (
    channel   text COLLATE "C" NOT NULL REFERENCES channels,
    location  text COLLATE "C" NOT NULL REFERENCES locations,
    units     integer NOT NULL CHECK (units >= 0),
    version   integer NOT NULL DEFAULT 1,
    PRIMARY KEY (channel, location)
);

-- How many of a hold's units were not there when they were promised, and from when they were expected. Goods promised
-- as a pre-order wait for that day even when they are there before.
ALTER TABLE holds
    ADD COLUMN late integer NOT NULL DEFAULT 0,
    ADD COLUMN expected date,
    ADD COLUMN preorder boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT holds_late CHECK (late BETWEEN 0 AND quantity);
CREATE INDEX holds_waiting ON holds (bucket, variant_id, location, id)
    WHERE state IN ('held', 'allocated') AND late > 0;

-- A bundle is sold as one and taken from the shelves as its components: `[{"variant_id": …, "quantity": …}]`. Before
-- `release_on` a variant is promised as a pre-order only.
ALTER TABLE variants
    ADD COLUMN components jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN release_on date;
CREATE INDEX variants_special ON variants (id) WHERE components <> '[]' OR release_on IS NOT NULL;

-- What a bundle consisted of when it was bought, and how a line was promised: backorder or pre-order, from which day.
ALTER TABLE order_lines
    ADD COLUMN components jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN promised text COLLATE "C" CHECK (promised IN ('backorder', 'preorder')),
    ADD COLUMN expected date;

-- A line may be of several variants.
ALTER TABLE fulfilment_lines
    DROP CONSTRAINT fulfilment_lines_pkey,
    ADD PRIMARY KEY (order_id, fulfilment_id, line_id, variant_id);
"""


def upgrade() -> None:
    op.execute(SQL)
