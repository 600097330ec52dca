"""Payments, attempts and refunds, and the charges of the test gateway."""

from alembic import op

revision = "20261122_1900"
down_revision = "20261122_1890"

SQL = """
-- Order family. Channel and store are codes that are never deleted; a foreign key would make every sale lock the row of
-- its channel. What may be taken is claimed before anybody is asked for it: the chain of CHECKs below is the last guard
-- of the money, whatever the code above it does.
CREATE TABLE payments (
    order_id        uuid NOT NULL,
    id              uuid NOT NULL,
    tender          text COLLATE "C" NOT NULL CHECK (tender IN ('cash', 'gateway')),
    gateway         text COLLATE "C" CHECK ((gateway IS NOT NULL) = (tender = 'gateway')),
    method          text COLLATE "C",
    state           text COLLATE "C" NOT NULL CHECK (state IN
                      ('created', 'pending', 'needs_action', 'authorised', 'captured', 'declined', 'voided', 'expired')),
    currency        text COLLATE "C" NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0),
    authorised      bigint NOT NULL DEFAULT 0,
    capture_claimed bigint NOT NULL DEFAULT 0,
    captured        bigint NOT NULL DEFAULT 0,
    refund_claimed  bigint NOT NULL DEFAULT 0,
    refunded        bigint NOT NULL DEFAULT 0,
    channel         text COLLATE "C" NOT NULL,
    store           text COLLATE "C",
    language        text COLLATE "C" NOT NULL,
    return_url      text,
    reference       text COLLATE "C",
    action_url      text,
    code            text COLLATE "C",
    expires_at      timestamptz,
    check_at        timestamptz,
    checks          integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    CONSTRAINT payments_money CHECK (
        0 <= refunded AND refunded <= refund_claimed AND refund_claimed <= captured
        AND captured <= capture_claimed AND capture_claimed <= authorised AND authorised <= amount
    )
);
-- Payments that somebody must look at again, soonest first.
CREATE INDEX payments_check_at ON payments (check_at) WHERE check_at IS NOT NULL;

-- What a gateway was asked to do. The id is the idempotency key that the gateway is given: asked twice, done once.
CREATE TABLE payment_attempts (
    order_id    uuid NOT NULL,
    payment_id  uuid NOT NULL,
    id          uuid NOT NULL,
    operation   text COLLATE "C" NOT NULL CHECK (operation IN ('authorise', 'capture', 'void', 'refund')),
    amount      bigint NOT NULL CHECK (amount > 0),
    state       text COLLATE "C" NOT NULL CHECK (state IN ('claimed', 'done', 'refused')),
    code        text COLLATE "C",
    tries       integer NOT NULL DEFAULT 1,
    lease_until timestamptz NOT NULL,
    claimed_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (order_id, payment_id, id),
    FOREIGN KEY (order_id, payment_id) REFERENCES payments (order_id, id)
);
CREATE UNIQUE INDEX payment_attempts_authorised_once ON payment_attempts (order_id, payment_id)
    WHERE operation = 'authorise';
-- Attempts whose answer was lost, or whose process died.
CREATE INDEX payment_attempts_lease_until ON payment_attempts (lease_until) WHERE state = 'claimed';
CREATE UNIQUE INDEX payment_attempts_one_void ON payment_attempts (order_id, payment_id)
    WHERE operation = 'void' AND state = 'claimed';

-- Why money went back. The id of a refund through a gateway is that of its attempt.
CREATE TABLE refunds (
    order_id    uuid NOT NULL,
    id          uuid NOT NULL,
    payment_id  uuid NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text COLLATE "C" NOT NULL,
    reason      text NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('requested', 'done', 'refused')),
    code        text COLLATE "C",
    actor       text NOT NULL,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (order_id, id),
    FOREIGN KEY (order_id, payment_id) REFERENCES payments (order_id, id)
);

-- Value family: the books of the test gateway, which stands for somebody else's computer. Nothing in Torg reads them
-- except through the gateway port.
CREATE TABLE test_gateway_charges (
    reference   text COLLATE "C" NOT NULL,
    order_id    uuid NOT NULL,
    payment_id  uuid NOT NULL,
    method      text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    code        text COLLATE "C",
    currency    text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL,
    captured    bigint NOT NULL DEFAULT 0,
    refunded    bigint NOT NULL DEFAULT 0,
    return_url  text,
    language    text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (reference),
    CHECK (0 <= refunded AND refunded <= captured AND captured <= amount)
);
CREATE TABLE test_gateway_operations (
    reference  text COLLATE "C" NOT NULL REFERENCES test_gateway_charges (reference),
    key        text COLLATE "C" NOT NULL,
    operation  text COLLATE "C" NOT NULL,
    amount     bigint NOT NULL,
    PRIMARY KEY (reference, key)
);
"""


def upgrade() -> None:
    op.execute(SQL)
