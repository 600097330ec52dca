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

-- Everything that is kept under the hash of its content, by that name. The row is claimed before the first byte is
-- written and goes after the last byte is gone, so nothing lies in the store that no row tells of.
CREATE TABLE files (
    name        text COLLATE "C" PRIMARY KEY,
    media_type  text COLLATE "C" NOT NULL,
    size        bigint NOT NULL CHECK (size > 0),
    width       integer NOT NULL CHECK (width > 0),
    height      integer NOT NULL CHECK (height > 0),
    -- The hash of what was uploaded, so that the same upload is known again without being painted again.
    upload      text COLLATE "C",
    -- The same image at other widths: [{"name": "…", "media_type": "image/avif", "width": 480, "height": 320}].
    renditions  jsonb NOT NULL DEFAULT '[]',
    status      text COLLATE "C" NOT NULL CHECK (status IN ('claimed', 'kept', 'removing')),
    claimed_at  timestamptz NOT NULL
);
CREATE INDEX files_upload ON files (upload) WHERE upload IS NOT NULL;
CREATE INDEX files_unfinished ON files (claimed_at) WHERE status <> 'kept';
"""


def upgrade() -> None:
    op.execute(SQL)
