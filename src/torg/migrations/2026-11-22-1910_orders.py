"""Orders, their lines and numbers, and what a customer sees of her own."""

from alembic import op

revision = "20261122_1910"
down_revision = "20261122_1900"

SQL = """
-- Order family. An order has the id of its cart, so a cart becomes one order however often it is completed. Codes of
-- channels, markets, sellers and stores are never deleted; foreign keys would make every sale lock their rows.
CREATE TABLE orders (
    order_id      uuid PRIMARY KEY,
    state         text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'lapsed', 'placed', 'cancelled')),
    number        text COLLATE "C",
    channel       text COLLATE "C" NOT NULL,
    market        text COLLATE "C" NOT NULL,
    seller        text COLLATE "C" NOT NULL,
    store         text COLLATE "C",
    customer_id   uuid,
    token_hash    bytea,
    language      text COLLATE "C" NOT NULL,
    country       text COLLATE "C" NOT NULL,
    region        text COLLATE "C",
    time_zone     text NOT NULL,
    name          text NOT NULL,
    email         text COLLATE "C",
    phone         text COLLATE "C",
    address       jsonb,
    billing       jsonb,
    deliveries    jsonb NOT NULL,
    codes         text[] NOT NULL,
    capture       text COLLATE "C" NOT NULL CHECK (capture IN ('placement', 'shipment')),
    currency      text COLLATE "C" NOT NULL,
    net           bigint NOT NULL CHECK (net >= 0),
    tax           bigint NOT NULL CHECK (tax >= 0),
    gross         bigint NOT NULL CHECK (gross = net + tax),
    discount      bigint NOT NULL CHECK (discount >= 0),
    delivery      bigint NOT NULL CHECK (delivery >= 0),
    taxes         jsonb NOT NULL,
    units         integer NOT NULL CHECK (units > 0),
    actor         text NOT NULL,
    reason        text,
    held_until    timestamptz NOT NULL,
    check_at      timestamptz,
    created_at    timestamptz NOT NULL,
    placed_at     timestamptz,
    cancelled_at  timestamptz,
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CHECK ((number IS NOT NULL) = (placed_at IS NOT NULL)),
    CHECK ((state IN ('placed', 'cancelled')) = (placed_at IS NOT NULL))
);
CREATE INDEX orders_created_at ON orders (created_at DESC, order_id DESC);
CREATE INDEX orders_channel ON orders (channel, created_at DESC, order_id DESC);
CREATE INDEX orders_store ON orders (store, created_at DESC, order_id DESC) WHERE store IS NOT NULL;
CREATE INDEX orders_email ON orders (lower(email), created_at DESC) WHERE email IS NOT NULL;
-- Orders that somebody must look at again.
CREATE INDEX orders_check_at ON orders (check_at) WHERE check_at IS NOT NULL;

-- What was bought, as it was called and priced then. `gone` are units that have left the building.
CREATE TABLE order_lines (
    order_id      uuid NOT NULL REFERENCES orders (order_id),
    id            uuid NOT NULL,
    position      integer NOT NULL,
    product_id    uuid NOT NULL,
    variant_id    uuid NOT NULL,
    sku           text COLLATE "C" NOT NULL,
    name          text NOT NULL,
    options       text NOT NULL,
    image         text,
    kind          text COLLATE "C" NOT NULL,
    weight_g      integer NOT NULL CHECK (weight_g >= 0),
    intent        text COLLATE "C" NOT NULL,
    store         text COLLATE "C",
    note          text,
    quantity      integer NOT NULL CHECK (quantity > 0),
    unit          bigint NOT NULL CHECK (unit >= 0),
    tax_included  boolean NOT NULL,
    tax_rate      integer NOT NULL CHECK (tax_rate >= 0),
    tax_name      text NOT NULL,
    discount      bigint NOT NULL CHECK (discount >= 0),
    net           bigint NOT NULL CHECK (net >= 0),
    tax           bigint NOT NULL CHECK (tax >= 0),
    gross         bigint NOT NULL CHECK (gross = net + tax),
    gone          integer NOT NULL DEFAULT 0 CHECK (gone BETWEEN 0 AND quantity),
    PRIMARY KEY (order_id, id)
);

-- Value family: an order's number is free when nobody has claimed it.
CREATE TABLE order_number_claims (
    number    text COLLATE "C" PRIMARY KEY,
    order_id  uuid NOT NULL
);

-- Customer family: a copy, so that a customer's orders are read in one place.
CREATE TABLE customer_orders (
    customer_id  uuid NOT NULL,
    order_id     uuid NOT NULL,
    number       text COLLATE "C" NOT NULL,
    state        text COLLATE "C" NOT NULL,
    channel      text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    currency     text COLLATE "C" NOT NULL,
    gross        bigint NOT NULL,
    units        integer NOT NULL,
    gone         integer NOT NULL,
    title        text NOT NULL,
    image        text,
    placed_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, order_id)
);
CREATE INDEX customer_orders_placed_at ON customer_orders (customer_id, placed_at DESC, order_id DESC);
"""


def upgrade() -> None:
    op.execute(SQL)
