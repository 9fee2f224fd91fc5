"""What a reminder's notice says: the words and figures that are true on the day on which it goes out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from definitions.process import Field
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.deadlines import Deadline, days_left
from workflow.proposal import FactValue, legal_day
from workflow.reminding import promised_day
from workflow.storage import Reminder
from workflow.telling import Told, case_variables, limit_words


def reminder_words(reminder: Reminder, context: Attempt, *, moment: datetime, told: Told) -> dict[str, object]:
    """What a notice may use that goes out at ``moment``: the common values, those of a reminder, and the data.

    Raises LookupError where the proposal has no such deadline.
    """
    deadline = deadline_of(reminder, context)
    if deadline is None:
        raise LookupError(f"{context.proposal.code} has no deadline {reminder.rule} {reminder.period}")
    day, process, situation = legal_day(moment), context.process, context.situation
    rule, state = process.rule(deadline.rule), process.state(context.proposal.state)
    promised = promised_day(reminder.offset)
    body = seat_today(deadline.seat, context).partition("@")[2]
    return {
        **dict(_data(process.data, context.proposal.data)),
        **case_variables(context, holder=deadline.seat, told=told),
        "trang_thai_cu": state.label,
        "hanh_dong": "",
        "vai": "",
        "co_quan": "",
        "chuc_danh": "",
        "co_quan_giu": situation.agency_name(body, day),
        "viec": rule.label,
        "han": deadline.last_day.isoformat(),
        "tam_tinh": deadline.provisional,
        **limit_words(rule),
        "ngay": day.isoformat(),
        "ghi_chu": f"Ngày hẹn lại: {promised:%d/%m/%Y}." if promised else "",
        "n": abs(days_left(deadline, day, situation.law.calendar)),
        "muc": rule.label,
        "thang": day.month,
        "tuan": day.isocalendar().week,
        "ky": deadline.period,
        "tre": day > legal_day(reminder.fire_at),
        "neu_khong": rule.if_missed or state.if_nobody_acts,
        "ben_thuc_hien": situation.agency_name(body, day),
        "la_nguoi_thuc_hien": seat_today(reminder.seat, context).partition("@")[2] == body,
    }


def _data(fields: Sequence[Field], data: Mapping[str, FactValue]) -> Iterator[tuple[str, object]]:
    """Every field of the draft: the label of a choice, a date in ISO 8601, None where nothing was given."""
    for field in fields:
        value: object = data.get(field.key)
        if isinstance(value, str) and field.choices:
            value = field.labels.get(value, value)
        elif isinstance(value, date):
            value = value.isoformat()
        yield field.key, value


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
    key = (reminder.rule, reminder.period)
    return next((row for row in context.deadlines if (row.rule, row.period) == key), None)
