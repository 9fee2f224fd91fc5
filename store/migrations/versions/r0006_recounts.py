"""Deadlines that move: contracts that cover several proposals, and recounts after a calendar or a letter."""

import sqlalchemy as sa
from alembic import op

revision = "0006_recounts"
down_revision = "0005_signing"
branch_labels = None
depends_on = None

TEXT = sa.String()
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    """Adds a column with its index, and a table. Contracts of steps taken before are known from their next step on."""
    op.add_column("proposal", sa.Column("contract", TEXT, nullable=True))
    op.create_index(
        "ix_proposal_contract",
        "proposal",
        ["contract"],
        sqlite_where=sa.text("contract IS NOT NULL"),
        postgresql_where=sa.text("contract IS NOT NULL"),
    )
    op.create_table(
        "recount",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("programme", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("cursor", ROW_ID, nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("cause IN ('calendar', 'guidance')", name="ck_recount_cause"),
        sa.PrimaryKeyConstraint("id", name="pk_recount"),
    )
    op.create_index(
        "ix_recount_open",
        "recount",
        ["id"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
