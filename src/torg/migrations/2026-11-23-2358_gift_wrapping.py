"""Lines that wrap the goods of others as gifts."""

from alembic import op

revision = "20261123_2358"
down_revision = "20261123_2357"

SQL = """
-- The line whose goods this one wraps.
ALTER TABLE order_lines ADD COLUMN wraps uuid;
"""


def upgrade() -> None:
    op.execute(SQL)
