"""Which rows of ``proposal`` a list wants: conditions by name, and the indexes that a list is merged from.

A list is the union of *arms* that share no row. Each arm is read along one index of ``proposal`` that has its rows in
the order of the list, so nothing is sorted and nothing is read beyond the page (``tests/test_list_plans.py``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union_all,
)

from store.lists import Wanted
from store.rows import Values
from store.statements import Statement, Transaction
from store.tables import ProposalRow, table
from workflow.changing import changed
from workflow.seeing import Scope

PROPOSAL = table(ProposalRow)
_ROW = PROPOSAL.c
_DATA = type_coerce(_ROW.data, Text)
#: Ended proposals are listed from the one that moved last, all others from the one due first.
Order = Literal["due", "last_at"]
Arms = tuple["Arm", ...]
AFTER: Mapping[Order, tuple[BindParameter[Any], BindParameter[Any]]] = {
    order: (bindparam("after_at", type_=_ROW[order].type), bindparam("after_id", type_=_ROW.id.type))
    for order in ("due", "last_at")
}


def _among(column: Any) -> Any:
    """A pattern that a listing with this value fits; its own parts are no values, whose names could be taken."""
    return literal_column("'%|'").concat(column).concat(literal_column("'|%'"))


#: Partial indexes are known by the very words of their condition, so these are not written as comparisons.
_CONDITIONS: Mapping[str, Callable[[Any], Any]] = {
    "programme": _ROW.programme.__eq__,
    "state": _ROW.state.__eq__,
    "implementer": _ROW.implementer.__eq__,
    "province": _ROW.province.__eq__,
    "milestone": _ROW.milestone.__eq__,
    "plan_year": _ROW.plan_year.__eq__,
    "process": _ROW.process.like,
    "activity": _ROW.activity.__eq__,
    # The text of the data is canonical, so what it holds of a field can be found in it on both databases alike.
    "target": lambda counted: and_(_ROW.milestone == literal_column("'evaluated'"), _DATA.like(counted, escape="\\")),
    "last_by": _ROW.last_at.__le__,
    "officer": _ROW.officer.__eq__,
    "in_charge": _ROW.officer.__eq__,
    "holder": _ROW.holder.__eq__,
    "unassigned": lambda seat: and_(_ROW.holder == seat, _ROW.officer.is_(None)),
    "not_holder": lambda seat: or_(_ROW.holder.is_(None), _ROW.holder != seat),
    "due_after": _ROW.due.__gt__,
    "due_by": _ROW.due.__le__,
    "open": lambda _: text("proposal.open"),
    "ended": lambda _: text("NOT proposal.open"),
    "waiting": lambda _: text("proposal.waiting"),
    "not_waiting": lambda _: text("NOT proposal.waiting"),
    # Of lists that are given as one text (``|da-nang|quang-nam|``), so that a statement is one for all of them.
    "in_provinces": lambda listed: listed.like(_among(_ROW.province)),
    "of_process": _ROW.process.like,
    "in_implementers": lambda listed: listed.like(_among(_ROW.implementer)),
}
#: The index that an arm is read along: the first whose conditions are all among its own.
_INDEXES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"in_charge", "open"}), "ix_proposal_open_officer"),
    (frozenset({"officer", "open"}), "ix_proposal_open_officer"),
    (frozenset({"holder", "open"}), "ix_proposal_open_holder"),
    (frozenset({"unassigned", "open"}), "ix_proposal_open_holder"),
    (frozenset({"waiting", "province"}), "ix_proposal_waiting_province"),
    (frozenset({"waiting"}), "ix_proposal_waiting"),
    (frozenset({"province", "open"}), "ix_proposal_open_province"),
    (frozenset({"province", "last"}), "ix_proposal_ended_province"),
    (frozenset({"last"}), "ix_proposal_ended"),
    (frozenset({"programme"}), "ix_proposal_programme_due"),
    (frozenset({"open"}), "ix_proposal_open_due"),
    (frozenset({"ended"}), "ix_proposal_ended_due"),
)


@dataclass(frozen=True, slots=True)
class Arm:
    """Conditions by kind, each with the name of the value that it compares with."""

    conditions: tuple[tuple[str, str], ...]

    def where(self) -> Iterator[ColumnElement[bool]]:
        """The conditions as SQL."""
        return (_CONDITIONS[kind](bindparam(name)) for kind, name in self.conditions)

    def rows(self, order: Order, *columns: Any) -> Select[Any]:
        """The rows, read along the index that has this order.

        SQLite is told which one: without figures about the table, which only ANALYZE gives it, it would have to guess.
        """
        kinds = {kind for kind, _ in self.conditions} | ({"last"} if order == "last_at" else set())
        index = next(name for needed, name in _INDEXES if needed <= kinds)
        return select(*columns).where(*self.where()).with_hint(PROPOSAL, f"INDEXED BY {index}", "sqlite")

    def keys(self, order: Order, *more: Any, goes_on: bool) -> Iterator[Select[Any]]:
        """The rows by place in the list: what it is sorted by as ``at``, and ``id``. ``goes_on``: after a place.

        Whoever stands at the same instant is a part of its own, because SQLite reads no pair from an index.
        """
        at, number, (after_at, after_id) = PROPOSAL.c[order], PROPOSAL.c.id, AFTER[order]
        if not goes_on:
            yield self.rows(order, at.label("at"), number, *more)
            return
        # A place lies within the list, so that need not be asked again; SQLite would begin where the list does.
        level, beyond = (number > after_id, at > after_at) if order == "due" else (number < after_id, at < after_at)
        yield (
            self._without("due_after", "due_by").rows(order, at.label("at"), number, *more).where(at == after_at, level)
        )
        yield self._without("due_after").rows(order, at.label("at"), number, *more).where(beyond)

    def _without(self, *kinds: str) -> "Arm":
        return Arm(tuple(one for one in self.conditions if one[0] not in kinds))


def first(dialect: str, arms: Arms, order: Order, *more: Any, goes_on: bool, most: int) -> Select[Any]:
    """The first keys of all arms together, in the order of the list.

    SQLite merges arms that are sorted alike, and stops when it has enough. PostgreSQL sorts what all of them have,
    unless each gives no more than what is wanted; and it plans once for all only where it knows how much that is.
    """
    limit = literal_column(str(most), Integer)
    parts = [part for arm in arms for part in arm.keys(order, *more, goes_on=goes_on)]
    if dialect == "postgresql":
        parts = [part.order_by(*in_order(part.selected_columns, order)).limit(limit) for part in parts]
    keys = union_all(*parts).subquery("keys")
    return select(keys).order_by(*in_order(keys.c, order)).limit(limit)


def in_order(columns: Any, order: str) -> tuple[ColumnElement[Any], ...]:
    """How ``at`` and ``id`` are sorted: by due day rising, by everything else falling."""
    return (columns.at, columns.id) if order == "due" else (columns.at.desc(), columns.id.desc())


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of ``proposal``. Arms and order are the key of its statements; the values go into them."""

    arms: Arms
    order: Order
    values: Values
    #: Whether anything but words narrows it, or that it ended.
    narrows: bool


