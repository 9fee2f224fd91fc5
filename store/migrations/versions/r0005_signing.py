"""Papers on their way inside the agency that acts: presented, signed, numbered, issued."""

import sqlalchemy as sa
from alembic import op

revision = "0005_signing"
down_revision = "0004_lists"
branch_labels = None
depends_on = None

#: An instant in UTC; fixed-width text on SQLite.
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    """Adds two columns; no paper is on its way yet."""
    op.add_column("proposal", sa.Column("signings", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("proposal", sa.Column("paper_since", INSTANT, nullable=True))
    op.create_index(
        "ix_proposal_paper_since",
        "proposal",
        ["paper_since", "id"],
        sqlite_where=sa.text("paper_since IS NOT NULL"),
        postgresql_where=sa.text("paper_since IS NOT NULL"),
    )
