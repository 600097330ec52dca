"""Renditions are made when they are asked for: no rows of their own, their names follow from the master's."""

from alembic import op

revision = "20261122_2105"
down_revision = "20261122_1920"

SQL = """
-- The sweeper removes those that were made in advance under other names; only masters remember their upload.
UPDATE files SET status = 'removing', claimed_at = '2026-01-01Z' WHERE status = 'kept' AND upload IS NULL;
ALTER TABLE files DROP COLUMN renditions;
"""


def upgrade() -> None:
    op.execute(SQL)
