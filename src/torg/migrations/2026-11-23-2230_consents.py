"""What customers have agreed to, and taken back: every time with the words that they were shown."""

from alembic import op

revision = "20261123_2230"
down_revision = "20261123_2216"

SQL = """
CREATE TABLE customer_consents (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    purpose     text        COLLATE "C" NOT NULL,
    given       boolean     NOT NULL,
    wording     text        NOT NULL,
    language    text        COLLATE "C" NOT NULL,
    said_in     text        COLLATE "C",
    actor       text        COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
