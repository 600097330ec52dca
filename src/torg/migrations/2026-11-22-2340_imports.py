"""Runs of imports, and the amounts of other systems' books that belong to no goods."""

from alembic import op

revision = "20261122_2340"
down_revision = "20261122_2335"

SQL = """
-- One content of a file of one source, and how many portions of it are in.
CREATE TABLE imports (
    id           uuid PRIMARY KEY,
    source       text COLLATE "C" NOT NULL,
    fingerprint  text COLLATE "C" NOT NULL,
    settings     jsonb NOT NULL,
    portions     integer NOT NULL CHECK (portions > 0),
    done         integer NOT NULL CHECK (done BETWEEN 0 AND portions),
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    UNIQUE (source, fingerprint),
    CHECK ((finished_at IS NOT NULL) = (done = portions))
);

-- Fees, corrections and counts, kept apart from orders and returns. Below zero is what was given or lost.
CREATE TABLE import_entries (
    id           uuid PRIMARY KEY,
    source       text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    number       text COLLATE "C" NOT NULL,
    code         text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    quantity     integer NOT NULL,
    amount       bigint NOT NULL,
    currency     text COLLATE "C" NOT NULL,
    customer_id  uuid,
    order_id     uuid,
    at           timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(SQL)
