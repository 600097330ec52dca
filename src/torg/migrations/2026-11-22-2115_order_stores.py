"""The stores that hand over or send some of an order, for their staff to see it."""

from alembic import op

revision = "20261122_2115"
down_revision = "20261122_2110"

SQL = """
ALTER TABLE orders ADD COLUMN stores text[] COLLATE "C" NOT NULL DEFAULT '{}';
UPDATE orders o SET stores = f.stores
FROM (SELECT order_id, array_agg(DISTINCT store ORDER BY store) AS stores
      FROM fulfilments WHERE store IS NOT NULL GROUP BY order_id) f
WHERE f.order_id = o.order_id;
CREATE INDEX orders_stores ON orders USING gin (stores) WHERE stores <> '{}';
"""


def upgrade() -> None:
    op.execute(SQL)
