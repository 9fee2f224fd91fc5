"""The list of proposals: filters in any combination, pages by key, the most urgent first."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, select, tuple_

from store.errors import NoSuchPage
from store.lists import Page, ProposalLine, Wanted
from store.rows import Values
from store.statements import Statement, Transaction
from store.tables import NO_DUE, PersonRow, ProposalRow, table
from store.words import words_of
from workflow.entries import instant

_PROPOSAL, _PERSON = table(ProposalRow), table(PersonRow)
_SHOWN = (
    *("code", "title", "programme", "process", "state", "milestone", "revision", "implementer", "province"),
    *("holder", "officer", "open", "due", "plan_year", "activity", "created_at", "last_at"),
)
#: Filters that ask for one value of a column.
_EQUAL = ("programme", "state", "implementer", "officer")


def proposals(transaction: Transaction, wanted: Wanted, *, after: str | None, limit: int) -> Page:
    """A page of the proposals that are wanted. Raises NoSuchPage for an ``after`` that no page gave."""
    values = dict(_values(wanted))
    if after is not None:
        values |= _place(after)
    rows = transaction.rows(_page(tuple(sorted(values))), values | {"most": limit + 1})
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(lines=tuple(map(_line, rows[:limit])), after=f"{instant(last.due)}~{last.id}" if last else None)


def count(transaction: Transaction, wanted: Wanted) -> int:
    """How many proposals are wanted, on all pages together."""
    values = dict(_values(wanted))
    row: Any = transaction.first(_count(tuple(sorted(values))), values)
    return int(row.number)


def _values(wanted: Wanted) -> Iterator[tuple[str, Any]]:
    for name in _EQUAL:
        if getattr(wanted, name) is not None:
            yield f"of_{name}", getattr(wanted, name)
    if wanted.open is not None:
        yield "is_open" if wanted.open else "is_ended", True
    if wanted.overdue_at is not None:
        yield "overdue_at", wanted.overdue_at
    if wanted.text:
        for number, word in enumerate(words_of(wanted.text) or ("-",)):  # No word has a hyphen: nothing is found.
            yield f"word_{number}", f"% {word}%"
    for number, holder in enumerate(wanted.holders or ()):
        yield f"holder_{number}", holder
    if wanted.holders == ():
        yield "holder_0", ""  # Nobody's seats: nothing, not everything.


def _place(after: str) -> Values:
    due, _, number = after.partition("~")
    try:
        return {"after_due": datetime.fromisoformat(due), "after_id": int(number)}
    except ValueError as error:
        raise NoSuchPage(after) from error


def _conditions(names: tuple[str, ...]) -> Iterator[ColumnElement[bool]]:
    row = _PROPOSAL.c
    yield from (row[name] == bindparam(f"of_{name}") for name in _EQUAL if f"of_{name}" in names)
    if "is_open" in names:
        yield row.open
    if "is_ended" in names:
        yield ~row.open
    if "overdue_at" in names:
        yield row.due <= bindparam("overdue_at")
        yield row.open
    yield from (row.search.like(bindparam(name)) for name in names if name.startswith("word_"))
    holders = [bindparam(name, type_=row.holder.type) for name in names if name.startswith("holder_")]
    if holders:
        yield row.holder.in_(holders)
    if "after_due" in names:
        place = tuple_(bindparam("after_due", type_=row.due.type), bindparam("after_id", type_=row.id.type))
        yield tuple_(row.due, row.id) > place


@lru_cache(maxsize=256)
def _page(names: tuple[str, ...]) -> Statement:
    named = _PERSON.c.name.label("officer_name")
    shown = select(_PROPOSAL.c.id, *(_PROPOSAL.c[name] for name in _SHOWN), named).where(*_conditions(names))
    shown = shown.select_from(_PROPOSAL.join(_PERSON, _PERSON.c.id == _PROPOSAL.c.officer, isouter=True))
    return Statement(shown.order_by(_PROPOSAL.c.due, _PROPOSAL.c.id).limit(bindparam("most", type_=Integer())))


@lru_cache(maxsize=256)
def _count(names: tuple[str, ...]) -> Statement:
    return Statement(select(func.count().label("number")).select_from(_PROPOSAL).where(*_conditions(names)))


def _line(row: Any) -> ProposalLine:
    values = {name: getattr(row, name) for name in (*_SHOWN, "officer_name")}
    return ProposalLine(**values | {"due": None if row.due == NO_DUE else row.due})
