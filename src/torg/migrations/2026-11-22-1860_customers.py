"""Customers, addresses and preferences."""

from alembic import op

revision = "20261122_1860"
down_revision = "20261122_1850"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
