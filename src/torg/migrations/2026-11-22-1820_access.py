"""Staff, roles, sessions, API keys and the audit log."""

from alembic import op

revision = "20261122_1820"
down_revision = "20261122_1810"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
