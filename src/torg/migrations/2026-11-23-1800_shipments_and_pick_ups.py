"""Shipments with packed parcels and labels, what carriers tell of them, and pick-ups that end."""

from alembic import op

revision = "20261123_1800"
down_revision = "20261123_1720"

SQL = """
-- `gone` units of a line have left. `value` is what one unit cost without tax, for the customs.
ALTER TABLE fulfilment_lines
    ADD COLUMN gone integer NOT NULL DEFAULT 0,
    ADD COLUMN value bigint,
    ADD COLUMN currency text COLLATE "C";
UPDATE fulfilment_lines l SET gone = l.quantity FROM fulfilments f
WHERE f.order_id = l.order_id AND f.id = l.fulfilment_id AND f.state IN ('shipped', 'collected', 'handed_over');
ALTER TABLE fulfilment_lines ADD CHECK (gone >= 0 AND gone <= quantity);

-- A pick-up was promised for `ready_at`, has been ready since `waits_since` and is kept until `collect_until`; `due_at`
-- is when somebody has to be reminded, or the goods go back on the shelf. `sealed` is the customer's code, encrypted.
ALTER TABLE fulfilments
    ADD COLUMN ready_at timestamptz,
    ADD COLUMN waits_since timestamptz,
    ADD COLUMN collect_until timestamptz,
    ADD COLUMN reminded_at timestamptz,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN extended integer NOT NULL DEFAULT 0,
    ADD COLUMN sealed bytea,
    ADD COLUMN proved_by text COLLATE "C" CHECK (proved_by IN ('code', 'identity', 'none')),
    ADD COLUMN proof_note text,
    DROP CONSTRAINT fulfilments_state_check,
    ADD CONSTRAINT fulfilments_state_check CHECK (state IN ('open', 'picking', 'picked', 'ready', 'shipped',
        'collected', 'handed_over', 'rejected', 'not_collected', 'cancelled'));
CREATE INDEX fulfilments_due ON fulfilments (due_at) WHERE due_at IS NOT NULL;

-- What leaves together with one carrier; `plugged` says that Torg books it there. With `return_id` it is what a
-- customer sends back, and belongs to no fulfilment.
CREATE TABLE shipments (
    order_id       uuid NOT NULL,
    id             uuid NOT NULL,
    fulfilment_id  uuid,
    return_id      uuid,
    carrier        text COLLATE "C" NOT NULL,
    plugged        boolean NOT NULL,
    service        text COLLATE "C",
    state          text COLLATE "C" NOT NULL CHECK (state IN ('booking', 'booked', 'refused', 'shipped', 'cancelled')),
    reference      text COLLATE "C",
    code           text COLLATE "C",
    location       text COLLATE "C" NOT NULL,
    actor          text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    booked_at      timestamptz,
    shipped_at     timestamptz,
    version        integer NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    UNIQUE (order_id, return_id),
    FOREIGN KEY (order_id, fulfilment_id) REFERENCES fulfilments (order_id, id),
    CHECK (fulfilment_id IS NOT NULL OR return_id IS NOT NULL)
);
CREATE INDEX shipments_of_fulfilment ON shipments (order_id, fulfilment_id);

-- `contents` are units of lines; of old parcels, all that their fulfilment had.
ALTER TABLE parcels
    ALTER COLUMN fulfilment_id DROP NOT NULL,
    ALTER COLUMN shipped_at DROP NOT NULL,
    ADD COLUMN shipment_id uuid,
    ADD COLUMN position integer NOT NULL DEFAULT 1,
    ADD COLUMN weight_g integer CHECK (weight_g > 0),
    ADD COLUMN length_mm integer CHECK (length_mm > 0),
    ADD COLUMN width_mm integer CHECK (width_mm > 0),
    ADD COLUMN height_mm integer CHECK (height_mm > 0),
    ADD COLUMN contents jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'handed_over' CHECK (state IN ('packed', 'booked', 'handed_over',
        'in_transit', 'out_for_delivery', 'failed_attempt', 'at_pick_up_point', 'returning', 'lost', 'delivered',
        'returned', 'cancelled')),
    ADD COLUMN state_at timestamptz,
    ADD COLUMN delivered_at timestamptz,
    ADD COLUMN asked_at timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN settled_by text,
    ADD COLUMN settled_how text COLLATE "C" CHECK (settled_how IN ('goods_back', 'written_off'));
INSERT INTO shipments (order_id, id, fulfilment_id, carrier, plugged, state, location, actor, created_at, updated_at,
                       booked_at, shipped_at)
SELECT p.order_id, p.id, p.fulfilment_id, p.carrier, false, 'shipped', f.location, 'system', p.shipped_at, p.shipped_at,
       p.shipped_at, p.shipped_at
FROM parcels p JOIN fulfilments f ON f.order_id = p.order_id AND f.id = p.fulfilment_id;
UPDATE parcels p SET shipment_id = p.id, state_at = p.shipped_at, contents = (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'line_id', l.line_id, 'variant_id', l.variant_id, 'quantity', l.quantity)), '[]')
    FROM fulfilment_lines l WHERE l.order_id = p.order_id AND l.fulfilment_id = p.fulfilment_id);
ALTER TABLE parcels
    ALTER COLUMN shipment_id SET NOT NULL,
    ADD FOREIGN KEY (order_id, shipment_id) REFERENCES shipments (order_id, id);
-- What was lost or came back, and nobody has seen to.
CREATE INDEX parcels_in_trouble ON parcels (state_at, id) WHERE state IN ('lost', 'returned') AND settled_at IS NULL;
-- What is on its way with a carrier that can be asked, and when it was asked last.
CREATE INDEX parcels_under_way ON parcels (asked_at) WHERE asked_at IS NOT NULL AND state IN ('handed_over',
    'in_transit', 'out_for_delivery', 'failed_attempt', 'at_pick_up_point', 'returning');

CREATE TABLE labels (
    order_id   uuid NOT NULL,
    parcel_id  uuid NOT NULL,
    format     text COLLATE "C" NOT NULL CHECK (format IN ('pdf', 'svg', 'zpl', 'png')),
    body       bytea NOT NULL,
    PRIMARY KEY (order_id, parcel_id, format),
    FOREIGN KEY (order_id, parcel_id) REFERENCES parcels (order_id, id)
);

-- What a carrier is asked to do: claimed, asked, recorded. Its id is the carrier's idempotency key.
CREATE TABLE carrier_errands (
    order_id     uuid NOT NULL,
    id           uuid NOT NULL,
    shipment_id  uuid NOT NULL,
    operation    text COLLATE "C" NOT NULL CHECK (operation IN ('book', 'cancel')),
    state        text COLLATE "C" NOT NULL CHECK (state IN ('claimed', 'done', 'refused')),
    code         text COLLATE "C",
    tries        integer NOT NULL DEFAULT 1,
    claimed_at   timestamptz NOT NULL,
    lease_until  timestamptz NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (order_id, id),
    UNIQUE (order_id, shipment_id, operation),
    FOREIGN KEY (order_id, shipment_id) REFERENCES shipments (order_id, id)
);
CREATE INDEX carrier_errands_claimed ON carrier_errands (lease_until) WHERE state = 'claimed';

-- What somebody has seen of a parcel, told by its carrier or by staff; told twice, it stands here once.
CREATE TABLE sightings (
    order_id   uuid NOT NULL,
    parcel_id  uuid NOT NULL,
    id         text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL,
    place      text,
    note       text,
    source     text COLLATE "C" NOT NULL,
    heard_at   timestamptz NOT NULL,
    PRIMARY KEY (order_id, parcel_id, id),
    FOREIGN KEY (order_id, parcel_id) REFERENCES parcels (order_id, id)
);

-- Value family: which parcel a carrier means by its number.
CREATE TABLE tracking_claims (
    tracking   text COLLATE "C" NOT NULL,
    carrier    text COLLATE "C" NOT NULL,
    order_id   uuid NOT NULL,
    parcel_id  uuid NOT NULL,
    PRIMARY KEY (tracking, carrier)
);

-- The generic carrier's own books: the last serial number of each company prefix, and what was booked by which key.
CREATE TABLE sscc_series (
    prefix  text COLLATE "C" PRIMARY KEY,
    last    bigint NOT NULL
);
CREATE TABLE generic_carrier_bookings (
    key           text COLLATE "C" PRIMARY KEY,
    ssccs         text[] NOT NULL,
    made_at       timestamptz NOT NULL,
    cancelled_at  timestamptz
);
"""


def upgrade() -> None:
    op.execute(SQL)
