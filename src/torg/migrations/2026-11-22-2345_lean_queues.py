"""Rows that pass through: fewer indices on them, and their dead are cleared away early."""

from alembic import op

revision = "20261122_2345"
down_revision = "20261122_2340"

SQL = """
-- The feed is read by position, whatever the types; an event stands in it once by its aggregate and sequence.
DROP INDEX feed_type;
ALTER TABLE feed DROP CONSTRAINT feed_id_key;

-- As many rows leave these tables as enter them, so the usual share of the rows that are there says nothing of how many
-- dead ones a reader walks over.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE procrastinate_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE subscriptions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
"""


def upgrade() -> None:
    op.execute(SQL)
