"""Whether a promotion rested or had ended from a version on, so that what it took off in the past can be told."""

from alembic import op

revision = "20261123_2201"
down_revision = "20261123_2200"

SQL = """
ALTER TABLE promotion_versions ADD COLUMN rests boolean NOT NULL DEFAULT false;

UPDATE promotion_versions v SET rests = true
FROM promotions p
WHERE p.key = v.promotion AND p.version = v.version AND (p.paused_at IS NOT NULL OR p.disabled_at IS NOT NULL);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(SQL)
