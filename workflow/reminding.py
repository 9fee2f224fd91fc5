"""The reminders of a deadline, as rows: one for each rung of its ladder and each seat that the rung names."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from definitions.calendar import Calendar
from definitions.process import Rung
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.clocks import ClockChanges
from workflow.deadlines import Deadline, assume
from workflow.office_hours import MORNING, OfficeHours
from workflow.proposal import UTC, VIETNAM, Step, legal_day
from workflow.storage import Cancelled, Reminder

_WEEK = timedelta(weeks=1)
_PROMISED, _ISO = "promised-", len("2026-10-07")


@lru_cache(maxsize=1024)
def morning(day: date) -> datetime:
    """08:00 of a day in Vietnam, in UTC."""
    return datetime.combine(day, MORNING, VIETNAM).astimezone(UTC)


def office_instant(at: datetime, calendar: Calendar) -> datetime:
    """``at`` within office hours of a working day, else the next working day's 08:00: nothing is sent at night."""
    return OfficeHours(calendar=calendar).opens(at)


def reminders_of(deadline: Deadline, context: Attempt, *, at: datetime, calendar: Calendar) -> tuple[Reminder, ...]:
    """The rows that a deadline starting at ``at`` gives rise to, oldest first.

    Rungs whose moment has passed are folded into the nearest one still to come; where none is to come but that of the
    beginning, the last of them fires at once, so that nothing that is late runs on in silence.
    """
    return _planned(_rungs(deadline, context), deadline, context, at=at, calendar=calendar)


def reminders_ahead(deadline: Deadline, context: Attempt) -> tuple[Reminder, ...]:
    """The rows of a deadline that began before and got another day: all but the one that says it has begun."""
    rungs = _rungs(deadline, context)
    later = [rung for rung in rungs if not _begins(rung)]
    return _planned(later or rungs, deadline, context, at=context.at, calendar=context.situation.law.calendar)


def _rungs(deadline: Deadline, context: Attempt) -> list[Rung]:
    rule = context.process.rule(deadline.rule)
    return [rung for rung in context.process.ladder(rule.ladder).rungs if _fits(rung, deadline)]


def _planned(
    rungs: Sequence[Rung], deadline: Deadline, context: Attempt, *, at: datetime, calendar: Calendar
) -> tuple[Reminder, ...]:
    timed = [(rung, _fires(rung, deadline, at, calendar)) for rung in rungs]
    ahead = [(rung, moment) for rung, moment in timed if moment >= at]
    if timed and all(_begins(rung) for rung, _ in ahead):
        last = timed[-1][0]
        ahead = [*(one for one in ahead if one[0] is not last), (last, _at_once(last, at, calendar))]
    rows = [row for rung, moment in ahead for row in _rows(rung, moment, deadline, context)]
    return tuple(sorted(rows, key=lambda row: (row.fire_at, row.offset, row.seat)))


def _at_once(rung: Rung, at: datetime, calendar: Calendar) -> datetime:
    """When a rung that has passed speaks: now in office hours; a weekly list on its next day."""
    if not is_weekly(rung.channel, rung.repeat_every):
        return office_instant(at, calendar)
    day = legal_day(at)
    return morning(_list_day(day + timedelta(days=1), assume(calendar, day.year, day.year + 1)))


def _fits(rung: Rung, deadline: Deadline) -> bool:
    return deadline.allowance is None or deadline.allowance >= rung.allowance_at_least


def _begins(rung: Rung) -> bool:
    """Whether it says that the deadline has begun."""
    return rung.day is None and rung.offset is None


def _fires(rung: Rung, deadline: Deadline, at: datetime, calendar: Calendar) -> datetime:
    if _begins(rung):
        return office_instant(at, calendar)
    return morning(rung_day(rung, deadline, calendar))


