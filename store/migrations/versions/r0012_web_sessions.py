"""Who is signed in to the pages, by the hash of what their browser keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0012_web_sessions"
down_revision = "0011_who_opened_a_case"
branch_labels = None
depends_on = None

TEXT = sa.String()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    """Adds a table; nobody is signed in."""
    op.create_table(
        "web_session",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("told", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["username"], ["account.username"], name="fk_web_session_username"),
        sa.PrimaryKeyConstraint("sha256", name="pk_web_session"),
    )
    op.create_index("ix_web_session_username", "web_session", ["username"])
    op.create_index("ix_web_session_created_at", "web_session", ["created_at"])
