"""Legal time: when something is due, and how a duration stands still and goes on.

Rules (architecture, Legal days): the day of the starting event does not count; a working day counts if and only if the
clock was running at its 00:00 in Vietnam; a deadline is due at the end of its last day, stored as the next 00:00 and
exclusive; a duration whose last day is off ends with the next working day, a fixed day never moves
(Bộ luật Dân sự 2015, Điều 147-148). Days counted across a calendar year that is not published are provisional.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from definitions.calendar import Calendar, CalendarYear, DayOff
from definitions.model import Basis
from definitions.process import DeadlineRule, YearDay
from workflow.proposal import midnight

DeadlineState = Literal["running", "paused", "met", "lapsed"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A due day with what explains it: allowance, consumed days, since when it runs, by which rule and calendar."""

    rule: str
    #: The period of a monthly duty (2026-10); empty for other kinds.
    period: str = ""
    #: Grows with every change of the due day; reminders belong to one epoch.
    epoch: int = 1
    #: The seat whose duty it is, ``role@agency``.
    seat: str
    #: Days allowed; None for a day fixed by law or by a fact.
    allowance: int | None = None
    unit: Literal["working", "calendar"] = "working"
    #: Number of the entry that started it.
    started_by: int
    #: The day of the starting event, which is not counted.
    started_on: date
    #: Days used up before the present run.
    consumed: int = 0
    #: The day after which it counts again; None while it stands still.
    running_since: date | None
    #: The last day on which acting is in time.
    last_day: date
    provisional: bool = False
    #: The calendar years and versions by which it was counted.
    calendar: str
    state: DeadlineState = "running"
    #: Why it was closed or paused: the action that did it.
    reason: str = ""

    @property
    def due(self) -> datetime:
        """The first instant that is too late: 00:00 after the last day, in UTC."""
        return midnight(self.last_day + _DAY)

    @property
    def is_live(self) -> bool:
        """Whether it still runs or stands still."""
        return self.state in ("running", "paused")

    @property
    def remaining(self) -> int | None:
        """Days left of the allowance at the start of the present run; None where there is no allowance."""
        return None if self.allowance is None else self.allowance - self.consumed

    def passed(self, on: date) -> bool:
        """Whether its last day lies before that day while it ran."""
        return self.last_day < on


def start(
    rule: DeadlineRule,
    *,
    seat: str,
    seq: int,
    on: date,
    plan_year: int,
    calendar: Calendar,
    period: str = "",
    fact: date | None = None,
    guided: date | None = None,
    epoch: int = 1,
) -> Deadline:
    """The deadline that ``rule`` starts on the day ``on`` (the day of its event, or of ``counts_from``).

    ``fact`` is the day that a ``fact`` rule names, ``guided`` the last day that a guidance letter sets instead of a
    fixed one.
    """
    calendar = assume(calendar, on.year, on.year + 2)
    provisional = False
    match rule.kind:
        case "days":
            last = _capped(rule, count(calendar, on, rule.days or 0, rule.unit), on, plan_year, calendar)
            provisional = is_provisional(calendar, on, last)
        case "fixed" if rule.fixed is not None:
            last = guided or year_day(rule.fixed, plan_year, calendar)
            provisional = guided is None and _counts_back(rule.fixed, last, calendar)
        case "monthly":
            year, month = map(int, period.split("-"))
            last = date(year, month, rule.monthly or 1)
        case _:
            last = fact or on
    return Deadline(
        rule=rule.key,
        period=period,
        epoch=epoch,
        seat=seat,
        allowance=rule.days,
        unit=rule.unit,
        started_by=seq,
        started_on=on,
        running_since=on,
        last_day=last,
        provisional=provisional,
        calendar=_versions(calendar, on, last),
    )


def _capped(rule: DeadlineRule, last: date, on: date, plan_year: int, calendar: Calendar) -> date:
    """``last``, or the day after which the rule never ends; a cap that had passed at the start binds nobody."""
    if rule.not_after is None:
        return last
    cap = year_day(rule.not_after, plan_year, calendar)
    return min(last, cap) if cap > on else last


def _counts_back(fixed: YearDay, last: date, calendar: Calendar) -> bool:
    """Whether a fixed day was found by counting working days back through a year that is not all announced."""
    return fixed.working_days_before > 0 and is_provisional(assume(calendar, last.year, last.year), last, last)


def pause(deadline: Deadline, *, on: date, calendar: Calendar, reason: str) -> Deadline:
    """The deadline standing still since ``on``; that day still counts, because the clock ran at its 00:00."""
    used = elapsed(deadline, on, calendar)
    return replace(deadline, state="paused", consumed=used, running_since=None, reason=reason)


