"""The beginning of a code is read along its index: on PostgreSQL codes are compared by their signs, as on SQLite."""

from alembic import op

revision = "0010_beginnings_of_codes"
down_revision = "0009_sealed_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index of codes anew; a database without a language of its own stays as it is."""
    if op.get_context().dialect.name == "postgresql":
        op.execute('ALTER TABLE proposal ALTER COLUMN code TYPE varchar COLLATE "C"')
