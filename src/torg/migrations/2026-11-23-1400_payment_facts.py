"""What else is known of a payment: money let go of, authorisations that end, coins, and disputes."""

from alembic import op

revision = "20261123_1400"
down_revision = "20261123_1300"

SQL = """
-- `released` was set aside and has been let go of, so it can never be taken; `disputed` was taken and is claimed back over
-- the gateway's head, so it cannot be refunded as well. With `captures_once` the first capture lets go of the rest.
-- `rounding` is what coins make of `amount` (books keep the amount), `given` what a customer put on the counter.
ALTER TABLE payments
    ADD COLUMN released         bigint NOT NULL DEFAULT 0 CHECK (released >= 0),
    ADD COLUMN disputed         bigint NOT NULL DEFAULT 0 CHECK (disputed >= 0),
    ADD COLUMN captures_once    boolean NOT NULL DEFAULT false,
    ADD COLUMN authorised_until timestamptz,
    ADD COLUMN country          text COLLATE "C",
    ADD COLUMN rounding         bigint NOT NULL DEFAULT 0 CHECK (rounding = 0 OR tender = 'cash'),
    ADD COLUMN given            bigint CHECK (given IS NULL OR (tender = 'cash' AND given >= amount + rounding));
ALTER TABLE refunds ADD COLUMN rounding bigint NOT NULL DEFAULT 0;
-- Authorisations that somebody should take before they end.
CREATE INDEX payments_authorised_until ON payments (authorised_until)
    WHERE authorised_until IS NOT NULL AND state IN ('authorised', 'captured');

-- Order family. A bank has been told by its customer that a payment was wrong; the gateway knows it by its reference.
CREATE TABLE payment_disputes (
    order_id    uuid NOT NULL,
    payment_id  uuid NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('inquiry', 'open', 'won', 'lost', 'dropped')),
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text COLLATE "C" NOT NULL,
    reason      text COLLATE "C" NOT NULL,
    answer_by   timestamptz,
    opened_at   timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (order_id, payment_id, reference),
    FOREIGN KEY (order_id, payment_id) REFERENCES payments (order_id, id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
