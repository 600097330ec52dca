"""Mails and files."""

from alembic import op

revision = "20261122_1830"
down_revision = "20261122_1820"

SQL = """
-- Every mail that was ever asked for, until it is forgotten. Keyed by itself: a mail that must be sent once has an id
-- made from what makes it that mail.
CREATE TABLE mails (
    id          uuid PRIMARY KEY,
    recipient   text NOT NULL,
    subject     text NOT NULL,
    html        text NOT NULL,
    text        text NOT NULL,
    language    text COLLATE "C" NOT NULL,
    template    text COLLATE "C" NOT NULL,
    secret      boolean NOT NULL,
    status      text COLLATE "C" NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'sending', 'sent', 'failed')),
    attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason      text,
    queued_at   timestamptz NOT NULL,
    claimed_at  timestamptz,
    ended_at    timestamptz,
    CHECK ((status IN ('sent', 'failed')) = (ended_at IS NOT NULL))
);
CREATE INDEX mails_newest ON mails (queued_at, id);
CREATE INDEX mails_recipient ON mails (lower(recipient), queued_at);
CREATE INDEX mails_waiting ON mails (queued_at) WHERE status IN ('queued', 'sending');

-- Everything that is kept under a content address, by the address. The row is claimed before the first byte is
-- written, so nothing lies in the store that no row tells of.
CREATE TABLE files (
    name        text COLLATE "C" PRIMARY KEY,
    media_type  text COLLATE "C" NOT NULL,
    size        bigint NOT NULL CHECK (size > 0),
    width       integer CHECK (width > 0),
    height      integer CHECK (height > 0),
    status      text COLLATE "C" NOT NULL DEFAULT 'claimed'
                CHECK (status IN ('claimed', 'kept', 'removing')),
    -- Renditions that belong to an image: [{"width": 480, "height": 320, "media_type": "image/avif", "name": "…"}].
    renditions  jsonb NOT NULL DEFAULT '[]',
    -- The image that a rendition was made from.
    original    text COLLATE "C" REFERENCES files (name) ON DELETE CASCADE,
    claimed_at  timestamptz NOT NULL,
    kept_at     timestamptz
);
CREATE INDEX files_unfinished ON files (claimed_at) WHERE status <> 'kept';
CREATE INDEX files_original ON files (original) WHERE original IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
