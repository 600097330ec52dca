"""Products, variants, categories, media and assortment."""

from alembic import op

revision = "20261122_1850"
down_revision = "20261122_1840"

SQL = """
-- What can be said of a product: texts, numbers with a unit, yes/no, and choices. Options of variants are choices too.
CREATE TABLE attributes (
    code      text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    kind      text NOT NULL CHECK (kind IN ('text', 'number', 'boolean', 'choice')),
    unit      text CHECK (unit IS NULL OR kind = 'number'),
    names     jsonb NOT NULL,
    choices   jsonb NOT NULL DEFAULT '[]' CHECK (kind = 'choice' OR choices = '[]'),
    position  integer NOT NULL,
    version   integer NOT NULL
);

-- The tree is read by its materialised path: the ids from the root down, 32 digits and a slash each.
CREATE TABLE categories (
    id         uuid PRIMARY KEY,
    code       text COLLATE "C" NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
    parent_id  uuid REFERENCES categories,
    path       text COLLATE "C" NOT NULL UNIQUE,
    position   integer NOT NULL,
    texts      jsonb NOT NULL,
    version    integer NOT NULL,
    CHECK (right(path, 33) = replace(id::text, '-', '') || '/'),
    CHECK ((parent_id IS NULL) = (length(path) = 33))
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE category_slugs (
    slug         text COLLATE "C" PRIMARY KEY,
    category_id  uuid NOT NULL REFERENCES categories ON DELETE CASCADE
);
CREATE INDEX category_slugs_category ON category_slugs (category_id);

CREATE TABLE products (
    id          uuid PRIMARY KEY,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
    kind        text NOT NULL CHECK (kind IN ('physical', 'digital')),
    tax_class   text COLLATE "C" NOT NULL,
    hs_code     text COLLATE "C" CHECK (hs_code ~ '^[0-9]{6}([0-9]{2}){0,2}$'),
    origin      text COLLATE "C" CHECK (origin ~ '^[A-Z]{2}$'),
    options     text[] NOT NULL,
    attributes  jsonb NOT NULL,
    rank        integer NOT NULL,
    image       text,
    version     integer NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL
);
CREATE INDEX products_status ON products (status, id);

CREATE TABLE product_texts (
    product_id   uuid NOT NULL REFERENCES products,
    language     text COLLATE "C" NOT NULL,
    name         text NOT NULL CHECK (name <> ''),
    description  text NOT NULL,
    slug         text COLLATE "C" NOT NULL,
    PRIMARY KEY (product_id, language)
);

-- A slug belongs to one product for good, in whatever language: an old address still finds it, and never another.
CREATE TABLE product_slugs (
    slug        text COLLATE "C" PRIMARY KEY,
    product_id  uuid NOT NULL REFERENCES products
);
CREATE INDEX product_slugs_product ON product_slugs (product_id);

CREATE TABLE variants (
    id           uuid PRIMARY KEY,
    product_id   uuid NOT NULL REFERENCES products,
    status       text NOT NULL CHECK (status IN ('active', 'archived')),
    sku          text COLLATE "C" NOT NULL CONSTRAINT variants_sku UNIQUE,
    gtin         text COLLATE "C" CONSTRAINT variants_gtin UNIQUE,
    options      jsonb NOT NULL,
    combination  text COLLATE "C" NOT NULL,
    weight_g     integer NOT NULL CHECK (weight_g >= 0),
    length_mm    integer CHECK (length_mm > 0),
    width_mm     integer CHECK (width_mm > 0),
    height_mm    integer CHECK (height_mm > 0),
    position     integer NOT NULL,
    image        text
);
CREATE UNIQUE INDEX variants_combination ON variants (product_id, combination) WHERE status = 'active';
CREATE INDEX variants_product ON variants (product_id, position);

CREATE TABLE product_categories (
    product_id   uuid NOT NULL REFERENCES products,
    category_id  uuid NOT NULL REFERENCES categories,
    PRIMARY KEY (product_id, category_id)
);
CREATE INDEX product_categories_category ON product_categories (category_id);

CREATE TABLE product_media (
    product_id  uuid NOT NULL REFERENCES products,
    position    integer NOT NULL,
    file        text NOT NULL,
    alt         jsonb NOT NULL,
    shows       jsonb NOT NULL,
    PRIMARY KEY (product_id, position)
);

-- Where and when a product is offered. The scope is 'market:NO' or 'channel:web-no'; a channel's row overrules its
-- market's. `live` and `rank` repeat the product's (active and listed; its rank), so that a listing is one index scan.
CREATE TABLE assortment (
    product_id  uuid NOT NULL REFERENCES products,
    scope       text COLLATE "C" NOT NULL CHECK (scope ~ '^(market|channel):.'),
    listed      boolean NOT NULL,
    from_at     timestamptz,
    until_at    timestamptz,
    live        boolean NOT NULL DEFAULT false,
    rank        integer NOT NULL DEFAULT 0,
    PRIMARY KEY (product_id, scope),
    CHECK (from_at < until_at)
);
CREATE INDEX assortment_live ON assortment (scope, rank DESC, product_id DESC) WHERE live;

-- Projections, written in the same transaction as the product they are made of.
-- shelves: active products by category, ancestors included, in the order in which they are shown.
CREATE TABLE shelves (
    category_id  uuid NOT NULL REFERENCES categories ON DELETE CASCADE,
    rank         integer NOT NULL,
    product_id   uuid NOT NULL REFERENCES products,
    PRIMARY KEY (category_id, rank, product_id)
);
CREATE INDEX shelves_product ON shelves (product_id, category_id);

-- faces: an active product as it shows in one language, after fallback, with what it is found by.
CREATE TABLE faces (
    product_id  uuid NOT NULL REFERENCES products,
    language    text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    slug        text COLLATE "C" NOT NULL,
    document    tsvector NOT NULL,
    PRIMARY KEY (product_id, language)
);
CREATE INDEX faces_document ON faces USING gin (document);
"""


def upgrade() -> None:
    op.execute(SQL)
