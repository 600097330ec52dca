"""Stores may keep public holidays; a place prepares so many pick-ups an hour and a day, and every promise is kept."""

from alembic import op

revision = "20261123_0100"
down_revision = "20261123_0010"

SQL = """
ALTER TABLE stores ADD COLUMN closed_on_holidays boolean NOT NULL DEFAULT false;

-- How many pick-ups a place can have ready in one of its hours, and on one of its days; without a number no limit.
ALTER TABLE routing_places
    ADD COLUMN pick_ups_an_hour integer CHECK (pick_ups_an_hour >= 0),
    ADD COLUMN pick_ups_a_day integer CHECK (pick_ups_a_day >= 0);

-- When a place has promised to have an order's goods ready. `hour` is the beginning of the hour on its clock in which
-- that is: promises are counted by it.
CREATE TABLE pick_up_promises (
    location  text COLLATE "C" NOT NULL,
    order_id  uuid NOT NULL,
    hour      timestamptz NOT NULL,
    ready_at  timestamptz NOT NULL,
    PRIMARY KEY (location, order_id)
);
CREATE INDEX pick_up_promises_hour ON pick_up_promises (location, hour);
"""


def upgrade() -> None:
    op.execute(SQL)
