"""Points are taken back in parts, return by return."""

from alembic import op

revision = "20261123_2356"
down_revision = "20261123_2355"

SQL = """
ALTER TABLE points_entries ADD COLUMN return_id uuid;
ALTER TABLE points_entries DROP CONSTRAINT points_entries_reason_check;
ALTER TABLE points_entries ADD CONSTRAINT points_entries_reason_check
    CHECK (reason IN ('order-placed', 'order-cancelled') AND return_id IS NULL
        OR reason = 'order-returned' AND return_id IS NOT NULL);
ALTER TABLE points_entries DROP CONSTRAINT points_entries_customer_id_order_id_promotion_reason_key;
ALTER TABLE points_entries ADD CONSTRAINT points_entries_once
    UNIQUE NULLS NOT DISTINCT (customer_id, order_id, promotion, reason, return_id);
"""


def upgrade() -> None:
    op.execute(SQL)
