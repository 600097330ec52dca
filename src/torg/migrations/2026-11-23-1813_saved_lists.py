"""What customers want to remember."""

from alembic import op

revision = "20261123_1813"
down_revision = "20261123_1800"

SQL = """
CREATE TABLE saved_lists (
    customer_id  uuid NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    items        jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(items) = 'array'),
    share_hash   bytea,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);

-- Which list a link shows; only a hash of its secret is kept.
CREATE TABLE list_shares (
    token_hash   bytea PRIMARY KEY,
    customer_id  uuid NOT NULL,
    list_id      uuid NOT NULL
);
"""


def upgrade() -> None:
    op.execute(SQL)
