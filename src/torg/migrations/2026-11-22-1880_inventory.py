"""Levels, movements, holds and delivery methods."""

from alembic import op

revision = "20261122_1880"
down_revision = "20261122_1870"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
