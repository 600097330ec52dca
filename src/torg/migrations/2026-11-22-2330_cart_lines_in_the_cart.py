"""A cart is one row with its lines in it: read by its key, written in place."""

from alembic import op

revision = "20261122_2330"
down_revision = "20261122_2320"

SQL = """
ALTER TABLE carts ADD COLUMN lines jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(lines) = 'array');
UPDATE carts c SET lines = l.lines
FROM (SELECT order_id, jsonb_agg(jsonb_build_object(
                 'id', id, 'variant_id', variant_id, 'quantity', quantity, 'intent', intent, 'store', store,
                 'note', note, 'channel', channel, 'added_at', added_at) ORDER BY id) AS lines
      FROM cart_lines GROUP BY order_id) l
WHERE l.order_id = c.order_id;
DROP TABLE cart_lines;
"""


def upgrade() -> None:
    op.execute(SQL)
