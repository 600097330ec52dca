"""That an authorisation ends soon is told once."""

from alembic import op

revision = "20261123_1410"
down_revision = "20261123_1400"

SQL = """
ALTER TABLE payments ADD COLUMN ending_told boolean NOT NULL DEFAULT false;
DROP INDEX payments_authorised_until;
CREATE INDEX payments_authorised_until ON payments (authorised_until)
    WHERE authorised_until IS NOT NULL AND NOT ending_told;
"""


def upgrade() -> None:
    op.execute(SQL)
