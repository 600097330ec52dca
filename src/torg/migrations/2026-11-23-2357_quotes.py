"""Quotes: carts with agreed prices, sent, changed, accepted."""

from alembic import op

revision = "20261123_2357"
down_revision = "20261123_2356"

SQL = """
-- A cart with agreed prices is a quote until it has become an order.
ALTER TABLE carts ADD COLUMN agreed jsonb;
ALTER TABLE carts DROP CONSTRAINT carts_state_check;
ALTER TABLE carts ADD CONSTRAINT carts_state_check
    CHECK (state IN ('open', 'quoted', 'completing', 'ordered', 'merged'));
ALTER TABLE carts ADD CONSTRAINT carts_quoted_check CHECK (state <> 'quoted' OR agreed IS NOT NULL);

-- Order family: the quote of a cart. `versions` are what was offered, the last one last.
CREATE TABLE quotes (
    order_id     uuid PRIMARY KEY,
    state        text COLLATE "C" NOT NULL
        CHECK (state IN ('asked', 'sent', 'accepting', 'accepted', 'declined', 'withdrawn', 'expired')),
    version      integer NOT NULL,
    customer_id  uuid,
    channel      text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    market       text COLLATE "C" NOT NULL,
    language     text COLLATE "C" NOT NULL,
    country      text COLLATE "C" NOT NULL,
    name         text,
    email        text COLLATE "C",
    currency     text COLLATE "C" NOT NULL,
    gross        bigint NOT NULL,
    valid_until  timestamptz,
    openers      bytea[] NOT NULL,
    versions     jsonb NOT NULL CHECK (jsonb_typeof(versions) = 'array'),
    wish         text,
    reason       text,
    created_by   text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX quotes_due ON quotes (valid_until) WHERE state = 'sent';
CREATE INDEX quotes_newest ON quotes (updated_at DESC, order_id DESC);
CREATE INDEX quotes_of_customer ON quotes (customer_id, updated_at DESC) WHERE customer_id IS NOT NULL;

-- Which version of its quote an order was made of.
ALTER TABLE orders ADD COLUMN quote integer;
"""


def upgrade() -> None:
    op.execute(SQL)
