"""Carts that nobody changes are looked at when their time has come."""

from alembic import op

revision = "20261123_1714"
down_revision = "20261123_1713"

SQL = """
-- Kept beside the carts, so that a change of a cart writes no index: filled from what is told of carts.
CREATE TABLE idle_carts (
    order_id  uuid PRIMARY KEY,
    look_at   timestamptz NOT NULL
);
CREATE INDEX idle_carts_due ON idle_carts (look_at);
"""


def upgrade() -> None:
    op.execute(SQL)
