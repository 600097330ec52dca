"""Subscriptions, parked events, jobs and webhooks."""

from alembic import op

revision = "20261122_1810"
down_revision = "20261122_1800"

SQL = """
"""


def upgrade() -> None:
    op.execute(SQL)
