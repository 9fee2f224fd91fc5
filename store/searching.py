"""Searching: proposals whose code, title or implementer have words that begin as the typed ones do.

Of everything, and of all that ended, the newest come first, because that is the order in which words can be read a
little at a time. SQLite's index is read so; PostgreSQL's gives all that a word finds at once, so there the newest
proposals are looked through first, which is where a common word is met, and only for a rarer one is the index asked.

A whole code finds that proposal alone, and the beginning of a code (``LC-2024``) the proposals whose codes begin so.

A search in a list that is narrowed further keeps the order of that list: a common word is met on its first rows, so
these are looked through; for a rarer one the index is asked, and the few proposals that it finds are put in order.
"""

import re
from collections.abc import Sequence
from typing import Any

from store import search_statements as statements
from store.lists import ALL
from store.narrowing import Arms, Question, count_rows
from store.rows import Values
from store.search_statements import How
from store.statements import Statement, Transaction
from store.word_index import BEFORE, MORE, WORDS, query_of
from store.words import asked

#: So many rows are looked through before the index of words is asked.
LOOKED_THROUGH = 5_000
#: PostgreSQL: so many of the newest proposals' words, which are smaller than rows, for a page; and for a count.
NEWEST, NEWEST_COUNTED = 10_000, 60_000
#: SQLite: so many before the place of a later page; first fewer, for one word may be in each of them.
NEWEST_LATER = (600, 3_000)
#: PostgreSQL: how common words are is read from so many of the newest; what one in so many has is common.
SAMPLE, COMMON = 2_000, 60
#: On SQLite, a word that finds no more than this leads: the others are looked for in what it finds.
RARE = 1_000
#: How common a word is decides how PostgreSQL looks for it, so no plan is made for all words alike; and to start
#: other processes for it costs more than any search.
_BY_VALUE = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"
)
#: Hits are asked one after the other until there are enough; a planner that would rather join all of them reads all.
_IN_TURN = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_BEGINNING = re.compile(r"[A-Z][A-Z0-9]*-[0-9][0-9-]*")
#: Greater than every sign of a code.
_BEYOND = "~"


def found(transaction: Transaction, question: Question, text: str, place: Values, limit: int) -> list[Any]:
    """The rows of lines that a search finds after a place of its list; none for a text without words."""
    words = asked(text)
    if not words:
        return []
    if question.narrows:
        return _Search(transaction, question, words).in_list(place, limit)
    if whole := _of_code(transaction, question, text):
        return [] if place else whole
    if codes := _begun(transaction, question, text):
        return transaction.rows(statements.codes(_within(question), limit, bool(place)), codes | place)
    return _Search(transaction, question, words).newest({BEFORE: ALL} | place, limit)


def count(transaction: Transaction, question: Question, text: str, *, most: int) -> int:
    """How many proposals a search finds, counted up to ``most``."""
    words = asked(text)
    if not words or not question.arms:
        return 0
    if question.narrows:
        return _Search(transaction, question, words).count_in_list(most)
    if _of_code(transaction, question, text):
        return 1
    if codes := _begun(transaction, question, text):
        return _number(transaction, statements.count_codes(_within(question), most), codes)
    return _Search(transaction, question, words).count_all(most)


def _within(question: Question) -> Arms:
    """What rows have to be of besides; everything is not worth asking."""
    return question.arms if question.narrows or question.order == "last_at" else ()


def _of_code(transaction: Transaction, question: Question, text: str) -> list[Any]:
    """The proposal whose whole code was typed: nobody who does that looks for another."""
    if not any(map(str.isdecimal, text)):
        return []
    return transaction.rows(statements.code(_within(question)), question.values | {"code": text.strip().upper()})


def _begun(transaction: Transaction, question: Question, text: str) -> Values:
    """What codes are compared with if a text is how one begins; else nothing, and its words are looked for."""
    begin = text.strip().upper()
    if not _BEGINNING.fullmatch(begin):
        return {}
    values = question.values | {"begin": begin, "end": begin + _BEYOND}
    return values if _number(transaction, statements.count_codes((), 1), values) else {}


