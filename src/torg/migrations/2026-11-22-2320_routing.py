"""Routing: a channel's rules, what each place does for other channels, and every decision with its reasons."""

from alembic import op

revision = "20261122_2320"
down_revision = "20261122_2305"

SQL = """
CREATE TABLE routing_rules (
    channel   text COLLATE "C" PRIMARY KEY REFERENCES channels,
    rules     jsonb NOT NULL,
    costs     jsonb NOT NULL,
    version   integer NOT NULL DEFAULT 1
);

CREATE TABLE routing_places (
    location      text COLLATE "C" PRIMARY KEY REFERENCES locations,
    ships         boolean NOT NULL,
    orders_a_day  integer CHECK (orders_a_day >= 0),
    version       integer NOT NULL DEFAULT 1
);

-- How many orders a place with a limit has been given on one of its own days.
CREATE TABLE routing_loads (
    location  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    orders    integer NOT NULL CHECK (orders > 0),
    PRIMARY KEY (location, day)
);

-- What was asked, what was decided, and why; `number` counts how often the order was routed.
CREATE TABLE routings (
    order_id  uuid NOT NULL,
    number    integer NOT NULL,
    channel   text COLLATE "C" NOT NULL,
    rule      text,
    question  jsonb NOT NULL,
    decision  jsonb NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (order_id, number)
);
CREATE INDEX routings_channel ON routings (channel, at DESC, order_id DESC);
"""


def upgrade() -> None:
    op.execute(SQL)
