"""Invoice as a tender: what companies may owe, what they owe for which order, and what their bank has sent."""

from alembic import op

revision = "20261123_2032"
down_revision = "20261123_2030"

SQL = """
-- Value family, keyed by the company. What is `held` for open orders and `owed` for what was billed, less what is `spare`
-- (received and set against nothing), never passes the limit when something is bought; a limit may be lowered below it.
CREATE TABLE invoice_accounts (
    company_id    uuid NOT NULL,
    currency      text COLLATE "C" NOT NULL,
    days          integer NOT NULL CHECK (days BETWEEN 0 AND 365),
    credit_limit  bigint NOT NULL CHECK (credit_limit >= 0),
    open          boolean NOT NULL DEFAULT true,
    held          bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    owed          bigint NOT NULL DEFAULT 0 CHECK (owed >= 0),
    spare         bigint NOT NULL DEFAULT 0 CHECK (spare >= 0),
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    PRIMARY KEY (company_id, currency)
);

-- What a company owes for one payment of an order: billed part by part, lowered by what it was credited and has paid.
-- `due_on` is when the oldest part is due that is not covered.
CREATE TABLE debts (
    company_id  uuid NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    payment_id  uuid NOT NULL,
    order_id    uuid NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    number      text COLLATE "C",
    days        integer NOT NULL,
    held        bigint NOT NULL CHECK (held >= 0),
    billed      bigint NOT NULL DEFAULT 0,
    credited    bigint NOT NULL DEFAULT 0 CHECK (credited >= 0),
    received    bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    bills       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(bills) = 'array'),
    due_on      date,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (company_id, payment_id),
    FOREIGN KEY (company_id, currency) REFERENCES invoice_accounts (company_id, currency),
    CHECK (credited + received <= billed)
);
CREATE INDEX debts_order ON debts (order_id);
CREATE INDEX debts_reference ON debts (reference);
CREATE INDEX debts_number ON debts (number) WHERE number IS NOT NULL;
CREATE INDEX debts_due ON debts (due_on, payment_id) WHERE due_on IS NOT NULL;

-- Value family, keyed by the bank's own reference: what came in, and, below zero, what was paid back out. Without a
-- company nobody knows yet whose it is. `applied` was set against debts at once.
CREATE TABLE bank_entries (
    bank_reference  text COLLATE "C" PRIMARY KEY,
    amount          bigint NOT NULL CHECK (amount <> 0),
    currency        text COLLATE "C" NOT NULL,
    booked_on       date NOT NULL,
    message         text,
    payer           text,
    company_id      uuid,
    applied         bigint NOT NULL DEFAULT 0,
    actor           text NOT NULL,
    recorded_at     timestamptz NOT NULL
);
CREATE INDEX bank_entries_company ON bank_entries (company_id, currency) WHERE company_id IS NOT NULL;
CREATE INDEX bank_entries_open ON bank_entries (recorded_at) WHERE company_id IS NULL;

ALTER TABLE payments
    ADD COLUMN company_id uuid,
    DROP CONSTRAINT payments_tender_check,
    ADD CONSTRAINT payments_tender_check
        CHECK (tender IN ('cash', 'gateway', 'gift_card', 'store_credit', 'invoice')),
    ADD CONSTRAINT payments_company_check CHECK ((company_id IS NOT NULL) = (tender = 'invoice'));
"""


def upgrade() -> None:
    op.execute(SQL)
