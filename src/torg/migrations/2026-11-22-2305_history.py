"""Orders that other systems took before Torg, and goods that came back."""

from alembic import op

revision = "20261122_2305"
down_revision = "20261122_2300"

SQL = """
-- Where an order was taken, when that was not here: `online-retail`, `demo`. Such an order is finished history.
ALTER TABLE orders ADD COLUMN source text COLLATE "C";

-- The same of customers, and the number that she has there.
ALTER TABLE customers ADD COLUMN source text COLLATE "C", ADD COLUMN number text COLLATE "C";

-- Order family. Goods that came back, and what was given back for them. What was bought nobody knows where (a return
-- without a receipt) stands under its own id: then `receipt` is false, and `order_id` is the id of the return itself.
CREATE TABLE returns (
    order_id     uuid NOT NULL,
    id           uuid NOT NULL,
    receipt      boolean NOT NULL,
    source       text COLLATE "C",
    number       text COLLATE "C",
    channel      text COLLATE "C" NOT NULL,
    market       text COLLATE "C" NOT NULL,
    seller       text COLLATE "C" NOT NULL,
    store        text COLLATE "C",
    customer_id  uuid,
    currency     text COLLATE "C" NOT NULL,
    net          bigint NOT NULL CHECK (net >= 0),
    tax          bigint NOT NULL CHECK (tax >= 0),
    gross        bigint NOT NULL CHECK (gross = net + tax),
    delivery     bigint NOT NULL CHECK (delivery BETWEEN 0 AND gross),
    units        integer NOT NULL CHECK (units > 0),
    reason       text,
    actor        text NOT NULL,
    returned_at  timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    CHECK (receipt OR order_id = id)
);
CREATE INDEX returns_returned_at ON returns (returned_at DESC, id DESC);

-- `line_id` is the line of the order that the units were bought with, where that is known.
CREATE TABLE return_lines (
    order_id    uuid NOT NULL,
    return_id   uuid NOT NULL,
    id          uuid NOT NULL,
    position    integer NOT NULL,
    line_id     uuid,
    product_id  uuid NOT NULL,
    variant_id  uuid NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    net         bigint NOT NULL CHECK (net >= 0),
    tax         bigint NOT NULL CHECK (tax >= 0),
    gross       bigint NOT NULL CHECK (gross = net + tax),
    PRIMARY KEY (order_id, return_id, id),
    FOREIGN KEY (order_id, return_id) REFERENCES returns (order_id, id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
