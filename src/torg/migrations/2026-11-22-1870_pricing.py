"""Price lists, prices and their history, delivery rates; promotions and their counters."""

from alembic import op

revision = "20261122_1870"
down_revision = "20261122_1860"

SQL = """
-- Reference data: one list of prices for a currency, maybe for one market or channel.
CREATE TABLE price_lists (
    code          text COLLATE "C" PRIMARY KEY,
    name          text NOT NULL,
    currency      text COLLATE "C" NOT NULL,
    tax_included  boolean NOT NULL,
    market        text COLLATE "C" REFERENCES markets,
    channel       text COLLATE "C" REFERENCES channels,
    priority      integer NOT NULL,
    valid_from    timestamptz,
    valid_to      timestamptz,
    version       integer NOT NULL CHECK (version > 0),
    CHECK (valid_to > valid_from)
);

-- Windows of one variant in one list may overlap: the one that began last holds, so a campaign lies over the ordinary.
CREATE TABLE prices (
    variant_id  uuid NOT NULL REFERENCES variants,
    price_list  text COLLATE "C" NOT NULL REFERENCES price_lists,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz,
    amount      bigint NOT NULL CHECK (amount >= 0),
    version     integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (variant_id, price_list, valid_from),
    CHECK (valid_to > valid_from)
);
CREATE INDEX prices_of_list ON prices (price_list, variant_id, valid_from);

-- What each price was and became; rows are added and never changed.
CREATE TABLE price_changes (
    variant_id      uuid NOT NULL,
    id              uuid NOT NULL,
    price_list      text COLLATE "C" NOT NULL,
    at              timestamptz NOT NULL,
    actor           text NOT NULL,
    valid_from      timestamptz NOT NULL,
    valid_to        timestamptz,
    amount          bigint NOT NULL,
    amount_before   bigint,
    valid_to_before timestamptz,
    PRIMARY KEY (variant_id, id)
);

CREATE TABLE delivery_rates (
    code             text COLLATE "C" PRIMARY KEY,
    name             text NOT NULL,
    method           text COLLATE "C" NOT NULL,
    market           text COLLATE "C" NOT NULL REFERENCES markets,
    countries        text[] NOT NULL CHECK (cardinality(countries) > 0),
    postal_prefixes  text[] NOT NULL,
    steps            jsonb NOT NULL,
    free_from        bigint CHECK (free_from >= 0),
    tax_included     boolean NOT NULL,
    valid_from       timestamptz,
    valid_to         timestamptz,
    version          integer NOT NULL CHECK (version > 0),
    CHECK (valid_to > valid_from)
);

CREATE TABLE promotions (
    code                text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$'),
    name                jsonb NOT NULL,
    percent             integer CHECK (percent BETWEEN 1 AND 1000000),
    amount              bigint CHECK (amount > 0),
    currency            text COLLATE "C",
    markets             text[] NOT NULL,
    channels            text[] NOT NULL,
    valid_from          timestamptz,
    valid_to            timestamptz,
    usage_limit         integer CHECK (usage_limit > 0),
    usage_per_customer  integer CHECK (usage_per_customer > 0),
    disabled_at         timestamptz,
    version             integer NOT NULL CHECK (version > 0),
    CHECK ((percent IS NULL) <> (amount IS NULL)),
    CHECK ((amount IS NULL) = (currency IS NULL)),
    CHECK (valid_to > valid_from)
);

-- Value family, keyed by the code: how often it was used, and for which orders and customers. The limits stand beside
-- the counters, so that one guarded statement can never count past them.
CREATE TABLE promotion_counters (
    code         text COLLATE "C" PRIMARY KEY,
    used         integer NOT NULL CHECK (used >= 0),
    usage_limit  integer,
    CHECK (used <= usage_limit)
);

CREATE TABLE promotion_customers (
    code         text COLLATE "C" NOT NULL,
    customer     text COLLATE "C" NOT NULL,
    used         integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (code, customer)
);

CREATE TABLE promotion_redemptions (
    code      text COLLATE "C" NOT NULL,
    order_id  uuid NOT NULL,
    customer  text COLLATE "C",
    at        timestamptz NOT NULL,
    PRIMARY KEY (code, order_id)
);
"""


def upgrade() -> None:
    op.execute(SQL)
