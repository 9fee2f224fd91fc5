"""Searching: proposals whose code, title or implementer have words that begin as the typed ones do.

Of everything, the newest come first, because that is the order in which an index of words can be read a little at a
time. SQLite's is read so; PostgreSQL's gives all that a word finds at once, so there the newest proposals are looked
through first, which is where a common word is met, and only for a rarer one is the index asked.

A whole code finds that proposal alone.

A search in a narrowed list keeps the order of that list: a common word is met on its first rows, so these are looked
through; for a rarer one the index is asked, and the few proposals that it finds are put in order.
"""

from collections.abc import Iterator, Sequence
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
)

from store.lists import ALL
from store.narrowing import AFTER, PROPOSAL, Arms, Order, Question, count_rows, counted, first, in_order
from store.proposal_lines import shown
from store.rows import Values
from store.statements import Statement, Transaction
from store.word_index import matches, newest_matches, older_matches, query_of
from store.words import asked

#: So many rows are looked through before the index of words is asked.
LOOKED_THROUGH = 5_000
#: On SQLite, a word that finds no more than this leads: the others are looked for in what it finds.
RARE = 1_000
#: How common a word is decides how PostgreSQL looks for it, so no plan is made for all words alike.
_BY_VALUE = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off"
_ROW = PROPOSAL.c
Listed = tuple[Arms, Order]


def found(transaction: Transaction, question: Question, text: str, place: Values, limit: int) -> list[Any]:
    """The rows of lines that a search finds after a place of its list; none for a text without words."""
    words = asked(text)
    if not words:
        return []
    if not question.narrows and (whole := _of_code(transaction, text)):
        return [] if place else whole
    search = _Search(transaction, question, words)
    return search.in_list(place, limit) if question.narrows else search.of_everything(place, limit)


def count(transaction: Transaction, question: Question, text: str, *, most: int) -> int:
    """How many proposals a search finds, counted up to ``most``."""
    words = asked(text)
    if not words or not question.arms:
        return 0
    if not question.narrows and _of_code(transaction, text):
        return 1
    return _Search(transaction, question, words).count(most)


def _of_code(transaction: Transaction, text: str) -> list[Any]:
    """The proposal whose whole code was typed: nobody who does that looks for another."""
    return transaction.rows(_CODE, {"code": text.strip().upper()}) if any(map(str.isdecimal, text)) else []


class _Search:
    """Words to look for. ``alike`` is how many of them rows are compared with, besides what the index finds."""

    def __init__(self, transaction: Transaction, question: Question, words: Sequence[str]) -> None:
        self._transaction, self._question, self._number = transaction, question, len(words)
        self._values = question.values | {f"word_{at}": f"% {word}%" for at, word in enumerate(words)}
        lead = self._rare(words) if transaction.dialect == "sqlite" else None
        self._alike = 0 if lead is None else len(words)
        self._values["words"] = query_of(transaction.dialect, words if lead is None else (lead,))
        if transaction.dialect == "postgresql":
            transaction.execute(_BY_VALUE)

    def of_everything(self, place: Values, limit: int) -> list[Any]:
        values = self._values | ({"before": ALL} | place)
        if self._alike:
            return self._transaction.rows(_newest_alike(limit, self._alike), values)
        if self._transaction.dialect == "postgresql":
            rows = self._transaction.rows(_among_newest(limit, LOOKED_THROUGH), values)
            if len(rows) == limit:
                return rows
        return self._transaction.rows(_newest(limit), values)

    def in_list(self, place: Values, limit: int) -> list[Any]:
        listed, goes_on, values = (self._question.arms, self._question.order), bool(place), self._values | place
        if not self._alike:
            looked = _looked_through(listed, self._number, limit, LOOKED_THROUGH, goes_on)
            rows = self._transaction.rows(looked, values)
            if len(rows) == limit or self._is_short():
                return rows
        return self._transaction.rows(_by_index(listed, self._alike, limit, goes_on), values)

    def count(self, most: int) -> int:
        arms, order = self._question.arms, self._question.order
        if not self._question.narrows and not self._alike:
            return self._counted(_count(most))
        if not self._alike:
            number = self._counted(_count_looked_through(arms, order, self._number, most, LOOKED_THROUGH))
            if number == most or self._is_short():
                return number
        return self._counted(_count_by_index(arms, self._alike, most))

    def _rare(self, words: Sequence[str]) -> str | None:
        """The first word of which SQLite's index finds little; PostgreSQL's would have to find it all first."""
        for word in words:
            row: Any = self._transaction.first(_count(RARE + 1), {"words": query_of("sqlite", (word,))})
            if row.number <= RARE:
                return word
        return None

    def _is_short(self) -> bool:
        return count_rows(self._transaction, self._question, most=LOOKED_THROUGH + 1) <= LOOKED_THROUGH

    def _counted(self, statement: Statement) -> int:
        row: Any = self._transaction.first(statement, self._values)
        return int(row.number)