def rung_day(rung: Rung, deadline: Deadline, calendar: Calendar) -> date:
    """The day on which a rung fires: never a day off, unless the rung says so.

    Before the last day it moves back to a working day, after it forward; a last day that is off is aimed at from the
    working day before it.
    """
    last = deadline.last_day
    calendar = assume(calendar, last.year - 2, last.year + 2)
    if rung.day is not None:
        day = date(last.year, *rung.day)
        return calendar.on_or_after(day if day <= last else day.replace(year=last.year - 1))
    offset = rung.offset or 0
    if is_weekly(rung.channel, rung.repeat_every):
        return _list_day(calendar.shift(last, offset), calendar)
    if rung.on_day_off and offset == 0:
        return last
    if rung.unit == "calendar":
        day = last + timedelta(days=offset)
        return calendar.on_or_before(day) if offset <= 0 else calendar.on_or_after(day)
    return calendar.shift(calendar.on_or_before(last) if offset <= 0 else last, offset)


def is_weekly(channel: str, repeat_every: int | None) -> bool:
    """Whether it is a list that comes again: such lists go out on the first working day of a week, all on one day."""
    return channel == "list" and repeat_every is not None


def _list_day(day: date, calendar: Calendar) -> date:
    """The first working day of the week of ``day``, or of the next week with one where that is over."""
    while True:
        monday = day - timedelta(days=day.weekday())
        found = calendar.on_or_after(monday)
        if found >= day and found < monday + _WEEK:
            return found
        day = monday + _WEEK


def _rows(rung: Rung, moment: datetime, deadline: Deadline, context: Attempt) -> Iterator[Reminder]:
    for seat in dict.fromkeys(seat for to in rung.to if (seat := _seat(to, deadline, context))):
        yield Reminder(
            rule=deadline.rule,
            period=deadline.period,
            epoch=deadline.epoch,
            offset=rung.name,
            seat=seat,
            notice=rung.notice,
            channel=rung.channel,
            fire_at=moment,
            missed=rung.missed,
            escalation=rung.escalation,
            repeat_every=rung.repeat_every,
        )


def promise_rung(day: date, seq: int) -> str:
    """How the row of a promised day says which it is; ``seq`` is the entry of the promise."""
    return f"{_PROMISED}{day.isoformat()}-{seq}"


def promised_day(rung: str) -> date | None:
    """The day that a row reminds of, if somebody promised it."""
    return date.fromisoformat(rung.removeprefix(_PROMISED)[:_ISO]) if rung.startswith(_PROMISED) else None


def _seat(to: str, deadline: Deadline, context: Attempt) -> str | None:
    """The seat that a rung's ``to`` means; None where the superior or appointment does not exist."""
    agency = deadline.seat.partition("@")[2]
    if to == "holder":
        return deadline.seat
    if to == "holder_head":
        return seat_of("head", agency)
    if to == "superior":
        superior = context.situation.superior(agency)
        return seat_of("head", superior) if superior else None
    if to == "beneficiary":
        return seat_of("beneficiary", context.proposal.code) if context.value("beneficiary") else None
    found = context.situation.agency_for(to, context.proposal, context.today)
    return seat_of(to, found) if found else None


def cancelled_by(changes: ClockChanges, step: Step) -> tuple[Cancelled, ...]:
    """Which waiting reminders a step's clock changes make void, and whether new rows stand in their place."""
    ended = (Cancelled(rule=d.rule, period=d.period, reason=f"{step.action}:{d.state}") for d in changes.ended)
    moved = (
        Cancelled(rule=d.rule, period=d.period, reason=step.action, superseded=True)
        for d in changes.started
        if d.epoch > 1
    )
    return (*ended, *moved)


def next_repeat(reminder: Reminder, *, fired_on: date, calendar: Calendar) -> Reminder | None:
    """The row that follows a repeating one, so many working days on; None where the rung does not repeat.

    A weekly list follows in the next week that has a working day.
    """
    if reminder.repeat_every is None:
        return None
    calendar = assume(calendar, fired_on.year, fired_on.year + 1)
    if is_weekly(reminder.channel, reminder.repeat_every):
        day = _list_day(fired_on - timedelta(days=fired_on.weekday()) + _WEEK, calendar)
    else:
        day = calendar.shift(fired_on, reminder.repeat_every)
    count = int(reminder.offset.removesuffix("wd")) + reminder.repeat_every
    return changed(reminder, offset=f"{count:+d}wd", fire_at=morning(day))
