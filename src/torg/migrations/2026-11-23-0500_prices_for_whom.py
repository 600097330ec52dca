"""Prices for groups and companies, by quantity and store, recommended and cost prices; what a variant contains."""

from alembic import op

revision = "20261123_0500"
down_revision = "20261123_0310"

SQL = """
-- Reference data: whom prices and promotions are for.
CREATE TABLE customer_groups (
    code     text COLLATE "C" PRIMARY KEY,
    name     text NOT NULL,
    version  integer NOT NULL DEFAULT 1 CHECK (version > 0)
);

CREATE TABLE companies (
    id               uuid PRIMARY KEY,
    name             text NOT NULL,
    org_number       text COLLATE "C",
    vat_number       text COLLATE "C",
    customer_groups  text[] COLLATE "C" NOT NULL DEFAULT '{}',
    version          integer NOT NULL DEFAULT 1 CHECK (version > 0)
);
CREATE INDEX companies_vat_number ON companies (vat_number);

-- Customer family: the groups that a customer is in herself, and the company that she buys for.
CREATE TABLE customer_memberships (
    customer_id      uuid NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
    customer_groups  text[] COLLATE "C" NOT NULL DEFAULT '{}',
    company_id       uuid REFERENCES companies,
    version          integer NOT NULL DEFAULT 1 CHECK (version > 0),
    PRIMARY KEY (customer_id)
);
CREATE INDEX customer_memberships_groups ON customer_memberships USING gin (customer_groups);
CREATE INDEX customer_memberships_company ON customer_memberships (company_id, customer_id);

ALTER TABLE price_lists
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'selling'
        CHECK (kind IN ('selling', 'recommended', 'cost')),
    ADD COLUMN store text COLLATE "C" REFERENCES stores,
    ADD COLUMN customer_group text COLLATE "C" REFERENCES customer_groups,
    ADD COLUMN company uuid REFERENCES companies,
    ADD CHECK (customer_group IS NULL OR company IS NULL);

-- A price holds from a quantity of the variant in a cart; `converted` tells from what, when it was not set but converted.
ALTER TABLE prices
    ADD COLUMN from_quantity integer NOT NULL DEFAULT 1 CHECK (from_quantity > 0),
    ADD COLUMN converted jsonb,
    DROP CONSTRAINT prices_pkey,
    ADD PRIMARY KEY (variant_id, price_list, valid_from, from_quantity);
DROP INDEX prices_of_list;
CREATE INDEX prices_of_list ON prices (price_list, variant_id, valid_from, from_quantity);
CREATE INDEX prices_begin ON prices (valid_from, variant_id, price_list, from_quantity);
CREATE INDEX prices_end ON prices (valid_to, variant_id, price_list, from_quantity) WHERE valid_to IS NOT NULL;

ALTER TABLE price_changes
    ADD COLUMN from_quantity integer NOT NULL DEFAULT 1,
    ADD COLUMN cancelled boolean NOT NULL DEFAULT false;

-- How much is in a variant, for its price per kilogram, litre, metre, square metre or piece.
ALTER TABLE variants
    ADD COLUMN content integer CHECK (content > 0),
    ADD COLUMN content_unit text COLLATE "C" CHECK (content_unit IN ('g', 'ml', 'mm', 'cm2', 'piece')),
    ADD CHECK ((content IS NULL) = (content_unit IS NULL));
"""


def upgrade() -> None:
    op.execute(SQL)
