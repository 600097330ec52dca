"""Carts and their lines."""

from alembic import op

revision = "20261122_1890"
down_revision = "20261122_1880"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
