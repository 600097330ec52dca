"""What becomes of goods that no place sends, by the channel's rules: staff decide or they wait, and for how long."""

from alembic import op

revision = "20261123_0310"
down_revision = "20261123_0300"

SQL = """
ALTER TABLE routing_rules
    ADD COLUMN otherwise text COLLATE "C" NOT NULL DEFAULT 'work_list' CHECK (otherwise IN ('work_list', 'wait')),
    ADD COLUMN cancel_after_days integer CHECK (cancel_after_days > 0);
CREATE INDEX shortfalls_overdue ON shortfalls (channel, opened_at) WHERE state IN ('waiting', 'backordered');
"""


def upgrade() -> None:
    op.execute(SQL)
