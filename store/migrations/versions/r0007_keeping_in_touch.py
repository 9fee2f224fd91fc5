"""How people are reached: bad addresses, who wants which mail, webhooks, and what the scheduler counts of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0007_keeping_in_touch"
down_revision = "0006_recounts"
branch_labels = None
depends_on = None

TEXT = sa.String()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds columns, two tables and an index; whoever is known wants all mail."""
    op.add_column("person", sa.Column("mail", TEXT, nullable=False, server_default="all"))
    for name in ("late_ticks", "claimed"):
        op.add_column("heartbeat", sa.Column(name, ROW_ID, nullable=False, server_default="0"))
    op.create_table(
        "bad_address",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("person_id", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("cleared_by", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_bad_address_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bad_address"),
    )
    op.create_index(
        "ix_bad_address_open",
        "bad_address",
        ["address"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "webhook",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_webhook_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index(
        "ix_notice_troubled",
        "notice",
        ["state", "id"],
        sqlite_where=sa.text("state IN ('failed', 'bounced', 'to_print')"),
        postgresql_where=sa.text("state IN ('failed', 'bounced', 'to_print')"),
    )
