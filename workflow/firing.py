"""What due reminders turn into: notices for whoever sits in a seat today, and what each row becomes. Pure.

Words and days are those of the day on which a notice goes out, so that "còn 2 ngày" is true when it is read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from definitions.process import Field
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.deadlines import Deadline, assume, days_left
from workflow.proposal import FactValue, legal_day
from workflow.reminding import morning, next_repeat, office_instant
from workflow.storage import Notice, Person, Recipient, Reminder
from workflow.telling import Told, case_variables, recipients
from workflow.values import to_json

#: Channels whose notices of one day reach a person as one mail.
GATHERED = ("digest", "list")
_DAY = timedelta(days=1)
#: Whether a person's gathered mail of a day is composed already.
Gathered = Callable[[Recipient, date], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A waiting reminder whose moment has come; ``id`` is the number of its row."""

    id: int
    reminder: Reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What became of a due reminder. ``superseded``: a later rung speaks for it."""

    id: int
    state: Literal["fired", "cancelled", "superseded"]
    reason: str = ""
    notices: tuple[Notice, ...] = ()
    #: The row that follows a repeating one.
    then: Reminder | None = None
    #: What the entry of an escalation says; None: it is none.
    escalated: Mapping[str, object] | None = None


def fire(
    due: Sequence[Due],
    context: Attempt,
    *,
    people: Callable[[str], tuple[Person, ...]],
    told: Told,
    gathered: Gathered,
) -> tuple[Fired, ...]:
    """What the due reminders of one proposal become at ``context.at``, in the order given (oldest first).

    Void ones (their deadline ended, stands still or moved) are cancelled. One that cannot go out on its own day is
    missed: left out (skip), folded into a later due one of the same seat (collapse), or sent late and saying so.
    Nobody hears of the same rung twice, though several seats be theirs.
    """
    known: set[str] = set()
    sent = [row for row in due if not _void(row.reminder, context) and not _skipped(row.reminder, context)]
    fired = []
    for row in due:
        becomes = _unsent(row, sent, context) or _sent(row, context, people=people, told=told, gathered=gathered)
        fired.append(_once(becomes, known))
    return tuple(fired)


def _unsent(row: Due, sent: Sequence[Due], context: Attempt) -> Fired | None:
    """What becomes of a reminder that does not go out; None: it does."""
    reminder = row.reminder
    if reason := _void(reminder, context):
        return Fired(id=row.id, state="cancelled", reason=reason)
    if _skipped(reminder, context):
        return Fired(id=row.id, state="cancelled", reason="missed", then=_next(reminder, context))
    later = next((other for other in reversed(sent) if _outlives(other, row)), None)
    if later is not None and reminder.missed == "collapse" and _missed(reminder, context):
        reason = f"collapsed:{later.reminder.offset}"
        return Fired(id=row.id, state="superseded", reason=reason, then=_next(reminder, context))
    if _seat_today(reminder.seat, context).endswith("@unappointed"):
        return Fired(id=row.id, state="cancelled", reason="unappointed", then=_next(reminder, context))
    return None


def _void(reminder: Reminder, context: Attempt) -> str:
    deadline = _deadline(reminder, context)
    if deadline is None or deadline.state != "running":
        return f"deadline:{deadline.state if deadline else 'unknown'}"
    return "" if deadline.epoch == reminder.epoch else f"epoch:{deadline.epoch}"


def _deadline(reminder: Reminder, context: Attempt) -> Deadline | None:
    key = (reminder.rule, reminder.period)
    return next((row for row in context.deadlines if (row.rule, row.period) == key), None)


def _skipped(reminder: Reminder, context: Attempt) -> bool:
    return reminder.missed == "skip" and _missed(reminder, context)


def _missed(reminder: Reminder, context: Attempt) -> bool:
    return legal_day(_moment(reminder, context)) > legal_day(reminder.fire_at)


def _outlives(other: Due, row: Due) -> bool:
    """Whether ``other`` is a later rung of the same deadline to the same seat."""
    one, two = row.reminder, other.reminder
    return (one.rule, one.period, one.seat) == (two.rule, two.period, two.seat) and one.fire_at < two.fire_at


def _moment(reminder: Reminder, context: Attempt) -> datetime:
    """When its notice may go out: now in office hours, or on the very day off that it was planned for."""
    at, calendar = context.at, context.situation.law.calendar
    day = legal_day(at)
    planned = legal_day(reminder.fire_at) == day and not assume(calendar, day.year, day.year).is_working(day)
    return at if planned or reminder.channel == "app" else office_instant(at, calendar)


def _next(reminder: Reminder, context: Attempt) -> Reminder | None:
    return next_repeat(reminder, fired_on=context.today, calendar=context.situation.law.calendar)


def _sent(
    row: Due, context: Attempt, *, people: Callable[[str], tuple[Person, ...]], told: Told, gathered: Gathered
) -> Fired:
    reminder, seat = row.reminder, _seat_today(row.reminder.seat, context)
    notices = tuple(
        _notice(reminder, to, context, told=told, gathered=gathered) for to in recipients(seat, context, people)
    )
    return Fired(
        id=row.id,
        state="fired",
        reason="late" if _missed(reminder, context) else "",
        notices=notices,
        then=_next(reminder, context),
        escalated=dict(_escalation(reminder, seat, notices, context)) if reminder.escalation else None,
    )


def _seat_today(seat: str, context: Attempt) -> str:
    """The seat with its agency of today: appointed since, or the one that took the work over."""
    role, _, body = seat.partition("@")
    if role in ("beneficiary", "commune"):
        return seat
    if body == "unappointed":
        body = context.situation.agency_for(role, context.proposal, context.today) or body
    return seat_of(role, context.situation.successor(body, context.today))


def _notice(reminder: Reminder, to: Recipient, context: Attempt, *, told: Told, gathered: Gathered) -> Notice:
    moment, channel = _moment(reminder, context), _channel(reminder, to)
    while channel in GATHERED and gathered(to, legal_day(moment)):
        moment = office_instant(morning(legal_day(moment) + _DAY), context.situation.law.calendar)
    code, rung = context.proposal.code, f"{reminder.rule}/{reminder.period}/{reminder.epoch}/{reminder.offset}"
    return Notice(
        notice=reminder.notice,
        seq=None,
        to=to,
        channel=channel,
        variables={**reminder_variables(reminder, context, moment=moment, told=told), "nguoi_nhan": to.name},
        templates_sha256=context.proposal.templates_sha256,
        send_after=moment,
        key=f"{code}/{rung}/{reminder.notice}/{to.person or to.address or to.seat}/{channel}",
    )


def _channel(reminder: Reminder, to: Recipient) -> Literal["mail", "digest", "list", "app", "paper"]:
    """The rung's channel; without an address a digest is left to the application and all else is printed."""
    if to.address or reminder.channel == "app":
        return reminder.channel
    return "app" if reminder.channel == "digest" else "paper"


