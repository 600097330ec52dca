"""Orders and their lines."""

from alembic import op

revision = "20261122_1910"
down_revision = "20261122_1900"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
