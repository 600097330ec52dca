"""The order list says how much of an order was paid, shipped, returned and refunded, and by when it is to be paid."""

from alembic import op

revision = "20261123_2215"
down_revision = "20261123_2202"

SQL = """
ALTER TABLE order_facts
    ADD COLUMN paid text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN shipped text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN back text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN refunded text COLLATE "C" NOT NULL DEFAULT 'none',
    ADD COLUMN pay_by timestamptz;
UPDATE order_facts SET
    paid = CASE WHEN payment IN ('paid', 'part_refunded', 'refunded') OR gross = 0 THEN 'all'
                WHEN payment = 'part_paid' THEN 'part' ELSE 'none' END,
    shipped = CASE WHEN gone <= 0 THEN 'none' WHEN gone < units THEN 'part' ELSE 'all' END,
    back = CASE WHEN NOT returned THEN 'none' WHEN payment = 'refunded' THEN 'all' ELSE 'part' END,
    refunded = CASE payment WHEN 'refunded' THEN 'all' WHEN 'part_refunded' THEN 'part' ELSE 'none' END;
ALTER TABLE order_facts DROP COLUMN returned;
ALTER TABLE order_facts RENAME COLUMN back TO returned;
UPDATE order_facts SET keys = keys || array_to_tsvector(
    ARRAY['paid=' || paid, 'shipped=' || shipped, 'returned=' || returned, 'refunded=' || refunded]);

-- What is to be paid by a day that was agreed, and is not paid yet.
CREATE INDEX order_facts_pay_by ON order_facts (pay_by, order_id) WHERE pay_by IS NOT NULL;

-- The orders with these keys, the first `most` that are found. Whoever asks for few has looked through the newest orders
-- already and found less than a page; the planner, which knows nothing of rare beginnings of words, would read the table.
CREATE FUNCTION orders_by_keys(wanted tsquery, most integer) RETURNS SETOF order_facts
LANGUAGE sql STABLE ROWS 1000 SET enable_seqscan = off SET enable_indexscan = off
AS 'SELECT * FROM order_facts WHERE keys @@ wanted LIMIT most';
"""


def upgrade() -> None:
    op.execute(SQL)
