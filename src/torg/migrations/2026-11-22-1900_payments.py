"""Payments, attempts and refunds."""

from alembic import op

revision = "20261122_1900"
down_revision = "20261122_1890"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
