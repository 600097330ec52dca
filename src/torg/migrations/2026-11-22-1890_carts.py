"""Carts and their lines."""

from alembic import op

revision = "20261122_1890"
down_revision = "20261122_1880"

SQL = """
-- A cart's id becomes its order's id. Codes of channels, stores and methods are not foreign keys: every cart and every
-- line would lock the same few rows, and a cart outlives what it names.
CREATE TABLE carts (
    order_id         uuid PRIMARY KEY,
    state            text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completing', 'ordered')),
    version          integer NOT NULL DEFAULT 1,
    customer_id      uuid,
    token_hash       bytea,
    channel          text COLLATE "C" NOT NULL,
    market           text COLLATE "C" NOT NULL,
    language         text COLLATE "C" NOT NULL,
    currency         text COLLATE "C" NOT NULL,
    country          text COLLATE "C" NOT NULL,
    email            text,
    phone            text,
    name             text,
    address          jsonb,
    billing_address  jsonb,
    ship_method      text COLLATE "C",
    pick_up_method   text COLLATE "C",
    codes            text[] NOT NULL DEFAULT '{}',
    created_by       text NOT NULL,
    created_at       timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    CHECK ((customer_id IS NULL) <> (token_hash IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX carts_customer ON carts (customer_id, order_id) WHERE customer_id IS NOT NULL;

CREATE TABLE cart_lines (
    order_id    uuid NOT NULL REFERENCES carts ON DELETE CASCADE,
    id          uuid NOT NULL,
    variant_id  uuid NOT NULL,
    quantity    integer NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
    intent      text COLLATE "C" NOT NULL CHECK (intent IN ('ship', 'pick_up', 'carry_out', 'digital')),
    store       text COLLATE "C",
    note        text,
    channel     text COLLATE "C" NOT NULL,
    added_at    timestamptz NOT NULL,
    PRIMARY KEY (order_id, id),
    CHECK ((store IS NOT NULL) = (intent IN ('pick_up', 'carry_out')))
);
"""


def upgrade() -> None:
    op.execute(SQL)
