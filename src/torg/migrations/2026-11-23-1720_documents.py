"""Documents of orders, frozen when they are issued, and the series that number them without gaps."""

from alembic import op

revision = "20261123_1720"
down_revision = "20261123_1714"

SQL = """
-- Order family. `cause` is what the document is for: the same cause gets the same document. Nothing of a document ever
-- changes; what was wrong is corrected by another one.
CREATE TABLE documents (
    order_id   uuid NOT NULL,
    id         uuid NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    cause      text COLLATE "C" NOT NULL,
    series     text COLLATE "C",
    place      bigint,
    number     text COLLATE "C",
    corrects   uuid,
    seller     text COLLATE "C" NOT NULL,
    language   text COLLATE "C" NOT NULL,
    currency   text COLLATE "C" NOT NULL,
    net        bigint NOT NULL,
    tax        bigint NOT NULL,
    gross      bigint NOT NULL,
    facts      jsonb NOT NULL,
    actor      text NOT NULL,
    issued_at  timestamptz NOT NULL,
    PRIMARY KEY (order_id, id),
    UNIQUE (order_id, kind, cause),
    CHECK ((series IS NULL) = (place IS NULL) AND (series IS NULL) = (number IS NULL))
);
CREATE INDEX documents_series ON documents (series, place) WHERE series IS NOT NULL;
CREATE INDEX documents_number ON documents (number) WHERE number IS NOT NULL;

-- Value family: the last number that a series has given, locked until whoever took it has committed.
CREATE TABLE document_series (
    series  text COLLATE "C" PRIMARY KEY,
    last    bigint NOT NULL CHECK (last > 0)
);
"""


def upgrade() -> None:
    op.execute(SQL)
