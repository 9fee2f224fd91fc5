"""Tokens that only read a calendar, and deadlines by the seat whose they are."""

import sqlalchemy as sa
from alembic import op

revision = "0014_feeds"
down_revision = "0013_second_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column and an index; every token there is opens what it opened."""
    op.add_column("token", sa.Column("feed", sa.String(), nullable=True))
    op.create_index("ix_deadline_seat_due", "deadline", ["seat", "due"])
