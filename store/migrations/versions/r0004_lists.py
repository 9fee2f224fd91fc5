"""Lists and search: what waits for a supplement, an index for every list, and the words that a search finds."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0004_lists"
down_revision = "0003_daily_work"
branch_labels = None
depends_on = None

_WORD = re.compile(r"[^\W_]+")

#: In step with ``proposal.search`` by triggers, so that whatever writes proposals keeps it: moves, restores, repairs.
#: A move that leaves the words as they are never reaches the index.
_SQLITE = (
    # Only beginnings that have an index of their own are read in order; no syllable has more than seven letters.
    """CREATE VIRTUAL TABLE proposal_words USING fts5(
  search, content='proposal', content_rowid='id', tokenize='ascii', prefix='1 2 3 4 5 6 7', detail=none, columnsize=0
)""",
    "INSERT INTO proposal_words (proposal_words) VALUES ('rebuild')",
    """CREATE TRIGGER proposal_words_added AFTER INSERT ON proposal BEGIN
  INSERT INTO proposal_words (rowid, search) VALUES (NEW.id, NEW.search);
END""",
    """CREATE TRIGGER proposal_words_changed AFTER UPDATE OF search ON proposal WHEN NEW.search IS NOT OLD.search BEGIN
  INSERT INTO proposal_words (proposal_words, rowid, search) VALUES ('delete', OLD.id, OLD.search);
  INSERT INTO proposal_words (rowid, search) VALUES (NEW.id, NEW.search);
END""",
    """CREATE TRIGGER proposal_words_removed AFTER DELETE ON proposal BEGIN
  INSERT INTO proposal_words (proposal_words, rowid, search) VALUES ('delete', OLD.id, OLD.search);
END""",
)
#: A table beside ``proposal``, no column of it: each move would otherwise write every word into the index again.
_POSTGRESQL = (
    """CREATE TABLE proposal_words (
  proposal_id bigint CONSTRAINT pk_proposal_words PRIMARY KEY
    CONSTRAINT fk_proposal_words_proposal_id REFERENCES proposal ON DELETE CASCADE,
  words tsvector NOT NULL
)""",
    "INSERT INTO proposal_words SELECT id, array_to_tsvector(string_to_array(ltrim(search), ' ')) FROM proposal",
    # A short list of what is not sorted in yet keeps both registering and searching quick.
    "CREATE INDEX ix_proposal_words_words ON proposal_words USING gin (words) WITH (gin_pending_list_limit = 256)",
    """CREATE FUNCTION proposal_words_keep() RETURNS trigger LANGUAGE plpgsql AS $words$
BEGIN
  INSERT INTO proposal_words VALUES (NEW.id, array_to_tsvector(string_to_array(ltrim(NEW.search), ' ')))
    ON CONFLICT (proposal_id) DO UPDATE SET words = excluded.words;
  RETURN NULL;
END $words$""",
    """CREATE TRIGGER proposal_words_added AFTER INSERT ON proposal
FOR EACH ROW EXECUTE FUNCTION proposal_words_keep()""",
    """CREATE TRIGGER proposal_words_changed AFTER UPDATE OF search ON proposal
FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION proposal_words_keep()""",
)


def upgrade() -> None:
    """Adds a column, indexes and the words; texts to search in get blanks for everything that is no letter or digit."""
    op.add_column("proposal", sa.Column("waiting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE proposal SET waiting = open AND EXISTS "
        "(SELECT 1 FROM deadline WHERE proposal_id = proposal.id AND state = 'paused')"
    )
    _indexes()
    _part_words(op.get_bind())
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _indexes() -> None:
    for old in ("open_due", "open_holder", "programme_state", "parent"):
        op.drop_index(f"ix_proposal_{old}", "proposal")
    op.create_index("ix_proposal_programme_due", "proposal", ["programme", "due", "id", "state"])
    for name, columns, where in (
        ("parent", ["parent"], "parent IS NOT NULL"),
        ("open_due", ["due", "id", "state"], "open"),
        ("open_holder", ["holder", "due", "id", "officer"], "open"),
        ("open_province", ["province", "due", "id", "implementer", "holder"], "open"),
        ("waiting", ["due", "id"], "waiting"),
        ("waiting_province", ["province", "due", "id", "implementer"], "waiting"),
        ("ended_due", ["due", "id", "state"], "NOT open"),
        ("ended", ["last_at", "id"], "NOT open"),
        ("ended_province", ["province", "last_at", "id", "implementer"], "NOT open"),
    ):
        rows = sa.text(where)
        op.create_index(f"ix_proposal_{name}", "proposal", columns, sqlite_where=rows, postgresql_where=rows)


def _part_words(connection: sa.Connection) -> None:
    """`` lc 2024 0001 che bien go``: a blank before every word, so that `` che`` is found where a word begins so."""
    page = sa.text("SELECT id, search FROM proposal WHERE id > :last ORDER BY id LIMIT 1000")
    change, last = sa.text("UPDATE proposal SET search = :words WHERE id = :of_id"), 0
    while rows := connection.execute(page, {"last": last}).all():
        last = rows[-1].id
        parted = ("".join(f" {word[:64]}" for word in _WORD.findall(row.search)[:1000]) for row in rows)
        connection.execute(change, [{"of_id": row.id, "words": words} for row, words in zip(rows, parted, strict=True)])
