"""Gift cards of an amount that is chosen, for somebody: what a product allows, and what a line of an order wants."""

from alembic import op

revision = "20261123_2355"
down_revision = "20261123_2350"

SQL = """
ALTER TABLE products ADD COLUMN card_amounts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE order_lines ADD COLUMN card jsonb;
"""


def upgrade() -> None:
    op.execute(SQL)
