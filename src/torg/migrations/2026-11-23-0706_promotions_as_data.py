"""Promotions are data with versions, codes have rows of their own, and their use is counted by promotion.

Codes that were promotions themselves become promotions with one shared code; orders that used one know what it took off.
"""

from alembic import op

revision = "20261123_0706"
down_revision = "20261123_0705"

SQL = """
ALTER TABLE promotions RENAME TO promotions_of_codes;
ALTER TABLE promotions_of_codes RENAME CONSTRAINT promotions_pkey TO promotions_of_codes_pkey;

CREATE TABLE promotions (
    key          text COLLATE "C" PRIMARY KEY CHECK (key ~ '^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$'),
    rule         jsonb NOT NULL,
    valid_to     timestamptz,
    paused_at    timestamptz,
    disabled_at  timestamptz,
    version      integer NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);
CREATE INDEX promotions_going_on ON promotions (key) WHERE disabled_at IS NULL;

-- What a promotion was from a moment on, and who said so; the newest is the present one.
CREATE TABLE promotion_versions (
    promotion  text COLLATE "C" NOT NULL REFERENCES promotions (key),
    version    integer NOT NULL CHECK (version > 0),
    rule       jsonb NOT NULL,
    actor      text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (promotion, version)
);

-- Many codes that were made or brought in together.
CREATE TABLE code_pools (
    id           uuid PRIMARY KEY,
    promotion    text COLLATE "C" NOT NULL REFERENCES promotions (key),
    name         text NOT NULL,
    prefix       text COLLATE "C" NOT NULL,
    origin       text COLLATE "C" NOT NULL CHECK (origin IN ('made', 'brought_in')),
    wanted       integer NOT NULL CHECK (wanted >= 0),
    made         integer NOT NULL CHECK (made >= 0),
    uses         integer NOT NULL CHECK (uses > 0),
    valid_to     timestamptz,
    disabled_at  timestamptz,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz
);
CREATE INDEX code_pools_of_promotion ON code_pools (promotion, id);
CREATE INDEX code_pools_unfinished ON code_pools (id) WHERE finished_at IS NULL;

-- Value family, keyed by the code itself.
CREATE TABLE promotion_codes (
    code         text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$'),
    promotion    text COLLATE "C" NOT NULL,
    pool         uuid,
    usage_limit  integer CHECK (usage_limit > 0),
    used         integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    valid_to     timestamptz,
    customer     uuid,
    order_id     uuid,
    disabled_at  timestamptz,
    created_at   timestamptz NOT NULL,
    CHECK (used <= usage_limit)
);
CREATE INDEX promotion_codes_of_pool ON promotion_codes (pool, code) WHERE pool IS NOT NULL;
CREATE INDEX promotion_codes_shared ON promotion_codes (promotion, code) WHERE pool IS NULL AND order_id IS NULL;

-- A limit may be lowered below what has been used: then nothing more is.
ALTER TABLE promotion_counters DROP CONSTRAINT promotion_counters_check;
ALTER TABLE promotion_counters RENAME COLUMN code TO promotion;
ALTER TABLE promotion_customers RENAME COLUMN code TO promotion;
ALTER TABLE promotion_redemptions RENAME COLUMN code TO promotion;
ALTER TABLE promotion_redemptions ADD COLUMN code text COLLATE "C";

-- By whom was bought before: the account, or a digest of the address; a customer's first purchase is one without.
CREATE TABLE promotion_buyers (
    customer  text COLLATE "C" PRIMARY KEY,
    orders    integer NOT NULL
);

-- Customer family: what orders have earned, and what was taken back; the balance is their sum.
CREATE TABLE points_entries (
    customer_id  uuid NOT NULL,
    id           uuid NOT NULL,
    order_id     uuid NOT NULL,
    promotion    text COLLATE "C" NOT NULL,
    reason       text COLLATE "C" NOT NULL CHECK (reason IN ('order-placed', 'order-cancelled')),
    points       bigint NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, order_id, promotion, reason)
);

ALTER TABLE orders ADD COLUMN promotions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE order_lines
    ADD COLUMN adjustments jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN gift text COLLATE "C";

INSERT INTO promotions (key, rule, valid_to, disabled_at, version, created_at, changed_at)
SELECT lower(code), jsonb_strip_nulls(jsonb_build_object(
           'key', lower(code), 'names', name, 'needs_code', true, 'valid_from', valid_from, 'valid_to', valid_to,
           'effects', jsonb_build_array(CASE
               WHEN percent IS NOT NULL THEN jsonb_build_object('type', 'percent', 'percent', percent)
               ELSE jsonb_build_object('type', 'amount', 'amount', jsonb_build_object(currency, amount)) END),
           'conditions', CASE WHEN markets = '{}' THEN '[]'::jsonb ELSE jsonb_build_array(
                   jsonb_build_object('type', 'is', 'fact', 'market', 'any_of', to_jsonb(markets))) END
               || CASE WHEN channels = '{}' THEN '[]'::jsonb ELSE jsonb_build_array(
                   jsonb_build_object('type', 'is', 'fact', 'channel', 'any_of', to_jsonb(channels))) END,
           'limits', jsonb_build_object('uses', usage_limit, 'per_customer', usage_per_customer))),
       valid_to, disabled_at, version, now(), now()
FROM promotions_of_codes;
INSERT INTO promotion_versions (promotion, version, rule, actor, at)
SELECT key, version, rule, 'system', created_at FROM promotions;
INSERT INTO promotion_codes (code, promotion, created_at) SELECT code, lower(code), now() FROM promotions_of_codes;
UPDATE promotion_redemptions SET code = promotion, promotion = lower(promotion);
UPDATE promotion_customers SET promotion = lower(promotion);
UPDATE promotion_counters SET promotion = lower(promotion);

UPDATE orders o SET promotions = (
    SELECT jsonb_agg(jsonb_build_object(
        'promotion', lower(p.code), 'version', p.version, 'code', p.code, 'amount', o.discount,
        'name', coalesce(p.name ->> o.language, p.name ->> 'en', p.code)) ORDER BY p.code)
    FROM promotions_of_codes p WHERE p.code = ANY(o.codes))
WHERE o.codes <> '{}' AND EXISTS (SELECT FROM promotions_of_codes p WHERE p.code = ANY(o.codes));
UPDATE order_lines l
SET adjustments = jsonb_build_array(jsonb_build_object('promotion', lower(o.codes[1]), 'amount', l.discount))
FROM orders o WHERE o.order_id = l.order_id AND l.discount > 0 AND cardinality(o.codes) = 1;

INSERT INTO promotion_buyers (customer, orders)
SELECT b.customer, count(*)
FROM orders o CROSS JOIN LATERAL (
    SELECT o.customer_id::text WHERE o.customer_id IS NOT NULL
    UNION ALL
    SELECT 'email:' || left(encode(sha256(convert_to(lower(trim(o.email)), 'UTF8')), 'hex'), 40)
    WHERE o.email <> '') AS b (customer)
WHERE o.state = 'placed' GROUP BY b.customer;

DROP TABLE promotions_of_codes;
"""


def upgrade() -> None:
    op.execute(SQL)
