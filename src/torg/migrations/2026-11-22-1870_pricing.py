"""Price lists, tax rates and delivery rates."""

from alembic import op

revision = "20261122_1870"
down_revision = "20261122_1860"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
