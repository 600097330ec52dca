"""Products, variants, categories, media and assortment."""

from alembic import op

revision = "20261122_1850"
down_revision = "20261122_1840"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
