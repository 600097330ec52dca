"""Mails and files."""

from alembic import op

revision = "20261122_1830"
down_revision = "20261122_1820"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
