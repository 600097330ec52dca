"""Sellers, markets, locations and stores can be changed, so they have versions."""

from alembic import op

revision = "20261122_2350"
down_revision = "20261122_2345"

SQL = """
ALTER TABLE sellers ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE markets ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE locations ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE stores ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
"""


def upgrade() -> None:
    op.execute(SQL)
