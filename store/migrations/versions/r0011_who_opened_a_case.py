"""Who opened which case on which day, and the entry that keeps it."""

import sqlalchemy as sa
from alembic import op

revision = "0011_who_opened_a_case"
down_revision = "0010_beginnings_of_codes"
branch_labels = None
depends_on = None

TEXT = sa.String()
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds a table; who opened a case before is not known."""
    op.create_table(
        "access",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("reader", TEXT, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_access_entry_id"),
        sa.PrimaryKeyConstraint("day", "code", "reader", name="pk_access"),
    )
    op.create_index("ix_access_entry_id", "access", ["entry_id"])
