"""The fast path: everything that one move writes, as constant statements inside an open transaction.

Order: the proposal's row first, because its UPDATE carries the guard (the revision and the entry number that the move
was decided on); then the entry; then what follows from it. Whoever comes second finds the guard unmet and hears it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import ClauseElement, Table, and_, bindparam, func, literal_column, select, update

from definitions.process import Process
from store.errors import HistoryProtected, NotUnique
from store.rows import Values, deadline_values, entry_values, identity_values, proposal_values, replaced_json
from store.statements import Statement, Transaction, inserting, put
from store.tables import (
    NO_DUE,
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
from workflow.entries import BrokenHistory, Entry
from workflow.errors import CodeTaken, KeyReused, StaleProposal, UnknownProposal
from workflow.storage import Answered, Cancelled, Effects, Move, Notice, Reminder

_PROPOSAL, _DEADLINE, _REMINDER = table(ProposalRow), table(DeadlineRow), table(ReminderRow)
_CHANGED = (
    *("title", "search", "state", "milestone", "revision", "holder", "open", "waiting"),
    *("plan_year", "activity"),
    *("data", "past", "officer", "papers", "opinions", "signings", "paper_since"),
    *("last_at", "last_on", "last_seq", "last_hash"),
)
#: Entries after which the newest step is another one, or none that could be taken back.
_STEPS = ("step", "opened", "corrected")


def _deadline_id() -> Any:
    """The deadline that a reminder belongs to, found by what the workflow knows it by."""
    found = select(_DEADLINE.c.id).where(
        _DEADLINE.c.proposal_id == bindparam("of_proposal"),
        _DEADLINE.c.rule == bindparam("of_rule"),
        _DEADLINE.c.period == bindparam("of_period"),
    )
    return found.scalar_subquery()


def _replace_deadline(dialect: str) -> ClauseElement:
    names = [column.name for column in _DEADLINE.columns if column.name != "id"]
    key = ["proposal_id", "rule", "period"]
    statement = inserting(_DEADLINE, dialect).values({name: bindparam(name) for name in names})
    changed = {name: statement.excluded[name] for name in names if name not in key}
    done: ClauseElement = statement.on_conflict_do_update(index_elements=key, set_=changed).inline()
    return done


def _put_reminder(dialect: str) -> ClauseElement:
    names = [column.name for column in _REMINDER.columns if column.name not in ("id", "deadline_id")]
    values = {name: bindparam(name) for name in names} | {"deadline_id": _deadline_id()}
    done: ClauseElement = inserting(_REMINDER, dialect).values(values).inline()
    return done


def _upon(row: Table) -> Any:
    return and_(
        row.c.code == bindparam("of_code"),
        row.c.revision == bindparam("of_revision"),
        row.c.last_seq == bindparam("of_seq"),
    )


_ADD = put(_PROPOSAL, returning="id", once=("code",))


def _change(*names: str) -> Statement:
    changed = update(_PROPOSAL).where(_upon(_PROPOSAL)).values({name: bindparam(name) for name in names})
    return Statement(changed.returning(_PROPOSAL.c.id))


_CHANGE, _CHANGE_STEP = _change(*_CHANGED), _change(*_CHANGED, "replaced")
_FOLLOW = Statement(
    update(_PROPOSAL)
    .where(_PROPOSAL.c.code == bindparam("of_code"), _PROPOSAL.c.last_seq == bindparam("of_seq"))
    .values({name: bindparam(name) for name in ("last_at", "last_seq", "last_hash")})
)
_DUE = Statement(
    update(_PROPOSAL)
    .where(_PROPOSAL.c.id == bindparam("of_proposal"))
    .values(
        due=func.coalesce(
            select(func.min(_DEADLINE.c.due))
            .where(
                _DEADLINE.c.proposal_id == bindparam("of_proposal"), _DEADLINE.c.state == literal_column("'running'")
            )
            .scalar_subquery(),
            bindparam("no_due", type_=_PROPOSAL.c.due.type),
        )
    )
)
_REVISION = Statement(select(_PROPOSAL.c.revision).where(_PROPOSAL.c.code == bindparam("of_code")))
_ENTRY = put(table(EntryRow), returning="id")
_OPENING, _UNSEALED = put(table(OpeningRow)), put(table(UnsealedRow))
_DEADLINES, _REMINDERS = Statement(_replace_deadline), Statement(_put_reminder)
_CANCEL = Statement(
    update(_REMINDER)
    .where(_REMINDER.c.deadline_id == _deadline_id(), _REMINDER.c.state == literal_column("'scheduled'"))
    .values(state=bindparam("to_state"), reason=bindparam("to_reason"))
)
_NOTICE = put(table(NoticeRow), once=("key",))
_DOCUMENT, _ATTACHMENT = put(table(DocumentRow), once=("sha256",)), put(table(AttachmentRow))
_ANSWER = put(table(IdempotencyRow), once=("actor", "key"))


def add(transaction: Transaction, move: Move, process: Process) -> None:
    """Writes a new proposal with all that follows. Raises CodeTaken before anything was written."""
    values = identity_values(move.after) | proposal_values(move.after, process, move.holder)
    row = transaction.first(_ADD, values | {"due": NO_DUE, "parent": None, "replaced": {}})
    if row is None:
        raise CodeTaken(move.after.code)
    _follow(transaction, move, row.id)


def record(transaction: Transaction, move: Move, process: Process) -> None:
    """Writes a move onto the proposal it was decided on. Raises StaleProposal, UnknownProposal, KeyReused."""
    before = move.before or move.after
    guard = {"of_code": before.code, "of_revision": before.revision, "of_seq": before.last_seq}
    values = guard | proposal_values(move.after, process, move.holder)
    if move.entry.kind in _STEPS:
        kept = replaced_json(move.effects, move.entry.seq) if move.entry.kind == "step" else {}
        row = transaction.first(_CHANGE_STEP, values | {"replaced": kept})
    else:
        row = transaction.first(_CHANGE, values)
    if row is None:
        raise _outrun(transaction, move.entry, before.revision)
    _follow(transaction, move, row.id)


def append(transaction: Transaction, entry: Entry) -> int:
    """Writes an entry, and moves the end of its proposal's chain along if it stands in one; its row number.

    Raises StaleProposal where the chain has grown meanwhile.
    """
    if entry.seq is not None:
        end = {"last_at": entry.recorded_at, "last_seq": entry.seq, "last_hash": entry.hash}
        found = transaction.run(_FOLLOW, end | {"of_code": entry.subject, "of_seq": entry.seq - 1})
        if not found and (row := transaction.first(_REVISION, {"of_code": entry.subject})):
            raise StaleProposal(entry.kind, expected=row.revision, actual=row.revision)
    return _put_entry(transaction, entry)


def _outrun(transaction: Transaction, entry: Entry, expected: int) -> Exception:
    row = transaction.first(_REVISION, {"of_code": entry.subject})
    if row is None:
        return UnknownProposal(entry.subject)
    return StaleProposal(action_of(entry), expected=expected, actual=row.revision)


def action_of(entry: Entry) -> str:
    """The action that an entry records; for other kinds of entries, the kind."""
    return str(orjson.loads(entry.body).get("action", entry.kind))


def _follow(transaction: Transaction, move: Move, proposal_id: int) -> None:
    """All that stands beside the proposal's own row."""
    entry_id = _put_entry(transaction, move.entry)
    _put_documents(transaction, move, proposal_id, entry_id)
    _put_effects(transaction, move.effects, proposal_id)
    if move.answered is not None and not transaction.run(_ANSWER, _answer_values(move.answered)):
        raise KeyReused(move.answered.key)


