"""The sealed log: leaves, the nodes above them, signed checkpoints, to whom those were mailed; mails in history."""

import sqlalchemy as sa
from alembic import op

revision = "0009_sealed_log"
down_revision = "0007_keeping_in_touch"
branch_labels = None
depends_on = None

TEXT = sa.String()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds four tables, and to mails the entry that keeps their hash.

    What history has already waits in ``unsealed`` for the first checkpoint, and mails sent before are recorded with it.
    """
    op.add_column("message", sa.Column("entry_id", ROW_ID, nullable=True))
    op.create_index(
        "ix_message_unrecorded",
        "message",
        ["id"],
        sqlite_where=sa.text("accepted_at IS NOT NULL AND entry_id IS NULL"),
        postgresql_where=sa.text("accepted_at IS NOT NULL AND entry_id IS NULL"),
    )
    op.create_table(
        "leaf",
        sa.Column("position", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_leaf_entry_id"),
        sa.PrimaryKeyConstraint("position", name="pk_leaf"),
        sa.UniqueConstraint("entry_id", name="uq_leaf_entry_id"),
    )
    op.create_table(
        "node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_node"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
    op.create_index("ix_checkpoint_made_at", "checkpoint", ["made_at"])
    op.create_table(
        "checkpoint_sent",
        sa.Column("address", TEXT, nullable=False),
        sa.Column("size", ROW_ID, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_checkpoint_sent"),
    )
