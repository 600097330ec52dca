"""A customer has one cart in all channels; a cart that goes into another says so."""

from alembic import op

revision = "20261123_1300"
down_revision = "20261123_1200"

SQL = """
ALTER TABLE carts ADD COLUMN merger jsonb;
ALTER TABLE carts DROP CONSTRAINT carts_state_check;
ALTER TABLE carts ADD CONSTRAINT carts_state_check CHECK (state IN ('open', 'completing', 'ordered', 'merged'));
ALTER TABLE carts ADD CONSTRAINT carts_merger_check CHECK ((merger IS NOT NULL) = (state = 'merged'));

-- Which cart is the customer's own. A cart that has been bought is followed by the next that she begins.
CREATE TABLE customer_carts (
    customer_id  uuid PRIMARY KEY,
    order_id     uuid NOT NULL,
    since        timestamptz NOT NULL
);
INSERT INTO customer_carts (customer_id, order_id, since)
SELECT DISTINCT ON (customer_id) customer_id, order_id, changed_at FROM carts
WHERE customer_id IS NOT NULL AND state = 'open' ORDER BY customer_id, changed_at DESC, order_id DESC;
"""


def upgrade() -> None:
    op.execute(SQL)
