"""The buyer's own reference on carts and orders."""

from alembic import op

revision = "20261123_2030"
down_revision = "20261123_1813"

SQL = """
ALTER TABLE carts ADD COLUMN purchase_order text;
ALTER TABLE orders ADD COLUMN purchase_order text;
"""


def upgrade() -> None:
    op.execute(SQL)
