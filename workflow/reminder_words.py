"""What a reminder's notice says: the words and figures that are true on the day on which it goes out."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache

from definitions.process import Process
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.deadlines import Deadline, days_left
from workflow.proposal import FactValue, legal_day
from workflow.reminding import promised_day
from workflow.storage import Reminder
from workflow.telling import Told, limit_words, of_case

#: What a notice may use of a reminder that goes out at that moment.
Words = Callable[[Reminder, datetime], dict[str, object]]


def reminder_words(reminder: Reminder, context: Attempt, *, moment: datetime, told: Told) -> dict[str, object]:
    """What a notice may use that goes out at ``moment``: the common values, those of a reminder, and the data.

    Raises LookupError where the proposal has no such deadline.
    """
    return words_of(context, told)(reminder, moment)


def words_of(context: Attempt, told: Told) -> Words:
    """``reminder_words`` for many reminders of one proposal: what they share is put together once."""

    @cache
    def agency(seat: str) -> str:
        return seat_today(seat, context).partition("@")[2]

    @cache
    def shared(rule: str, period: str, day: date) -> tuple[str, dict[str, object]]:
        deadline = _deadline(rule, period, context)
        if deadline is None:
            raise LookupError(f"{context.proposal.code} has no deadline {rule} {period}")
        body = agency(deadline.seat)
        return body, _of_deadline(deadline, context, body=body, day=day, told=told)

    def words(reminder: Reminder, moment: datetime) -> dict[str, object]:
        day, promised = legal_day(moment), promised_day(reminder.offset)
        body, known = shared(reminder.rule, reminder.period, day)
        return {
            **known,
            "ghi_chu": f"Ngày hẹn lại: {promised:%d/%m/%Y}." if promised else "",
            "tre": day > legal_day(reminder.fire_at),
            "la_nguoi_thuc_hien": agency(reminder.seat) == body,
        }

    return words


def _of_deadline(deadline: Deadline, context: Attempt, *, body: str, day: date, told: Told) -> dict[str, object]:
    """What every reminder of a deadline says on that day; ``body``: the agency whose limit it is."""
    process, situation = context.process, context.situation
    rule, state = process.rule(deadline.rule), process.state(context.proposal.state)
    name = situation.agency_name(body, day)
    return {
        **_data(process, context.proposal.data),
        **of_case(context, told),
        "trang_thai_cu": state.label,
        "hanh_dong": "",
        "vai": "",
        "co_quan": "",
        "chuc_danh": "",
        "co_quan_giu": name,
        "viec": rule.label,
        "han": deadline.last_day.isoformat(),
        "tam_tinh": deadline.provisional,
        **limit_words(rule),
        "ngay": day.isoformat(),
        "n": abs(days_left(deadline, day, situation.law.calendar)),
        "muc": rule.label,
        "thang": day.month,
        "tuan": day.isocalendar().week,
        "ky": deadline.period,
        "neu_khong": rule.if_missed or state.if_nobody_acts,
        "ben_thuc_hien": name,
    }


def _data(process: Process, data: Mapping[str, FactValue]) -> dict[str, object]:
    """Every field of the draft: the label of a choice, a date in ISO 8601, None where nothing was given."""
    said: dict[str, object] = dict.fromkeys(process.data_keys)
    for key in data.keys() & process.data_keys:
        value: object = data[key]
        if isinstance(value, str) and process.fields[key].choices:
            value = process.fields[key].labels.get(value, value)
        elif isinstance(value, date):
            value = value.isoformat()
        said[key] = value
    return said


def seat_today(seat: str, context: Attempt) -> str:
    """The seat with its agency of today: appointed since, or the one that took the work over."""
    role, _, body = seat.partition("@")
    if role in ("beneficiary", "commune"):
        return seat
    if body == "unappointed":
        body = context.situation.agency_for(role, context.proposal, context.today) or body
    return seat_of(role, context.situation.successor(body, context.today))


def deadline_of(reminder: Reminder, context: Attempt) -> Deadline | None:
    """The deadline that it reminds of as it stands now, or None."""
    return _deadline(reminder.rule, reminder.period, context)


def _deadline(rule: str, period: str, context: Attempt) -> Deadline | None:
    return next((row for row in context.deadlines if row.rule == rule and row.period == period), None)
