"""Sellers, markets, channels, stores and locations."""

from alembic import op

revision = "20261122_1840"
down_revision = "20261122_1830"

SQL = """
-- Reference data. Rows are added and changed, never deleted: old orders go on naming them.
CREATE TABLE sellers (
    code                 text COLLATE "C" PRIMARY KEY,
    legal_name           text NOT NULL,
    registration_number  text NOT NULL,
    tax_numbers          jsonb NOT NULL,
    address              jsonb NOT NULL
);

CREATE TABLE markets (
    code         text COLLATE "C" PRIMARY KEY,
    name         jsonb NOT NULL,
    countries    text[] NOT NULL CHECK (cardinality(countries) > 0),
    currency     text COLLATE "C" NOT NULL,
    languages    text[] NOT NULL CHECK (cardinality(languages) > 0),
    tax_display  text NOT NULL CHECK (tax_display IN ('including', 'excluding')),
    seller       text COLLATE "C" NOT NULL REFERENCES sellers,
    region       text,
    postal_code  text
);

CREATE TABLE locations (
    code          text COLLATE "C" PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('warehouse', 'store', 'supplier', 'transit')),
    name          text NOT NULL,
    country       text COLLATE "C" NOT NULL,
    region        text,
    time_zone     text NOT NULL,
    address       jsonb NOT NULL,
    latitude_e6   integer NOT NULL CHECK (latitude_e6 BETWEEN -90000000 AND 90000000),
    longitude_e6  integer NOT NULL CHECK (longitude_e6 BETWEEN -180000000 AND 180000000)
);

CREATE TABLE stores (
    code           text COLLATE "C" PRIMARY KEY,
    name           jsonb NOT NULL,
    location       text COLLATE "C" NOT NULL REFERENCES locations,
    market         text COLLATE "C" NOT NULL REFERENCES markets,
    address        jsonb NOT NULL,
    time_zone      text NOT NULL,
    opening_hours  jsonb NOT NULL,
    special_days   jsonb NOT NULL,
    phone          text,
    email          text
);

CREATE TABLE channels (
    code      text COLLATE "C" PRIMARY KEY,
    kind      text NOT NULL,
    name      text NOT NULL,
    market    text COLLATE "C" NOT NULL REFERENCES markets,
    seller    text COLLATE "C" NOT NULL REFERENCES sellers,
    store     text COLLATE "C" REFERENCES stores,
    settings  jsonb NOT NULL,
    active    boolean NOT NULL,
    version   integer NOT NULL CHECK (version > 0),
    CHECK (kind <> 'till' OR store IS NOT NULL)
);

CREATE TABLE channel_locations (
    channel   text COLLATE "C" NOT NULL REFERENCES channels,
    position  smallint NOT NULL,
    location  text COLLATE "C" NOT NULL REFERENCES locations,
    PRIMARY KEY (channel, position),
    UNIQUE (channel, location)
);
"""


def upgrade() -> None:
    op.execute(SQL)
