"""Sellers, markets, channels, stores and locations."""

from alembic import op

revision = "20261122_1840"
down_revision = "20261122_1830"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
