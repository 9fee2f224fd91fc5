"""The statements of searches, each made once for its arms, its number of words and its limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Select,
    and_,
    bindparam,
    desc,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from store.lists import ALL
from store.narrowing import AFTER, PROPOSAL, Arms, Order, counted, first, in_order
from store.proposal_lines import shown
from store.statements import Statement
from store.types import RowId
from store.word_index import BEFORE, matches, newest_matches, older_matches, sample

_ROW = PROPOSAL.c
Listed = tuple[Arms, Order]


@dataclass(frozen=True, slots=True)
class How:
    """How the words of a search are looked for, besides what the index is asked.

    ``alike``: with so many of them rows of ``proposal`` are compared. ``more``: with others, rows of words are.
    """

    alike: int = 0
    more: bool = False


def _limit(most: int) -> ColumnElement[Any]:
    return literal_column(str(most))


def _wanted(arms: Arms) -> Iterator[ColumnElement[bool]]:
    """Everything where there are no arms."""
    if arms:
        yield or_(*(and_(*arm.where()) for arm in arms))


def _like(column: Any, words: int) -> Iterator[ColumnElement[bool]]:
    return (column.like(bindparam(f"word_{number}")) for number in range(words))


def _of_hits(hits: Any, arms: Arms, words: int) -> Select[Any]:
    """What the index finds, of the wanted rows; where nothing narrows it ``proposal`` is not asked at all.

    Each hit is asked on its own, in the order in which the index gives them, and none after there are enough.
    """
    if not arms and not words:
        return select(hits.c.id)
    row: Select[Any] = select(literal_column("1")).select_from(PROPOSAL).where(_ROW.id == hits.c.id)
    row = row.where(*_wanted(arms), *_like(_ROW.search, words)).with_hint(PROPOSAL, "NOT INDEXED", "sqlite")
    return select(hits.c.id).where(row.correlate(hits).exists())


def _newest_first(numbers: Select[Any], most: int) -> Select[Any]:
    return shown(numbers.add_columns(literal_column("0").label("at")).limit(_limit(most)), "id")


def _in_turn(dialect: str, numbers: Select[Any]) -> Select[Any]:
    """The newest first. SQLite hands rows on as they come, and would read all if it were asked to sort them again."""
    return numbers if dialect == "sqlite" else numbers.order_by(desc("id"))


@lru_cache(maxsize=64)
def newest(arms: Arms, how: How, most: int) -> Statement:
    """The newest that the index finds before a place."""

    def build(dialect: str) -> ClauseElement:
        hits = older_matches(dialect, more=how.more).order_by(desc("id")).limit(_limit(ALL)).subquery("hits")
        return _newest_first(_in_turn(dialect, _of_hits(hits, arms, how.alike)), most)

    return Statement(build)


def _among_newest(dialect: str, arms: Arms, how: How, pool: int) -> Select[Any]:
    return _of_hits(newest_matches(dialect, pool, more=how.more).subquery("hits"), arms, how.alike)


@lru_cache(maxsize=64)
def among_newest(arms: Arms, how: How, most: int, pool: int) -> Statement:
    """The same among so many proposals before the place."""
    return Statement(lambda name: _newest_first(_in_turn(name, _among_newest(name, arms, how, pool)), most))


@lru_cache(maxsize=64)
def count_among_newest(arms: Arms, how: How, most: int, pool: int) -> Statement:
    """How many of them there are."""
    return Statement(lambda dialect: counted(_among_newest(dialect, arms, how, pool), most))


@lru_cache(maxsize=64)
def count(arms: Arms, how: How, most: int) -> Statement:
    """How many the index finds."""

    def build(dialect: str) -> ClauseElement:
        return counted(_of_hits(matches(dialect, more=how.more).subquery("hits"), arms, how.alike), most)

    return Statement(build)


@lru_cache(maxsize=64)
def sampled(words: int, pool: int) -> Statement:
    """How common words are on PostgreSQL."""
    return Statement(sample(words, pool))


def _begun(arms: Arms, *columns: Any) -> Select[Any]:
    return select(*columns).where(_ROW.code >= bindparam("begin"), *_wanted(arms))


@lru_cache(maxsize=64)
def codes(arms: Arms, most: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    """The proposals whose codes begin so, from the last code to the first; ``goes_on``: after the one of a place."""
    rows, end = _begun(arms, _ROW.code.label("at"), _ROW.id), bindparam("end", type_=_ROW.code.type)
    if goes_on:
        one = PROPOSAL.alias("one")
        place = select(one.c.code).where(one.c.id == bindparam(BEFORE, type_=RowId)).scalar_subquery()
        # Read from the place on: SQLite would begin at the end, were that a limit of the index too.
        rows = rows.where(_ROW.code < place, (_ROW.code + "") < end)
    else:
        rows = rows.where(_ROW.code < end)
    return Statement(shown(rows.order_by(_ROW.code.desc()).limit(_limit(most)), "code"))


@lru_cache(maxsize=64)
def count_codes(arms: Arms, most: int) -> Statement:
    """How many codes begin so; in their order, for PostgreSQL would else gather all of them before it counts."""
    begun = _begun(arms, _ROW.code).where(_ROW.code < bindparam("end"))
    return Statement(counted(begun.order_by(_ROW.code.desc()), most))


@lru_cache(maxsize=64)
def code(arms: Arms) -> Statement:
    """The proposal of that code."""
    return Statement(_newest_first(select(_ROW.id).where(_ROW.code == bindparam("code"), *_wanted(arms)), 1))


def _looked(dialect: str, listed: Listed, words: int, pool: int, *, goes_on: bool) -> Select[Any]:
    """The rows that all words are found in, of the first of a list, in its order."""
    arms, order = listed
    rows = first(dialect, arms, order, _ROW.search, goes_on=goes_on, most=pool).subquery("looked")
    return select(rows.c.at, rows.c.id).where(*_like(rows.c.search, words))


@lru_cache(maxsize=256)
def looked_through(listed: Listed, words: int, most: int, pool: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    """Those of the first rows of a list that all words are found in."""
    order = listed[1]

    def build(dialect: str) -> ClauseElement:
        rows = _looked(dialect, listed, words, pool, goes_on=goes_on)
        # SQLite hands such rows on as they come, and would read all of them if it were asked to sort them again.
        here = rows if dialect == "sqlite" else rows.order_by(*in_order(rows.selected_columns, order))
        return shown(here.limit(_limit(most)), order)

    return Statement(build)


@lru_cache(maxsize=256)
def count_looked_through(listed: Listed, words: int, most: int, pool: int) -> Statement:
    """How many of them there are."""
    arms, order = listed
    rows = union_all(*(arm.rows(order, _ROW.search) for arm in arms)).limit(_limit(pool)).subquery("looked")
    return Statement(counted(select(rows.c.search).where(*_like(rows.c.search, words)), most))


@lru_cache(maxsize=256)
def by_index(listed: Listed, how: How, most: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    """What the index finds of a list, put in its order."""
    arms, order = listed

    def build(dialect: str) -> ClauseElement:
        hits = matches(dialect, more=how.more)
        found = hits.cte("hits").prefix_with("MATERIALIZED") if dialect == "postgresql" else hits.subquery("hits")
        at = _ROW[order]
        rows = select(at.label("at"), _ROW.id).select_from(found.join(PROPOSAL, _ROW.id == found.c.id))
        # On SQLite what the index finds has to lead, so that ``proposal`` may only be asked by number.
        rows = rows.where(*_wanted(arms), *_like(_ROW.search, how.alike)).with_hint(PROPOSAL, "NOT INDEXED", "sqlite")
        if goes_on:
            here, after = tuple_(at, _ROW.id), tuple_(*AFTER[order])
            rows = rows.where(here > after if order == "due" else here < after)
        return shown(rows.order_by(*in_order(rows.selected_columns, order)).limit(_limit(most)), order)

    return Statement(build)
