"""The list of proposals: filters in any combination, pages by key, counts that stop."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from store import searching
from store.errors import NoSuchPage
from store.lists import ALL, Counted, Page, Wanted
from store.narrowing import Arms, Order, Question, count_rows, first, question_of
from store.proposal_lines import line_of, shown
from store.rows import Values
from store.statements import Statement, Transaction
from workflow.entries import instant


def proposals(transaction: Transaction, wanted: Wanted, *, after: str | None, limit: int) -> Page:
    """A page of the proposals that are wanted. Raises NoSuchPage for an ``after`` that no page gave."""
    question = question_of(wanted)
    by_number = wanted.text is not None and not question.narrows
    place = {} if after is None else _number(after) if by_number else _place(after)
    _refuse_outside(wanted, place, after)
    rows = _rows(transaction, question, wanted.text, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    here = None if last is None else f"~{last.id}" if by_number else f"{instant(last.at)}~{last.id}"
    return Page(lines=tuple(map(line_of, rows[:limit])), after=here)


def _rows(transaction: Transaction, question: Question, words: str | None, place: Values, limit: int) -> list[Any]:
    if not question.arms:
        return []
    if words is not None:
        return searching.found(transaction, question, words, place, limit)
    return transaction.rows(_page(question.arms, question.order, limit, bool(place)), question.values | place)


def count(transaction: Transaction, wanted: Wanted, *, most: int) -> Counted:
    """How many proposals are wanted on all pages together, counted up to ``most``."""
    question = question_of(wanted)
    if wanted.text is None:
        number = count_rows(transaction, question, most=most + 1)
    else:
        number = searching.count(transaction, question, wanted.text, most=most + 1)
    return Counted(number=min(number, most), exact=number <= most)


def _refuse_outside(wanted: Wanted, place: Values, after: str | None) -> None:
    at = place.get("after_at")
    early = at is not None and wanted.due_after is not None and at <= wanted.due_after
    late = at is not None and wanted.due_by is not None and at > wanted.due_by
    if early or late:
        raise NoSuchPage(str(after))


def _place(after: str) -> Values:
    moment, _, number = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise NoSuchPage(after) from error
    if at.tzinfo is None or not _is_number(number):
        raise NoSuchPage(after)
    return {"after_at": at, "after_id": int(number)}


def _number(after: str) -> Values:
    moment, _, number = after.partition("~")
    if moment or not _is_number(number):
        raise NoSuchPage(after)
    return {"before": int(number)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(ALL)) and int(text) <= ALL


@lru_cache(maxsize=256)
def _page(arms: Arms, order: Order, most: int, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    """Places are merged and limited first; whole rows are fetched only for what remains."""
    return Statement(lambda dialect: shown(first(dialect, arms, order, goes_on=goes_on, most=most), order))