def reminder_variables(reminder: Reminder, context: Attempt, *, moment: datetime, told: Told) -> dict[str, object]:
    """What a reminder's notice may use when it goes out at ``moment``: the common values, its own, and the data."""
    deadline, day = _deadline(reminder, context), legal_day(moment)
    if deadline is None:
        raise LookupError(f"{context.proposal.code} has no deadline {reminder.rule} {reminder.period}")
    process, situation = context.process, context.situation
    rule, state = process.rule(deadline.rule), process.state(context.proposal.state)
    return {
        **dict(_data(process.data, context.proposal.data)),
        **case_variables(context, holder=deadline.seat, told=told),
        "trang_thai_cu": state.label,
        "hanh_dong": "",
        "co_quan": "",
        "chuc_danh": "",
        "co_quan_giu": situation.agency_name(_seat_today(deadline.seat, context).partition("@")[2], day),
        "viec": rule.label,
        "han": deadline.last_day.isoformat(),
        "tam_tinh": deadline.provisional,
        "can_cu": rule.basis.text,
        "thoi_han_noi_bo": rule.basis.confidence == "OWN",
        "ngay": day.isoformat(),
        "ghi_chu": "",
        "nguoi_nhan": "",
        "n": abs(days_left(deadline, day, situation.law.calendar)),
        "muc": rule.label,
        "thang": day.month,
        "tuan": day.isocalendar().week,
        "ky": deadline.period,
        "tre": day > legal_day(reminder.fire_at),
        "neu_khong": rule.if_missed or state.if_nobody_acts,
    }


def _data(fields: Sequence[Field], data: Mapping[str, FactValue]) -> Iterator[tuple[str, object]]:
    """Every field of the draft: the label of a choice, None where nothing was given."""
    for field in fields:
        value = data.get(field.key)
        label = next((choice.label for choice in field.choices if choice.key == value), value)
        yield field.key, None if label is None else to_json({field.key: label})[field.key]


def _escalation(
    reminder: Reminder, seat: str, notices: Sequence[Notice], context: Attempt
) -> Iterator[tuple[str, object]]:
    deadline = _deadline(reminder, context)
    yield from (("rule", reminder.rule), ("period", reminder.period), ("epoch", reminder.epoch))
    yield from (("offset", reminder.offset), ("seat", seat), ("notice", reminder.notice), ("channel", "scheduler"))
    yield "last_day", deadline.last_day.isoformat() if deadline else None
    yield "persons", sorted({row.to.person for row in notices if row.to.person})


def _once(fired: Fired, known: set[str]) -> Fired:
    """Without the notices that another seat of the same person gave rise to."""
    fresh = tuple(notice for notice in fired.notices if notice.key not in known)
    known.update(notice.key for notice in fresh)
    if len(fresh) == len(fired.notices):
        return fired
    reason = fired.reason if fresh else "told already"
    return Fired(
        id=fired.id, state=fired.state, reason=reason, notices=fresh, then=fired.then, escalated=fired.escalated
    )
