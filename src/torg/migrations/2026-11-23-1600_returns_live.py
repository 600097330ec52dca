"""Returns that are announced, received and settled here; what a market allows."""

from alembic import op

revision = "20261123_1600"
down_revision = "20261123_1500"

SQL = """
-- `returned_at` is when the goods came, until then when they were announced. `kind` says what is given back: for goods
-- that came, for a claim, for units that were never delivered. What was kept of it is `fee`; `gross` is what goes back.
ALTER TABLE returns
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'goods' CHECK (kind IN ('goods', 'claim', 'undelivered')),
    ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'settled' CHECK (state IN
        ('announced', 'received', 'settled', 'refused', 'expired', 'called_off')),
    ADD COLUMN withdrawal boolean NOT NULL DEFAULT false,
    ADD COLUMN destination text COLLATE "C" NOT NULL DEFAULT 'original',
    ADD COLUMN delivery_tax bigint NOT NULL DEFAULT 0,
    ADD COLUMN fee bigint NOT NULL DEFAULT 0 CHECK (fee >= 0),
    ADD COLUMN fee_tax bigint NOT NULL DEFAULT 0 CHECK (fee_tax BETWEEN 0 AND fee),
    ADD COLUMN location text COLLATE "C",
    ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN overruled text,
    ADD COLUMN claim_id uuid,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN received_at timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN check_at timestamptz,
    DROP CONSTRAINT returns_units_check,
    DROP CONSTRAINT returns_check1,
    ADD CONSTRAINT returns_units_check CHECK (units >= 0),
    ADD CONSTRAINT returns_delivery_check CHECK (delivery >= delivery_tax AND delivery_tax >= 0),
    ADD CONSTRAINT returns_refunded_check CHECK (refunded BETWEEN 0 AND gross);
-- Returns that somebody must look at again: announced ones expire, received ones are settled.
CREATE INDEX returns_check_at ON returns (check_at) WHERE check_at IS NOT NULL;

-- `quantity` units are given back for; `rejected` came and are not. Net, tax and gross are what was paid for them,
-- `fee` is their part of what is kept of it.
ALTER TABLE return_lines
    ADD COLUMN announced integer NOT NULL DEFAULT 0,
    ADD COLUMN reason text COLLATE "C",
    ADD COLUMN note text,
    ADD COLUMN condition text COLLATE "C",
    ADD COLUMN restock boolean NOT NULL DEFAULT true,
    ADD COLUMN rejected integer NOT NULL DEFAULT 0 CHECK (rejected >= 0),
    ADD COLUMN rejection text,
    ADD COLUMN fee bigint NOT NULL DEFAULT 0 CHECK (fee BETWEEN 0 AND gross),
    ADD COLUMN fee_tax bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT return_lines_quantity_check,
    ADD CONSTRAINT return_lines_quantity_check CHECK (quantity >= 0);

-- Cash is handed out in `store`, else where it was paid; a till may hand out what a gateway took.
ALTER TABLE refunds
    ADD COLUMN store text COLLATE "C",
    DROP CONSTRAINT refunds_destination_check,
    ADD CONSTRAINT refunds_destination_check CHECK (destination IN ('original', 'store_credit', 'cash'));

-- Value family: what stands on the label finds the return.
CREATE TABLE return_numbers (
    number     text COLLATE "C" PRIMARY KEY,
    order_id   uuid NOT NULL,
    return_id  uuid NOT NULL
);

-- Reference. What a market takes back, how long, and what it keeps.
CREATE TABLE return_policies (
    market   text COLLATE "C" PRIMARY KEY REFERENCES markets (code),
    policy   jsonb NOT NULL,
    version  integer NOT NULL DEFAULT 1
);
"""


def upgrade() -> None:
    op.execute(SQL)