def _put_entry(transaction: Transaction, entry: Entry) -> int:
    try:
        row: Any = transaction.first(_ENTRY, entry_values(entry))
    except (NotUnique, HistoryProtected) as error:
        raise BrokenHistory(entry.subject, entry.seq, "there is an entry of that number already") from error
    entry_id = int(row.id)
    transaction.run_many(_OPENING, list(_opening_values(entry, entry_id)))
    transaction.run(_UNSEALED, {"entry_id": entry_id})
    return entry_id


def _put_documents(transaction: Transaction, move: Move, proposal_id: int, entry_id: int) -> None:
    for number, paper in enumerate(move.documents):
        about = {"size": paper.size, "media_type": paper.media_type, "recorded_at": move.entry.recorded_at}
        transaction.run(_DOCUMENT, about | {"sha256": paper.sha256})
        place = {"entry_id": entry_id, "number": number, "proposal_id": proposal_id}
        transaction.run(_ATTACHMENT, place | {"key": paper.key, "sha256": paper.sha256})


def _put_effects(transaction: Transaction, effects: Effects, proposal_id: int) -> None:
    """Old reminders go before new ones come, so that what replaces is never taken for what is replaced."""
    transaction.run_many(_CANCEL, [_cancel_values(row, proposal_id) for row in effects.cancelled])
    transaction.run_many(_DEADLINES, [deadline_values(row, proposal_id) for row in effects.deadlines])
    if effects.deadlines:
        transaction.run(_DUE, {"of_proposal": proposal_id, "no_due": NO_DUE})
    transaction.run_many(_REMINDERS, [_reminder_values(row, proposal_id) for row in effects.reminders])
    transaction.run_many(_NOTICE, [_notice_values(row, proposal_id) for row in effects.notices])


def _opening_values(entry: Entry, entry_id: int) -> Iterator[Values]:
    for row in entry.openings:
        yield {"entry_id": entry_id, "path": row.path, "salt": row.salt, "value": row.value, "erased_by": None}


def _of(row: Reminder | Cancelled, proposal_id: int) -> Values:
    return {"of_proposal": proposal_id, "of_rule": row.rule, "of_period": row.period}


def _cancel_values(row: Cancelled, proposal_id: int) -> Values:
    state = "superseded" if row.superseded else "cancelled"
    return _of(row, proposal_id) | {"to_state": state, "to_reason": row.reason}


def _reminder_values(row: Reminder, proposal_id: int) -> Values:
    names = ("epoch", "offset", "seat", "notice", "channel", "fire_at", "missed", "escalation", "repeat_every")
    fresh = {"state": "scheduled", "reason": "", "fired_at": None}
    return _of(row, proposal_id) | fresh | {name: getattr(row, name) for name in names}


def notice_state(row: Notice) -> str:
    """Where a notice begins: in the queue of its channel, or on paper where there is no address."""
    return "to_print" if row.channel == "paper" or not (row.to.address or row.channel == "app") else "scheduled"


def _notice_values(row: Notice, proposal_id: int) -> Values:
    return {
        "key": row.key,
        "proposal_id": proposal_id,
        "seq": row.seq,
        "reminder_id": None,
        "notice": row.notice,
        "to_seat": row.to.seat,
        "to_person": row.to.person,
        "to_name": row.to.name,
        "to_address": row.to.address,
        "channel": row.channel,
        "variables": dict(row.variables),
        "templates_sha256": row.templates_sha256,
        "send_after": row.send_after,
        "state": notice_state(row),
        "attempts": 0,
        "next_attempt_at": row.send_after,
        "lease_until": None,
        "last_error": "",
        "message_id": None,
    }


def _answer_values(row: Answered) -> Values:
    names: Iterable[str] = ("actor", "key", "request_sha256", "answer", "recorded_at")
    return {name: getattr(row, name) for name in names}
