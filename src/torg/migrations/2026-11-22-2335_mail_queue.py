"""Mails are a queue of their own: each knows when it is to be sent, or sent again."""

from alembic import op

revision = "20261122_2335"
down_revision = "20261122_2330"

SQL = """
-- While a mail is being sent this is when somebody else may take it over.
ALTER TABLE mails ADD COLUMN next_at timestamptz NOT NULL DEFAULT now();
UPDATE mails SET next_at = coalesce(claimed_at, queued_at) WHERE status IN ('queued', 'sending');
DROP INDEX mails_waiting;
ALTER TABLE mails DROP COLUMN claimed_at;
CREATE INDEX mails_due ON mails (next_at, id) WHERE status IN ('queued', 'sending');

-- What sent them until now: nobody follows with this cursor or runs these jobs any more.
DELETE FROM subscriptions WHERE name = 'mail.deliver';
DELETE FROM parked_events WHERE subscription = 'mail.deliver';
DELETE FROM procrastinate_jobs WHERE task_name = 'mail.deliver';
"""


def upgrade() -> None:
    op.execute(SQL)
