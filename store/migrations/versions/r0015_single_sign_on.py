"""Accounts that single sign-on knows."""

import sqlalchemy as sa
from alembic import op

revision = "0015_single_sign_on"
down_revision = "0014_feeds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column that is unique where it has a value; nobody is linked yet."""
    op.add_column("account", sa.Column("single_sign_on", sa.String(), nullable=True))
    op.create_index("ix_account_single_sign_on", "account", ["single_sign_on"], unique=True)