def _like(column: Any, words: int) -> Iterator[ColumnElement[bool]]:
    return (column.like(bindparam(f"word_{number}")) for number in range(words))


def _newest_first(numbers: Select[Any], most: int) -> Select[Any]:
    keys = numbers.add_columns(literal_column("0").label("at"))
    return shown(keys.order_by(desc("id")).limit(literal_column(str(most))), "id")


_CODE = Statement(_newest_first(select(_ROW.id).where(_ROW.code == bindparam("code")), 1))


@lru_cache(maxsize=64)
def _newest(most: int) -> Statement:
    return Statement(lambda dialect: _newest_first(older_matches(dialect), most))


@lru_cache(maxsize=64)
def _newest_alike(most: int, words: int) -> Statement:
    """SQLite: of the little that a rare word finds, that which has the other words too."""

    def build(dialect: str) -> ClauseElement:
        hits = older_matches(dialect).subquery("hits")
        rows = select(hits.c.id).select_from(hits.join(PROPOSAL, _ROW.id == hits.c.id))
        return _newest_first(rows.where(*_like(_ROW.search, words)), most)

    return Statement(build)


@lru_cache(maxsize=64)
def _among_newest(most: int, pool: int) -> Statement:
    return Statement(_newest_first(newest_matches(pool), most))


@lru_cache(maxsize=64)
def _count(most: int) -> Statement:
    return Statement(lambda dialect: counted(matches(dialect), most))


def _looked(dialect: str, arms: Arms, order: Order, words: int, pool: int, *, goes_on: bool) -> Select[Any]:
    """The rows that all words are found in, of the first of a list, in its order."""
    rows = first(dialect, arms, order, _ROW.search, goes_on=goes_on, most=pool).subquery("looked")
    return select(rows.c.at, rows.c.id).where(*_like(rows.c.search, words))


@lru_cache(maxsize=256)
def _looked_through(question: Listed, words: int, most: int, pool: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    arms, order = question

    def build(dialect: str) -> ClauseElement:
        rows = _looked(dialect, arms, order, words, pool, goes_on=goes_on)
        # SQLite hands such rows on as they come, and would read all of them if it were asked to sort them again.
        here = rows if dialect == "sqlite" else rows.order_by(*in_order(rows.selected_columns, order))
        return shown(here.limit(literal_column(str(most))), order)

    return Statement(build)


@lru_cache(maxsize=256)
def _count_looked_through(arms: Arms, order: Order, words: int, most: int, pool: int) -> Statement:
    return Statement(lambda dialect: counted(_looked(dialect, arms, order, words, pool, goes_on=False), most))


def _narrowed(arms: Arms, words: int, dialect: str, *columns: Any) -> Select[Any]:
    """What the index finds, of the wanted rows. On SQLite it leads, for ``proposal`` may only be asked by number."""
    hits = matches(dialect)
    found = hits.cte("hits").prefix_with("MATERIALIZED") if dialect == "postgresql" else hits.subquery("hits")
    wanted = or_(*(and_(*arm.where()) for arm in arms))
    rows = select(*columns).select_from(found.join(PROPOSAL, _ROW.id == found.c.id))
    return rows.where(wanted, *_like(_ROW.search, words)).with_hint(PROPOSAL, "NOT INDEXED", "sqlite")


@lru_cache(maxsize=256)
def _by_index(question: Listed, words: int, most: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    arms, order = question

    def build(dialect: str) -> ClauseElement:
        at = _ROW[order]
        rows = _narrowed(arms, words, dialect, at.label("at"), _ROW.id)
        if goes_on:
            here, after = tuple_(at, _ROW.id), tuple_(*AFTER[order])
            rows = rows.where(here > after if order == "due" else here < after)
        return shown(rows.order_by(*in_order(rows.selected_columns, order)).limit(literal_column(str(most))), order)

    return Statement(build)


@lru_cache(maxsize=256)
def _count_by_index(arms: Arms, words: int, most: int) -> Statement:
    return Statement(lambda dialect: counted(_narrowed(arms, words, dialect, _ROW.id), most))
