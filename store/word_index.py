"""The index of words as each database has it: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL.

Both are filled by triggers (migration 0004), and only when ``proposal.search`` changes.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, cast, column, literal_column, select
from sqlalchemy import table as outline
from sqlalchemy.dialects.postgresql import TSQUERY

from store.types import RowId

#: Parameters of the selects below.
WORDS, BEFORE = "words", "before"

_FTS = outline("proposal_words", column("rowid", Integer), column("proposal_words", String))
_GIN = outline("proposal_words", column("proposal_id", RowId), column("words"))
_BEFORE: Any = bindparam(BEFORE, type_=RowId)


def query_of(dialect: str, words: Sequence[str]) -> str:
    """Words of which each must begin a word of the proposal, as the index wants to be asked.

    They are letters and digits (``store.words``), so nothing in them is a sign of its language.
    """
    if dialect == "sqlite":
        return " ".join(f'"{word}"*' for word in words)
    return " & ".join(f"{word}:*" for word in words)


def matches(dialect: str) -> Select[Any]:
    """The ``id`` of all that the words find."""
    if dialect == "sqlite":
        return select(_FTS.c.rowid.label("id")).where(_FTS.c.proposal_words.op("MATCH")(bindparam(WORDS)))
    return select(_GIN.c.proposal_id.label("id")).where(_contains(_GIN.c.words))


def older_matches(dialect: str) -> Select[Any]:
    """The same before the proposal of id ``before``."""
    if dialect == "sqlite":
        return matches(dialect).where(_FTS.c.rowid < _BEFORE)
    # Materialized: a planner that hopes to meet a rare word soon would walk through everything.
    every = matches(dialect).cte("every").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(every.c.id).where(every.c.id < _BEFORE)


def newest_matches(pool: int) -> Select[Any]:
    """PostgreSQL: what the words find among so many proposals before that of id ``before``."""
    newest = select(_GIN.c.proposal_id.label("id"), _GIN.c.words).where(_GIN.c.proposal_id < _BEFORE)
    pooled = newest.order_by(_GIN.c.proposal_id.desc()).limit(literal_column(str(pool))).subquery("newest")
    return select(pooled.c.id).where(_contains(pooled.c.words))


def _contains(words: ColumnElement[Any]) -> ColumnElement[bool]:
    return words.bool_op("@@")(cast(bindparam(WORDS, type_=String), TSQUERY))
