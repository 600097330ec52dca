"""Soft holds: what is kept for a cart's lines, for whom, until when; and how a channel says so."""

from alembic import op

revision = "20261123_0200"
down_revision = "20261123_0100"

SQL = """
-- `holder` is whose units these count as while they are kept (a customer, a visitor's network as a hash, or one cart); it
-- is forgotten when they no longer are. Like holds, these are written only by the statements that change levels.
CREATE TABLE soft_holds (
    bucket      smallint NOT NULL,
    order_id    uuid NOT NULL,
    id          uuid NOT NULL,
    line_id     uuid NOT NULL,
    variant_id  uuid NOT NULL,
    location    text COLLATE "C" NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    holder      text COLLATE "C",
    state       text COLLATE "C" NOT NULL CHECK (state IN ('held', 'released', 'expired', 'pinned')),
    expires_at  timestamptz NOT NULL,
    held_at     timestamptz NOT NULL,
    moved_at    timestamptz NOT NULL,
    PRIMARY KEY (bucket, order_id, id),
    CHECK ((holder IS NOT NULL) = (state = 'held'))
);
CREATE INDEX soft_holds_order ON soft_holds (order_id) WHERE state = 'held';
CREATE INDEX soft_holds_holder ON soft_holds (holder) WHERE state = 'held';
CREATE INDEX soft_holds_due ON soft_holds (bucket, expires_at) WHERE state = 'held';

-- What is due is swept bucket by bucket.
DROP INDEX holds_due;
CREATE INDEX holds_due ON holds (bucket, expires_at) WHERE state = 'held';

UPDATE channels SET settings = settings - 'cart_hold_minutes' WHERE settings ? 'cart_hold_minutes';
"""


def upgrade() -> None:
    op.execute(SQL)
