"""Goods that come back pay for others: a change of an order knows its return, and a return its change."""

from alembic import op

revision = "20261123_2216"
down_revision = "20261123_2215"

SQL = """
ALTER TABLE orders ADD COLUMN exchanged bigint NOT NULL DEFAULT 0 CHECK (exchanged >= 0);
ALTER TABLE returns
    ADD COLUMN change_id uuid,
    ADD COLUMN exchanged bigint CHECK (exchanged >= 0);
ALTER TABLE order_changes
    ADD COLUMN return_id uuid,
    ADD COLUMN credit bigint NOT NULL DEFAULT 0 CHECK (credit >= 0),
    ADD COLUMN on_arrival boolean NOT NULL DEFAULT false,
    ADD COLUMN store text COLLATE "C";
"""


def upgrade() -> None:
    op.execute(SQL)
