"""Fulfilments and parcels."""

from alembic import op

revision = "20261122_1920"
down_revision = "20261122_1910"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
