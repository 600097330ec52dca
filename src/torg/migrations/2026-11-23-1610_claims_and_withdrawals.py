"""What customers complain of, and their statements that they withdraw."""

from alembic import op

revision = "20261123_1610"
down_revision = "20261123_1600"

SQL = """
-- Order family. `lines` are the units that it is about; a refund or a discount is the return `return_id`.
CREATE TABLE claims (
    order_id     uuid NOT NULL,
    id           uuid NOT NULL,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('missing', 'damaged', 'wrong_item', 'late')),
    state        text COLLATE "C" NOT NULL CHECK (state IN ('open', 'resolved', 'refused')),
    resolution   text COLLATE "C" CHECK (resolution IN ('resend', 'refund', 'discount')),
    lines        jsonb NOT NULL,
    number       text COLLATE "C",
    channel      text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    customer_id  uuid,
    currency     text COLLATE "C" NOT NULL,
    amount       bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
    note         text,
    reason       text,
    return_id    uuid,
    actor        text NOT NULL,
    opened_at    timestamptz NOT NULL,
    settled_at   timestamptz,
    settled_by   text,
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE INDEX claims_opened_at ON claims (opened_at, id) WHERE state = 'open';

-- Order family. A statement stands as it was made: of the order that it names, or, where none is found, under its own id.
CREATE TABLE withdrawals (
    order_id   uuid NOT NULL,
    id         uuid NOT NULL,
    outcome    text COLLATE "C" NOT NULL CHECK (outcome IN
                 ('announced', 'cancelled', 'nothing_left', 'too_late', 'not_found')),
    number     text NOT NULL,
    name       text NOT NULL,
    email      text NOT NULL,
    message    text,
    language   text COLLATE "C" NOT NULL,
    market     text COLLATE "C" NOT NULL,
    return_id  uuid,
    at         timestamptz NOT NULL,
    PRIMARY KEY (order_id, id)
);
CREATE INDEX withdrawals_at ON withdrawals (at DESC, id DESC);
"""


def upgrade() -> None:
    op.execute(SQL)