def question_of(wanted: Wanted) -> Question:
    """The arms that have exactly the wanted rows; none where nothing can be found."""
    common = [(f"{kind}_{number}", kind, value) for number, (kind, value) in enumerate(_common(wanted))]
    values, arms = {name: value for name, _, value in common}, list[Arm]()
    for number, own in enumerate(_own(wanted)):
        values |= {f"{kind}_of_{number}": value for kind, value in own.items() if value is not None}
        named = [(kind, f"{kind}_of_{number}") for kind in own] + [(kind, name) for name, kind, _ in common]
        arms.append(Arm(tuple(named)))
    return Question(
        arms=tuple(arms),
        order="last_at" if wanted.open is False else "due",
        values=values,
        narrows=wanted not in (Wanted(text=wanted.text), Wanted(text=wanted.text, open=False)),
    )


_PLAIN = (
    *("programme", "state", "implementer", "province", "milestone", "plan_year", "activity"),
    *("due_after", "due_by", "last_by"),
)
#: An underscore that stands for itself.
LITERAL = "\\_"


def _common(wanted: Wanted) -> Iterator[tuple[str, Any]]:
    """Conditions of every arm."""
    for kind in _PLAIN:
        if (value := getattr(wanted, kind)) is not None:
            yield kind, value
    if wanted.process is not None:
        yield "process", f"{wanted.process}@%"
    if wanted.target is not None:
        yield "target", f'%"target_key":"{wanted.target.replace("_", LITERAL)}"%'
    if wanted.scope is not None:
        yield from _seen(wanted.scope)
    yield from (("not_holder", seat) for seat in wanted.not_held_by)
    if wanted.officer is not None:
        yield "officer", wanted.officer
    if wanted.waiting is not None:
        yield "waiting" if wanted.waiting else "not_waiting", None


def _own(wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The conditions that tell the arms apart."""
    if not _of_open(wanted):
        yield from [{"ended": None}] if wanted.open is False else [{}] if wanted.programme else _EITHER
    elif wanted.open is not False:
        # What waits is open: to say so again would only offer PostgreSQL a second index to combine.
        yield from (own if wanted.waiting and not own else {"open": None, **own} for own in _held(wanted))


def _seen(scope: Scope) -> Iterator[tuple[str, Any]]:
    """What whoever asks may look at."""
    if scope.provinces is not None:
        yield "in_provinces", f"|{'|'.join(scope.provinces)}|"
    if scope.process is not None:
        yield "of_process", f"{scope.process}@%"
    if scope.implementers is not None:
        yield "in_implementers", f"|{'|'.join(scope.implementers)}|"


_EITHER: tuple[dict[str, Any], ...] = ({"open": None}, {"ended": None})


def _of_open(wanted: Wanted) -> bool:
    """Whether only open proposals can be wanted."""
    asked = (wanted.open, wanted.inbox, wanted.officer, wanted.waiting, wanted.due_after, wanted.due_by, wanted.last_by)
    return wanted.holders is not None or any(one not in (None, False) for one in asked)


def _held(wanted: Wanted) -> Iterator[dict[str, Any]]:
    inbox, holders = wanted.inbox, wanted.holders
    if inbox is None:
        yield from [{}] if holders is None else ({"holder": seat} for seat in dict.fromkeys(holders))
        return
    yield from ({"in_charge": inbox.person, **own} for own in _held(changed(wanted, inbox=None)))
    seats = (seat for seat in dict.fromkeys(inbox.seats) if holders is None or seat in holders)
    yield from ({"unassigned": seat} for seat in seats)


def count_rows(transaction: Transaction, question: Question, *, most: int) -> int:
    """How many rows a question has, counted up to ``most``."""
    if not question.arms:
        return 0
    row: Any = transaction.first(_count(question.arms, question.order, most), question.values)
    return int(row.number)


@lru_cache(maxsize=256)
def _count(arms: Arms, order: Order, most: int) -> Statement:
    return Statement(counted(union_all(*(arm.rows(order, _ROW.id) for arm in arms)), most))


def counted(rows: Select[Any] | CompoundSelect[Any], most: int) -> Select[Any]:
    """How many rows there are, counted up to ``most``."""
    some = rows.limit(literal_column(str(most), Integer)).subquery("counted")
    return select(func.count().label("number")).select_from(some)
