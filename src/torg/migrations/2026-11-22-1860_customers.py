"""Customers, addresses and preferences."""

from alembic import op

revision = "20261122_1860"
down_revision = "20261122_1850"

SQL = """
CREATE TABLE customers (
    customer_id        uuid NOT NULL,
    email              text COLLATE "C",
    email_verified_at  timestamptz,
    given_name         text NOT NULL DEFAULT '',
    family_name        text NOT NULL DEFAULT '',
    phone              text COLLATE "C",
    company            text NOT NULL DEFAULT '',
    vat_number         text COLLATE "C",
    org_number         text COLLATE "C",
    language           text COLLATE "C" NOT NULL,
    registered_in      text COLLATE "C",
    registered_at      timestamptz NOT NULL,
    version            integer NOT NULL DEFAULT 1,
    words              text[] COLLATE "C" NOT NULL,
    search             tsvector GENERATED ALWAYS AS (array_to_tsvector(words)) STORED,
    PRIMARY KEY (customer_id)
);
CREATE INDEX customers_phone ON customers (phone);
CREATE INDEX customers_search ON customers USING gin (search);

CREATE TABLE customer_passwords (
    customer_id    uuid NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
    password_hash  text NOT NULL,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE TABLE customer_addresses (
    customer_id       uuid NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
    id                uuid NOT NULL,
    label             text NOT NULL DEFAULT '',
    address           jsonb NOT NULL,
    default_delivery  boolean NOT NULL DEFAULT false,
    default_billing   boolean NOT NULL DEFAULT false,
    version           integer NOT NULL DEFAULT 1,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX customer_addresses_delivery ON customer_addresses (customer_id) WHERE default_delivery;
CREATE UNIQUE INDEX customer_addresses_billing ON customer_addresses (customer_id) WHERE default_billing;

CREATE TABLE customer_preferences (
    customer_id  uuid NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
    name         text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    set_at       timestamptz NOT NULL,
    set_in       text COLLATE "C",
    PRIMARY KEY (customer_id, name)
);

-- Value family: an e-mail address is one account, over all customers and at once.
CREATE TABLE email_claims (
    email        text COLLATE "C" NOT NULL,
    customer_id  uuid NOT NULL,
    PRIMARY KEY (email)
);

-- Value family: a code that was mailed to prove that somebody reads this address; bound to the browser that asked.
CREATE TABLE email_codes (
    email           text COLLATE "C" NOT NULL,
    challenge_hash  bytea NOT NULL,
    purpose         text COLLATE "C" NOT NULL CHECK (purpose IN ('sign-in', 'change')),
    code_seal       text COLLATE "C" NOT NULL,
    tries_left      smallint NOT NULL CHECK (tries_left >= 0),
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (email, challenge_hash)
);
CREATE INDEX email_codes_expires_at ON email_codes (expires_at);
"""


def upgrade() -> None:
    op.execute(SQL)
