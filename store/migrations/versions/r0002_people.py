"""People: passwords and locks of accounts, prefixes and last days of tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002_people"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.String()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    """Adds columns only: neither table is history, and no table is made anew."""
    op.add_column("account", sa.Column("password_hash", TEXT, nullable=False, server_default=""))
    op.add_column("account", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("failing_since", INSTANT, nullable=True))
    op.add_column("account", sa.Column("locked_until", INSTANT, nullable=True))
    op.add_column("token", sa.Column("prefix", TEXT, nullable=False, server_default=""))
    op.add_column("token", sa.Column("last_used_on", sa.Date(), nullable=True))
