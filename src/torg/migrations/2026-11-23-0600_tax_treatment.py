"""Tax registrations of sellers, what markets decide about tax, who buys, and how each order was taxed."""

from alembic import op

revision = "20261123_0600"
down_revision = "20261123_0500"

SQL = """
ALTER TABLE sellers ADD COLUMN registrations jsonb NOT NULL DEFAULT '[]';
UPDATE sellers SET registrations = coalesce(
    (SELECT jsonb_agg(jsonb_build_object('country', key, 'number', value) ORDER BY key)
     FROM jsonb_each_text(tax_numbers)), '[]');
ALTER TABLE sellers DROP COLUMN tax_numbers;
ALTER TABLE markets ADD COLUMN tax jsonb NOT NULL DEFAULT '{}';
ALTER TABLE carts ADD COLUMN business jsonb;
ALTER TABLE orders
    ADD COLUMN business jsonb,
    ADD COLUMN tax_basis jsonb NOT NULL DEFAULT '[]';
ALTER TABLE order_lines ADD COLUMN treatment text COLLATE "C" NOT NULL DEFAULT 'domestic';
"""


def upgrade() -> None:
    op.execute(SQL)
