"""Carts are handed over by codes, opened by further tokens, and wait in stores."""

from alembic import op

revision = "20261123_1713"
down_revision = "20261123_1700"

SQL = """
ALTER TABLE carts ADD COLUMN offered jsonb;
ALTER TABLE carts ADD COLUMN openers jsonb NOT NULL DEFAULT '[]';
ALTER TABLE carts ADD COLUMN parked jsonb;
CREATE INDEX carts_parked ON carts ((parked->>'store')) WHERE parked IS NOT NULL;

-- What six digits or a link hand over; whether they still count stands in the cart.
CREATE TABLE cart_codes (
    code_hash   text COLLATE "C" PRIMARY KEY,
    order_id    uuid NOT NULL,
    offer       uuid NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX cart_codes_expired ON cart_codes (expires_at);
"""


def upgrade() -> None:
    op.execute(SQL)
