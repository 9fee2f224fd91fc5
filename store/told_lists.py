"""Pages of reminders and notices: filters, and a place to go on from; each page is one statement."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, or_, select, text

from store.errors import NoSuchPage
from store.lists import ALL, NoticeLine, NoticePage, ReminderLine, ReminderPage
from store.rows import Values
from store.statements import Statement, Transaction
from store.tables import DeadlineRow, NoticeRow, ProposalRow, ReminderRow, table
from workflow.entries import instant
from workflow.storage import Recipient

_PROPOSAL, _DEADLINE = table(ProposalRow), table(DeadlineRow)
_REMINDER, _NOTICE = table(ReminderRow), table(NoticeRow)
_MOST = bindparam("most", type_=BigInteger())
_OF_REMINDER = (
    *("id", "epoch", "offset", "seat", "notice", "channel", "fire_at", "missed", "escalation", "repeat_every"),
    *("state", "reason", "fired_at"),
)
_OF_NOTICE = (
    *("id", "key", "seq", "reminder_id", "notice", "channel", "variables", "templates_sha256"),
    *("send_after", "state", "attempts", "next_attempt_at", "last_error", "message_id"),
)
#: Said as the partial indexes say it, so that few rows are not looked for among very many.
_FEW = (("scheduled", "sending"), ("failed", "bounced", "to_print"))


def reminders(transaction: Transaction, *, code: str | None, after: str | None, limit: int) -> ReminderPage:
    """A page of what waits to be sent, or of every reminder of a proposal. Raises NoSuchPage."""
    place = {} if after is None else _moment(after)
    values: Values = {"most": limit + 1, **place, **({} if code is None else {"of_code": code})}
    rows = transaction.rows(_reminders(code is not None, bool(place)), values)
    last = rows[limit - 1] if len(rows) > limit else None
    here = None if last is None else f"{instant(last.fire_at)}~{last.id}"
    return ReminderPage(lines=tuple(map(_reminder, rows[:limit])), after=here)


@lru_cache(maxsize=4)
def _reminders(of_one: bool, goes_on: bool) -> Statement:  # noqa: FBT001 - parts of the cache's key.
    joined = _REMINDER.join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id)
    columns = (*(_REMINDER.c[name] for name in _OF_REMINDER), _DEADLINE.c.rule, _DEADLINE.c.period)
    of_proposal = (_PROPOSAL.c.code, _PROPOSAL.c.process_sha256)
    found = select(*columns, *of_proposal).select_from(
        joined.join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    )
    found = found.where(_PROPOSAL.c.code == bindparam("of_code") if of_one else text("reminder.state = 'scheduled'"))
    if goes_on:
        at: Any = bindparam("after_at", type_=_REMINDER.c.fire_at.type)
        later = or_(_REMINDER.c.fire_at > at, _REMINDER.c.id > bindparam("after_id"))
        found = found.where(and_(_REMINDER.c.fire_at >= at, later))
    return Statement(found.order_by(_REMINDER.c.fire_at, _REMINDER.c.id).limit(_MOST))


def notices(
    transaction: Transaction, *, code: str | None, state: str | None, after: str | None, limit: int
) -> NoticePage:
    """A page of notices, the newest first. Raises NoSuchPage."""
    place = {} if after is None else {"before": _number(after, after)}
    given = {name: value for name, value in (("of_code", code), ("of_state", state)) if value is not None}
    statement = _notices(code is not None, state, bool(place))
    rows = transaction.rows(statement, {"most": limit + 1, **place, **given})
    here = str(rows[limit - 1].id) if len(rows) > limit else None
    return NoticePage(lines=tuple(map(notice_line, rows[:limit])), after=here)


@lru_cache(maxsize=64)
def _notices(of_one: bool, state: str | None, goes_on: bool) -> Statement:  # noqa: FBT001 - as above.
    found = notice_rows()
    if of_one:
        found = found.where(_PROPOSAL.c.code == bindparam("of_code"))
    if state is not None:
        found = found.where(_NOTICE.c.state == bindparam("of_state"))
        for few in (few for few in _FEW if state in few):
            among = ", ".join(f"'{one}'" for one in few)
            found = found.where(text(f"notice.state IN ({among})"))
    if goes_on:
        found = found.where(_NOTICE.c.id < bindparam("before"))
    return Statement(found.order_by(_NOTICE.c.id.desc()).limit(_MOST))


def notice_rows() -> Select[Any]:
    """Notices with the code of their proposal."""
    columns = (column for column in _NOTICE.c)
    return select(*columns, _PROPOSAL.c.code).join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)


def notice_line(row: Any) -> NoticeLine:
    """The line of a row of ``notice_rows``."""
    to = Recipient(seat=row.to_seat, person=row.to_person, name=row.to_name, address=row.to_address)
    return NoticeLine(**{name: getattr(row, name) for name in _OF_NOTICE}, code=row.code, to=to)


def _reminder(row: Any) -> ReminderLine:
    return ReminderLine(**row._asdict())


def _moment(after: str) -> Values:
    moment, _, number = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise NoSuchPage(after) from error
    if at.tzinfo is None:
        raise NoSuchPage(after)
    return {"after_at": at, "after_id": _number(number, after)}


def _number(text_: str, after: str) -> int:
    if not (text_.isascii() and text_.isdecimal() and len(text_) <= len(str(ALL)) and int(text_) <= ALL):
        raise NoSuchPage(after)
    return int(text_)
