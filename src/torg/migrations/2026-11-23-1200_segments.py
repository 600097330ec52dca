"""Segments: lists of customers whom promotions are meant for."""

from alembic import op

revision = "20261123_1200"
down_revision = "20261123_1000"

SQL = """
-- Reference data: what may be named.
CREATE TABLE segments (
    code     text COLLATE "C" PRIMARY KEY,
    name     text NOT NULL,
    version  integer NOT NULL DEFAULT 1 CHECK (version > 0)
);

-- Customer family: who is in which.
CREATE TABLE customer_segments (
    customer_id  uuid NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
    segment      text COLLATE "C" NOT NULL REFERENCES segments,
    since        timestamptz NOT NULL,
    PRIMARY KEY (customer_id, segment)
);
CREATE INDEX customer_segments_of_segment ON customer_segments (segment, customer_id);
"""


def upgrade() -> None:
    op.execute(SQL)
