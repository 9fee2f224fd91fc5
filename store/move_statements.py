"""The statements by which a move writes beside its proposal, made from the tables: one for each table, or one for all.

PostgreSQL's one statement is a chain of WITH: each part takes its rows from a JSON text, so that the statement stays
the same however many there are, and is prepared once. The numbers by which rows name each other come from the part
that gave them: ``moved`` (the proposal), ``entered`` (the entry), ``dated`` (the deadlines).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ClauseElement,
    ColumnElement,
    String,
    Table,
    bindparam,
    column,
    func,
    literal_column,
    select,
    update,
)

from store.statements import Statement, inserting
from store.tables import (
    AttachmentRow,
    DeadlineRow,
    DocumentRow,
    EntryRow,
    IdempotencyRow,
    NoticeRow,
    OpeningRow,
    ProposalRow,
    ReminderRow,
    UnsealedRow,
    table,
)
from store.together import given

_PROPOSAL, _ENTRY, _UNSEALED = table(ProposalRow), table(EntryRow), table(UnsealedRow)
_DEADLINE, _REMINDER = table(DeadlineRow), table(ReminderRow)
_SCHEDULED = _REMINDER.c.state == literal_column("'scheduled'")
_NUMBERS = ("entry_id", "proposal_id", "deadline_id")
#: Columns of a row by name, and where each one's value comes from.
Source = Callable[[str], ColumnElement[Any]]


#: A notice of a step that nobody has tried to send.
_UNTRIED = {"reminder_id": "NULL", "attempts": "0", "lease_until": "NULL", "last_error": "''", "message_id": "NULL"}


class Part(NamedTuple):
    """A table that a move inserts into, and what becomes of a row whose key is there already."""

    table: Table
    #: How every row begins, as SQL; no value is given for these columns.
    fresh: Mapping[str, str] = {}
    #: The key under which nothing is written again.
    once: tuple[str, ...] = ()
    #: The key under which the row is replaced.
    anew: tuple[str, ...] = ()


#: In the order in which rows can name each other.
PARTS: Mapping[str, Part] = {
    "openings": Part(table(OpeningRow), {"erased_by": "NULL"}),
    "documents": Part(table(DocumentRow), once=("sha256",)),
    "attachments": Part(table(AttachmentRow)),
    "deadlines": Part(_DEADLINE, anew=("proposal_id", "rule", "period")),
    "reminders": Part(_REMINDER, {"state": "'scheduled'", "reason": "''", "fired_at": "NULL"}),
    "notices": Part(table(NoticeRow), _UNTRIED, once=("key",)),
    "answers": Part(table(IdempotencyRow), once=("actor", "key")),
}


def _columns(part: Part) -> tuple[str, ...]:
    return tuple(found.name for found in part.table.columns if found is not part.table.autoincrement_column)


def _fresh(part: Part) -> dict[str, ColumnElement[Any]]:
    return {name: literal_column(sql) for name, sql in part.fresh.items()}


def _keyed(part: Part, statement: Any) -> Any:
    if part.once:
        return statement.on_conflict_do_nothing(index_elements=part.once)
    if part.anew:
        changed = {name: statement.excluded[name] for name in _columns(part) if name not in part.anew}
        return statement.on_conflict_do_update(index_elements=part.anew, set_=changed)
    return statement


def _deadline_of(proposal: ColumnElement[Any], rule: ColumnElement[Any], period: ColumnElement[Any]) -> Any:
    """The number of a deadline, found by what the workflow knows it by."""
    by = (_DEADLINE.c.proposal_id == proposal, _DEADLINE.c.rule == rule, _DEADLINE.c.period == period)
    return select(_DEADLINE.c.id).where(*by).scalar_subquery()


# One statement for each table.

_DEADLINE_ID = _deadline_of(bindparam("proposal_id"), bindparam("rule"), bindparam("period"))


def _insert(part: Part, dialect: str) -> ClauseElement:
    values: dict[str, Any] = {name: bindparam(name) for name in _columns(part)} | _fresh(part)
    if "deadline_id" in values:
        values["deadline_id"] = _DEADLINE_ID
    made: ClauseElement = _keyed(part, inserting(part.table, dialect).values(values)).inline()
    return made


#: Old reminders go before new ones come, so that what replaces is never taken for what is replaced.
CANCEL = Statement(
    update(_REMINDER)
    .where(_REMINDER.c.deadline_id == _DEADLINE_ID, _SCHEDULED)
    .values(state=bindparam("to_state"), reason=bindparam("to_reason"))
)
INSERTS: Mapping[str, Statement] = {
    "cancelled": CANCEL,
    **{name: Statement(partial(_insert, part)) for name, part in PARTS.items()},
}


# One statement for all tables, for PostgreSQL.


def at_once(head: Any, dialect: str) -> ClauseElement:
    """All that a move writes, if ``head``, which changes or creates the proposal, finds it as it should be.

    The row that it gives counts the ``answers`` written; no row: nothing was written.
    """
    moved = head.returning(_PROPOSAL.c.id).cte("moved")
    entry = [found for found in _ENTRY.columns if found is not _ENTRY.autoincrement_column]
    entered = (
        inserting(_ENTRY, dialect)
        .from_select(entry, select(*(bindparam(one.name, type_=one.type) for one in entry)).select_from(moved))
        .returning(_ENTRY.c.id)
        .cte("entered")
    )
    chain = {"moved": moved, "entered": entered}
    chain["unsealed"] = inserting(_UNSEALED, dialect).from_select(["entry_id"], select(entered.c.id)).cte("unsealed")
    chain["cancelled"] = _cancelled(moved)
    for name, part in PARTS.items():
        chain[name] = _inserted(name, part, chain, dialect)
    answered = select(func.count()).select_from(chain["answers"]).scalar_subquery()
    return select(moved.c.id, answered.label("answers")).add_cte(*chain.values())


def _cancelled(moved: CTE) -> CTE:
    names = ("rule", "period", "to_state", "to_reason")
    source = given("cancelled", *(column(name, String) for name in names))
    by = (_DEADLINE.c.proposal_id == moved.c.id, _DEADLINE.c.rule == source.c.rule)
    return (
        update(_REMINDER)
        .where(*by, _DEADLINE.c.period == source.c.period, _REMINDER.c.deadline_id == _DEADLINE.c.id, _SCHEDULED)
        .values(state=source.c.to_state, reason=source.c.to_reason)
        .cte("cancelled")
    )


def _inserted(name: str, part: Part, chain: Mapping[str, CTE], dialect: str) -> CTE:
    names, moved, entered = _columns(part), chain["moved"], chain["entered"]
    fresh = _fresh(part)
    columns = [column(one, part.table.c[one].type) for one in names if one not in (*_NUMBERS, *fresh)]
    if "deadline_id" in names:
        columns += [column("rule", String), column("period", String)]
    source = given(name, *columns)
    values = {one.name: source.c[one.name] for one in columns} | fresh
    values |= {"entry_id": entered.c.id, "proposal_id": moved.c.id}
    if "deadline_id" in names:
        values["deadline_id"] = _started_or_standing(chain["deadlines"], moved, source)
    rows = select(*(values[one].label(one) for one in names)).select_from(moved, entered, source)
    inserted = _keyed(part, inserting(part.table, dialect).from_select(names, rows))
    found: CTE = inserted.returning(*_told(part)).cte(name)
    return found


def _told(part: Part) -> Iterable[ColumnElement[Any]]:
    return part.table.c[("id", "rule", "period")] if part.table is _DEADLINE else (literal_column("1"),)


def _started_or_standing(started: CTE, moved: CTE, source: Any) -> ColumnElement[Any]:
    """The deadline of a reminder: one of those that the same statement writes, else one that was there."""
    now = select(started.c.id).where(started.c.rule == source.c.rule, started.c.period == source.c.period)
    return func.coalesce(now.scalar_subquery(), _deadline_of(moved.c.id, source.c.rule, source.c.period))
