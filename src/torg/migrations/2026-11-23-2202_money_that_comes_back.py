"""Refunds that fail after all, a part of an authorisation that the test gateway lets go of, overdue debts told once."""

from alembic import op

revision = "20261123_2202"
down_revision = "20261123_2201"

SQL = """
-- What was given back and has not reached the customer; it does not count as refunded any more.
ALTER TABLE payments ADD COLUMN refund_failed bigint NOT NULL DEFAULT 0 CHECK (refund_failed >= 0);
ALTER TABLE test_gateway_charges ADD COLUMN released bigint NOT NULL DEFAULT 0;
-- The due day of which was told that it has passed.
ALTER TABLE debts ADD COLUMN overdue_told date;
"""


def upgrade() -> None:
    op.execute(SQL)