def _number(transaction: Transaction, statement: Statement, values: Values) -> int:
    row: Any = transaction.first(statement, values)
    return int(row.number)


class _Search:
    """Words to look for, and how: by a rare one of them if there is one, with which the others are compared."""

    def __init__(self, transaction: Transaction, question: Question, words: Sequence[str]) -> None:
        self._transaction, self._question, self._words = transaction, question, len(words)
        self._dialect, self._common = transaction.dialect, False
        if self._dialect == "postgresql":
            transaction.execute(_BY_VALUE if question.narrows else f"{_BY_VALUE}; {_IN_TURN}")
            words = self._rarest_first(words)
            self._how, asked_for = How(more=len(words) > 1), words[:1]
        else:
            lead = self._rare(words)
            self._how, asked_for = How(alike=0 if lead is None else len(words)), words if lead is None else (lead,)
        found_by = {WORDS: query_of(self._dialect, asked_for), MORE: query_of(self._dialect, words[1:])}
        self._values = question.values | found_by | {f"word_{at}": f"% {word}%" for at, word in enumerate(words)}

    def newest(self, place: Values, limit: int) -> list[Any]:
        arms, values = _within(self._question), self._values | place
        for pool in self._pools(place):
            rows = self._transaction.rows(statements.among_newest(arms, self._how, limit, pool), values)
            if len(rows) == limit:
                return rows
        return self._transaction.rows(statements.newest(arms, self._how, limit), values)

    def _pools(self, place: Values) -> tuple[int, ...]:
        """How many of the newest to look through first. SQLite begins at the newest at once, but not at a place."""
        if self._dialect == "postgresql":
            return (NEWEST,)
        if place[BEFORE] == ALL or self._how.alike:
            return ()
        return NEWEST_LATER if self._words == 1 else NEWEST_LATER[1:]

    def in_list(self, place: Values, limit: int) -> list[Any]:
        listed, goes_on, values = (self._question.arms, self._question.order), bool(place), self._values | place
        if not self._how.alike:
            looked = statements.looked_through(listed, self._words, limit, LOOKED_THROUGH, goes_on)
            rows = self._transaction.rows(looked, values)
            if len(rows) == limit or self._is_short():
                return rows
        return self._transaction.rows(statements.by_index(listed, self._how, limit, goes_on), values)

    def count_all(self, most: int) -> int:
        arms = _within(self._question)
        if self._common:
            number = self._counted(statements.count_among_newest(arms, self._how, most, NEWEST_COUNTED))
            if number == most:
                return number
        return self._counted(statements.count(arms, self._how, most))

    def count_in_list(self, most: int) -> int:
        arms, order = self._question.arms, self._question.order
        if not self._how.alike:
            looked = statements.count_looked_through((arms, order), self._words, most, LOOKED_THROUGH)
            if (number := self._counted(looked)) == most or self._is_short():
                return number
        return self._counted(statements.count(arms, self._how, most))

    def _rare(self, words: Sequence[str]) -> str | None:
        """The first word of which SQLite's index finds little; PostgreSQL's would have to find it all first."""
        little = statements.count((), How(), RARE + 1)
        for word in words:
            if _number(self._transaction, little, {WORDS: query_of("sqlite", (word,))}) <= RARE:
                return word
        return None

    def _rarest_first(self, words: Sequence[str]) -> Sequence[str]:
        """As the newest proposals have them; whether all of them together are common there is kept."""
        values = {f"word_{at}": query_of("postgresql", (word,)) for at, word in enumerate(words)}
        row: Any = self._transaction.first(statements.sampled(len(words), SAMPLE), values | {BEFORE: ALL})
        self._common = row.together >= SAMPLE // COMMON
        return sorted(words, key=dict(zip(words, row, strict=False)).__getitem__)

    def _is_short(self) -> bool:
        return count_rows(self._transaction, self._question, most=LOOKED_THROUGH + 1) <= LOOKED_THROUGH

    def _counted(self, statement: Statement) -> int:
        return _number(self._transaction, statement, self._values | {BEFORE: ALL})
