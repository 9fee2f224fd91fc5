"""The second factor of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0013_second_factors"
down_revision = "0012_web_sessions"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds columns; nobody has one."""
    op.add_column("account", sa.Column("factor", sa.String(), nullable=False, server_default=""))
    op.add_column("account", sa.Column("factor_step", ROW_ID, nullable=False, server_default="0"))
    op.add_column("account", sa.Column("spent_codes", sa.Integer(), nullable=False, server_default="0"))
