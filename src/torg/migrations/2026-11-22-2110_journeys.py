"""Through which channels and on which devices a cart, and its order, came about."""

from alembic import op

revision = "20261122_2110"
down_revision = "20261122_2105"

SQL = """
-- Touches in the order in which they happened: [{"at": "…", "channel": "web-no", "by": "visitor", "device": "phone"}].
ALTER TABLE carts ADD COLUMN journey jsonb NOT NULL DEFAULT '[]';
ALTER TABLE orders ADD COLUMN journey jsonb NOT NULL DEFAULT '[]';
"""


def upgrade() -> None:
    op.execute(SQL)
