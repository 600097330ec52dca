"""Links that are sealed when a mail leaves."""

from alembic import op

revision = "20261123_2350"
down_revision = "20261123_2230"

SQL = """
ALTER TABLE mails ADD COLUMN links jsonb NOT NULL DEFAULT '[]';
"""


def upgrade() -> None:
    op.execute(SQL)
