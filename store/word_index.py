"""The index of words as each database has it: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL.

Both are filled by triggers (migration 0004), and only when ``proposal.search`` changes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    column,
    desc,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import table as outline
from sqlalchemy.dialects.postgresql import TSQUERY

from store.types import RowId

#: Parameters of the selects below.
WORDS, MORE, BEFORE = "words", "more", "before"

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


def matches(dialect: str, *, more: bool = False) -> Select[Any]:
    """The ``id`` of all that the words find; ``more``: of these, what PostgreSQL finds other words in too."""
    if dialect == "sqlite":
        return select(_FTS.c.rowid.label("id")).where(_FTS.c.proposal_words.op("MATCH")(bindparam(WORDS)))
    return select(_GIN.c.proposal_id.label("id")).where(*_contains(_GIN.c.words, more=more))


def older_matches(dialect: str, *, more: bool = False) -> Select[Any]:
    """The same before the proposal of id ``before``."""
    if dialect == "sqlite":
        return matches(dialect).where(_FTS.c.rowid < _BEFORE)
    # Materialized: a planner that hopes to meet a rare word soon would walk through everything.
    every = matches(dialect, more=more).cte("every").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(every.c.id).where(every.c.id < _BEFORE)


def newest_matches(dialect: str, pool: int, *, more: bool = False) -> Select[Any]:
    """What the words find among so many proposals before that of id ``before``, the newest first."""
    most: Any = literal_column(str(pool))
    if dialect == "sqlite":
        # Read forwards: only so can the index skip to a place. An expression, lest it be read backwards all the same.
        number: Any = _FTS.c.rowid.op("+")(literal_column("0"))
        hits = older_matches(dialect).where(_FTS.c.rowid >= _BEFORE - most)
        return hits.with_only_columns(number.label("id")).order_by(desc("id")).limit(most)
    pooled = _newest(pool)
    return select(pooled.c.id).where(*_contains(pooled.c.words, more=more))


def sample(words: int, pool: int) -> Select[Any]:
    """PostgreSQL: how many of the newest proposals each word (``word_0`` and so on) finds, and all of them together."""
    pooled = _newest(pool)
    each = [_finds(pooled.c.words, f"word_{at}") for at in range(words)]
    counts = [func.count().filter(one).label(f"word_{at}") for at, one in enumerate(each)]
    columns: list[Any] = [*counts, func.count().filter(and_(*each)).label("together")]
    return select(*columns).select_from(pooled)


def _newest(pool: int) -> Any:
    newest = select(_GIN.c.proposal_id.label("id"), _GIN.c.words).where(_GIN.c.proposal_id < _BEFORE)
    return newest.order_by(_GIN.c.proposal_id.desc()).limit(literal_column(str(pool))).subquery("newest")


def _contains(words: ColumnElement[Any], *, more: bool) -> Iterator[ColumnElement[bool]]:
    yield _finds(words, WORDS)
    if more:  # Nothing that an index could be asked: it would have to find all that a common word finds.
        yield _finds(words, MORE).is_(true())


def _finds(words: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return words.bool_op("@@")(cast(bindparam(name, type_=String), TSQUERY))