def resume(deadline: Deadline, *, on: date, calendar: Calendar, reason: str) -> Deadline:
    """The deadline running again with what was left of it, counted from the day after ``on``.

    Nothing left of it, yet not late: due on ``on`` itself (or the next working day). Late already: its last day stays.
    """
    left = deadline.remaining or 0
    calendar = assume(calendar, on.year, on.year + 2)
    last = count(calendar, on, left, deadline.unit) if left >= 0 else deadline.last_day
    provisional = is_provisional(calendar, on, last) if left >= 0 else deadline.provisional
    return replace(
        deadline,
        state="running",
        epoch=deadline.epoch + 1,
        running_since=on,
        last_day=last,
        provisional=provisional,
        calendar=_versions(calendar, on, last),
        reason=reason,
    )


def close(
    deadline: Deadline, *, on: date, calendar: Calendar, state: Literal["met", "lapsed"], reason: str
) -> Deadline:
    """The deadline ended: met by the act it waited for, or lapsed because the proposal went another way."""
    used = elapsed(deadline, on, calendar)
    return replace(deadline, state=state, consumed=used, running_since=None, reason=reason)


def elapsed(deadline: Deadline, on: date, calendar: Calendar) -> int:
    """Days of the allowance used up by the end of ``on``; never more than all of it while the last day is not over."""
    since = deadline.running_since
    if deadline.allowance is None or since is None or on <= since:
        return deadline.consumed
    run = (on - since).days
    if deadline.unit == "working":
        run = assume(calendar, since.year, on.year).between(since, on)
    used = deadline.consumed + run
    return min(used, deadline.allowance) if on <= deadline.last_day else used


def days_left(deadline: Deadline, on: date, calendar: Calendar) -> int:
    """Working days from ``on`` to the last day; negative: so many working days late."""
    calendar = assume(calendar, min(on, deadline.last_day).year, max(on, deadline.last_day).year)
    if on <= deadline.last_day:
        return calendar.between(on, deadline.last_day)
    return -calendar.between(deadline.last_day, on)


def count(calendar: Calendar, after: date, days: int, unit: Literal["working", "calendar"]) -> date:
    """The last of so many days after ``after``; a last day that is off rolls to the next working day."""
    last = calendar.shift(after, days) if unit == "working" else after + timedelta(days=days)
    return calendar.on_or_after(last)


def year_day(fixed: YearDay, plan_year: int, calendar: Calendar) -> date:
    """The fixed day that a rule means for a plan year."""
    day = date(plan_year + fixed.year_offset, fixed.month, fixed.day)
    return assume(calendar, day.year - 1, day.year).shift(day, -fixed.working_days_before)


def is_provisional(calendar: Calendar, after: date, last: date) -> bool:
    """Whether some counted day belongs to a year whose days off are not all announced."""
    return any(calendar.years[year].status == "draft" for year in range(after.year, last.year + 1))


def _versions(calendar: Calendar, first: date, last: date) -> str:
    """``2026.1,2027.1?``: the years that were counted across, each with its version; "?" marks one not published."""
    low, high = sorted((first.year, last.year))
    calendar = assume(calendar, low, high)
    years = (calendar.years[year] for year in range(low, high + 1))
    return ",".join(f"{year.year}.{year.version}{'?' * (year.status == 'draft')}" for year in years)


@lru_cache(maxsize=256)
def assume(calendar: Calendar, first: int, last: int) -> Calendar:
    """The calendar with draft years in place of those that are missing: weekends and the days that law fixes by date.

    Whatever is counted in such a year is provisional, so nothing here is ever taken for published.
    """
    missing = [year for year in range(first, last + 1) if year not in calendar.years]
    return Calendar((*calendar.years.values(), *map(_assumed, missing))) if missing else calendar


_FIXED_BY_LAW = (
    (1, 1, "Tết Dương lịch"),
    (4, 30, "Ngày Chiến thắng"),
    (5, 1, "Quốc tế Lao động"),
    (9, 2, "Quốc khánh"),
)


#: Nghị quyết 28/2026/QH16.
_CULTURE_DAY = 2026
_SINCE_2026 = ((11, 24, "Ngày Văn hóa Việt Nam"),)


def _assumed(year: int) -> CalendarYear:
    basis = Basis(text="Bộ luật Lao động 2019, Điều 112; chưa có lịch nghỉ được công bố", confidence="DERIVED")
    named = (*_FIXED_BY_LAW, *(_SINCE_2026 if year >= _CULTURE_DAY else ()))
    days = tuple(DayOff(day=date(year, month, day), name=name, basis=basis) for month, day, name in named)
    return CalendarYear(kind="calendar", year=year, version=1, status="draft", off=days, basis=basis)


def periods(first: date, last: date, day: int) -> Iterable[str]:
    """The months (YYYY-MM) that a monthly duty owes between two dates: those whose day ``day`` is still to come.

    The month of ``last`` is owed although its day lies after ``last``: whoever is not done by then has to report.
    """
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        if first <= date(year, month, day):
            yield f"{year:04d}-{month:02d}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December.
