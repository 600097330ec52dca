"""What the order hub lists, filters and finds orders by, and what staff note on them."""

from alembic import op

revision = "20261123_1700"
down_revision = "20261123_1610"

SQL = """
-- Order family. A projection: one row an order, composed anew whenever something happens to it. `keys` hold what the
-- list is filtered by (`state:placed`) and what an order is found by (the words of its names, numbers, addresses).
CREATE TABLE order_facts (
    order_id     uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    state        text COLLATE "C" NOT NULL,
    source       text COLLATE "C",
    number       text COLLATE "C",
    channel      text COLLATE "C" NOT NULL,
    market       text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    stores       text[] NOT NULL,
    customer_id  uuid,
    name         text NOT NULL,
    email        text COLLATE "C",
    currency     text COLLATE "C" NOT NULL,
    gross        bigint NOT NULL,
    units        integer NOT NULL,
    gone         integer NOT NULL,
    payment      text COLLATE "C" NOT NULL,
    due          bigint NOT NULL,
    fulfilment   text COLLATE "C" NOT NULL,
    promised_by  timestamptz,
    returned     boolean NOT NULL,
    tenders      text[] NOT NULL,
    problems     text[] NOT NULL,
    title        text NOT NULL,
    version      integer NOT NULL,
    keys         tsvector NOT NULL
);
CREATE INDEX order_facts_at ON order_facts (at DESC, order_id DESC);
CREATE INDEX order_facts_keys ON order_facts USING gin (keys);
CREATE INDEX order_facts_gross ON order_facts (currency, gross);
-- What has not left yet, by when it was promised.
CREATE INDEX order_facts_promised_by ON order_facts (promised_by, order_id) WHERE promised_by IS NOT NULL;

-- Lists are read from there now.
DROP INDEX orders_created_at;
DROP INDEX orders_store;
DROP INDEX orders_email;

-- Order family: what staff write down about an order, for each other.
CREATE TABLE order_notes (
    order_id    uuid NOT NULL,
    id          uuid NOT NULL,
    text        text NOT NULL,
    actor       text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (order_id, id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
