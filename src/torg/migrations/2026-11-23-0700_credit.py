"""Gift cards and store credit: accounts with their entries, codes, and payments that are made from them."""

from alembic import op

revision = "20261123_0700"
down_revision = "20261123_0600"

SQL = """
-- Value family, keyed by the account. A balance is changed only together with an entry that says why; the CHECKs are the
-- last guard of the money, whatever the code above them does.
CREATE TABLE credit_accounts (
    account_id   uuid PRIMARY KEY,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('gift_card', 'store_credit')),
    state        text COLLATE "C" NOT NULL CHECK (state IN ('active', 'blocked')),
    currency     text COLLATE "C" NOT NULL,
    balance      bigint NOT NULL CHECK (balance >= 0),
    held         bigint NOT NULL CHECK (held >= 0),
    entries      integer NOT NULL,
    last_four    text COLLATE "C" CHECK ((last_four IS NOT NULL) = (kind = 'gift_card')),
    market       text COLLATE "C",
    expires_at   timestamptz,
    customer_id  uuid CHECK ((customer_id IS NOT NULL) = (kind = 'store_credit')),
    order_id     uuid,
    batch_id     uuid,
    actor        text NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1
);
CREATE INDEX credit_accounts_last_four ON credit_accounts (last_four, account_id) WHERE kind = 'gift_card';
CREATE INDEX credit_accounts_customer ON credit_accounts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX credit_accounts_order ON credit_accounts (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX credit_accounts_batch ON credit_accounts (batch_id) WHERE batch_id IS NOT NULL;
-- Cards whose time has run out and that still hold something.
CREATE INDEX credit_accounts_expires ON credit_accounts (expires_at) WHERE balance > 0 AND expires_at IS NOT NULL;

-- Each entry takes an amount from one side and gives it to another: it balances by its form. `balance` and `held` are
-- the account's own sides, the others are the counter accounts of the books. `once` says what it was for; the same is
-- never entered twice.
CREATE TABLE credit_entries (
    account_id  uuid NOT NULL REFERENCES credit_accounts (account_id),
    sequence    integer NOT NULL CHECK (sequence > 0),
    cause       text COLLATE "C" NOT NULL,
    debit       text COLLATE "C" NOT NULL,
    credit      text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text COLLATE "C" NOT NULL,
    balance     bigint NOT NULL,
    held        bigint NOT NULL,
    document    text COLLATE "C",
    reason      text,
    once        text COLLATE "C" NOT NULL,
    actor       text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, sequence),
    UNIQUE (account_id, once),
    CHECK (debit <> credit AND (debit IN ('balance', 'held') OR credit IN ('balance', 'held')))
);

-- Value family, keyed by the code: its keyed hash, never the code itself.
CREATE TABLE gift_card_codes (
    code_hash   text COLLATE "C" PRIMARY KEY,
    account_id  uuid NOT NULL
);

-- How many months a gift card of a market lasts; without a row it lasts for ever.
CREATE TABLE gift_card_terms (
    market   text COLLATE "C" PRIMARY KEY,
    months   integer CHECK (months > 0),
    version  integer NOT NULL
);

ALTER TABLE payments
    ADD COLUMN account_id uuid,
    ADD COLUMN customer_id uuid,
    ADD COLUMN credited bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT payments_tender_check,
    ADD CONSTRAINT payments_tender_check CHECK (tender IN ('cash', 'gateway', 'gift_card', 'store_credit')),
    ADD CONSTRAINT payments_account_check CHECK ((account_id IS NOT NULL) = (tender IN ('gift_card', 'store_credit'))),
    DROP CONSTRAINT payments_money,
    ADD CONSTRAINT payments_money CHECK (
        0 <= refunded AND refunded <= refund_claimed AND 0 <= credited AND refund_claimed + credited <= captured
        AND captured <= capture_claimed AND capture_claimed <= authorised AND authorised <= amount
    );
CREATE INDEX payments_account ON payments (account_id) WHERE account_id IS NOT NULL;

-- Where a refund went: the way in which it was paid, or a customer's store credit.
ALTER TABLE refunds
    ADD COLUMN destination text COLLATE "C" NOT NULL DEFAULT 'original'
        CHECK (destination IN ('original', 'store_credit')),
    ADD COLUMN account_id uuid;

ALTER TABLE products
    DROP CONSTRAINT products_kind_check,
    ADD CONSTRAINT products_kind_check CHECK (kind IN ('physical', 'digital', 'gift_card')),
    ADD CONSTRAINT products_voucher_check CHECK ((kind = 'gift_card') = (tax_class = 'voucher'));
"""


def upgrade() -> None:
    op.execute(SQL)
