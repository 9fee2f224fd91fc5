"""Daily work: officers in charge, papers and opinions on a case, what taking a step back needs, numbers of papers."""

import sqlalchemy as sa
from alembic import op

revision = "0003_daily_work"
down_revision = "0002_people"
branch_labels = None
depends_on = None

TEXT = sa.String()
#: Canonical JSON as text.
JSON = sa.Text()
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds columns and a table; steps taken before cannot be taken back."""
    op.add_column("proposal", sa.Column("officer", TEXT, nullable=True))
    for name, empty in (("papers", "[]"), ("opinions", "[]"), ("replaced", "{}")):
        op.add_column("proposal", sa.Column(name, JSON, nullable=False, server_default=empty))
    op.create_index(
        "ix_proposal_open_officer",
        "proposal",
        ["officer", "due", "id"],
        sqlite_where=sa.text("open AND officer IS NOT NULL"),
        postgresql_where=sa.text("open AND officer IS NOT NULL"),
    )
    op.create_table(
        "paper_number",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("proposal_id", ROW_ID, nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("cancelled_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["cancelled_by"], ["entry.id"], name="fk_paper_number_cancelled_by"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_paper_number_entry_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_paper_number_proposal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_number"),
        sa.UniqueConstraint("agency", "kind", "year", "number", name="uq_paper_number_agency_kind_year_number"),
    )
    op.create_index("ix_paper_number_proposal_id", "paper_number", ["proposal_id"])
