"""Pages of content: their versions, what customers see of them, and the addresses that lead to them."""

from alembic import op

revision = "20261123_2200"
down_revision = "20261123_2032"

SQL = """
CREATE TABLE content_pages (
    code     text COLLATE "C" PRIMARY KEY,
    version  integer NOT NULL CHECK (version > 0),
    shown    integer CHECK (shown > 0 AND shown <= version)
);

-- Rows are added and never changed.
CREATE TABLE content_versions (
    page        text COLLATE "C" NOT NULL REFERENCES content_pages,
    version     integer NOT NULL CHECK (version > 0),
    texts       jsonb NOT NULL,
    markets     text[] NOT NULL,
    position    integer NOT NULL,
    written_at  timestamptz NOT NULL,
    written_by  text NOT NULL,
    PRIMARY KEY (page, version)
);

-- An address leads to one page for good, so that a link that somebody kept still finds it.
CREATE TABLE content_addresses (
    slug  text COLLATE "C" PRIMARY KEY,
    page  text COLLATE "C" NOT NULL REFERENCES content_pages
);
"""


def upgrade() -> None:
    op.execute(SQL)
