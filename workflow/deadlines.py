"""Legal time: when something is due, and how a duration stands still and goes on.

Rules (architecture, Legal days): the day of the starting event does not count; a working day counts if and only if the
clock was running at its 00:00 in Vietnam; a deadline is due at the end of its last day, stored as the next 00:00 and
exclusive; a duration whose last day is off ends with the next working day, a fixed day never moves
(Bộ luật Dân sự 2015, Điều 147-148). Days counted across a calendar year that is not published are provisional.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from definitions.calendar import Calendar, CalendarYear, DayOff
from definitions.model import Basis
from definitions.process import DeadlineRule, YearDay
from workflow.changing import changed
from workflow.proposal import midnight

DeadlineState = Literal["running", "paused", "met", "lapsed"]
#: It still runs or stands still.
LIVE = ("running", "paused")
#: Why a deadline stands still in a state that it runs in: others of its contract are still to be accepted.
HELD = "contract:waits"
_DAY = timedelta(days=1)


class Run(Struct, frozen=True, kw_only=True):
    """A stretch in which the clock ran: after ``since``, up to and with ``until`` (None: it still runs or ran out)."""

    since: date
    until: date | None = None


class Deadline(Struct, frozen=True, kw_only=True, array_like=True):
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
        return end_of(self.last_day)

    @property
    def is_live(self) -> bool:
        """Whether it still runs or stands still."""
        return self.state in LIVE

    @property
    def is_held(self) -> bool:
        """Whether it has not begun to count, because its contract covers what is still to be accepted."""
        return self.state == "paused" and self.reason == HELD

    @property
    def remaining(self) -> int | None:
        """Days left of the allowance at the start of the present run; None where there is no allowance."""
        return None if self.allowance is None else self.allowance - self.consumed

    def in_epoch(self, epoch: int) -> "Deadline":
        """The same deadline with that epoch."""
        return changed(self, epoch=epoch)

    def passed(self, on: date) -> bool:
        """Whether its last day lies before that day while it ran."""
        return self.last_day < on


def end_of(last_day: date) -> datetime:
    """The first instant that is too late for a last day, in UTC."""
    return midnight(last_day + _DAY)


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
            cap = cap_of(rule, plan_year, calendar, started_on=on)
            last = _capped(count(calendar, on, rule.days or 0, rule.unit), cap)
            provisional = is_provisional(calendar, on, last)
        case "fixed" if rule.fixed is not None:
            last, provisional = _fixed(rule.fixed, plan_year, calendar, guided)
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


def cap_of(rule: DeadlineRule, plan_year: int, calendar: Calendar, *, started_on: date) -> date | None:
    """The day after which a duration never ends, or None; a cap that had passed at the start binds nobody."""
    cap = year_day(rule.not_after, plan_year, calendar) if rule.not_after else None
    return cap if cap and cap > started_on else None


def _capped(last: date, cap: date | None) -> date:
    return min(last, cap) if cap else last


def _fixed(fixed: YearDay, plan_year: int, calendar: Calendar, guided: date | None) -> tuple[date, bool]:
    """A fixed day, or the one that a letter sets instead, and whether it is provisional."""
    last = guided or year_day(fixed, plan_year, calendar)
    return last, guided is None and _counts_back(fixed, last, calendar)


def _counts_back(fixed: YearDay, last: date, calendar: Calendar) -> bool:
    """Whether a fixed day was found by counting working days back through a year that is not all announced."""
    return fixed.working_days_before > 0 and is_provisional(assume(calendar, last.year, last.year), last, last)


def pause(deadline: Deadline, *, on: date, calendar: Calendar, reason: str) -> Deadline:
    """The deadline standing still since ``on``; that day still counts, because the clock ran at its 00:00.

    Stopped after its last day it has used up more than all of it, though only days off lie between: resuming must not
    make a late one due again.
    """
    used = elapsed(deadline, on, calendar)
    if deadline.allowance is not None and deadline.passed(on):
        used = max(used, deadline.allowance + 1)
    return changed(deadline, state="paused", consumed=used, running_since=None, reason=reason)


def resume(deadline: Deadline, *, on: date, calendar: Calendar, reason: str, cap: date | None = None) -> Deadline:
    """The deadline running again with what was left of it, counted from the day after ``on``, not beyond ``cap``.

    Nothing left of it, yet not late: due on ``on`` itself (or the next working day). Late already: its last day stays.
    """
    left = deadline.remaining or 0
    calendar = assume(calendar, on.year, on.year + 2)
    last = _capped(count(calendar, on, left, deadline.unit), cap) if left >= 0 else deadline.last_day
    provisional = is_provisional(calendar, on, last) if left >= 0 else deadline.provisional
    return changed(
        deadline,
        state="running",
        epoch=deadline.epoch + 1,
        running_since=on,
        last_day=last,
        provisional=provisional,
        calendar=_older(deadline.calendar, _versions(calendar, on, last)),
        reason=reason,
    )


def extend(deadline: Deadline, days: int, *, calendar: Calendar, reason: str, cap: date | None = None) -> Deadline:
    """A running duration with so many days more, in its own unit; never beyond ``cap``."""
    since = deadline.running_since or deadline.started_on
    calendar, allowance = assume(calendar, since.year, since.year + 2), (deadline.allowance or 0) + days
    last = _capped(count(calendar, since, allowance - deadline.consumed, deadline.unit), cap)
    return changed(
        deadline,
        epoch=deadline.epoch + 1,
        allowance=allowance,
        last_day=last,
        provisional=is_provisional(calendar, since, last),
        calendar=_older(deadline.calendar, _versions(calendar, since, last)),
        reason=reason,
    )


def hold(deadline: Deadline) -> Deadline:
    """The deadline that does not count yet, or no longer: nothing of it is used up."""
    return changed(deadline, state="paused", consumed=0, running_since=None, reason=HELD)


def release(deadline: Deadline, *, on: date, seq: int, calendar: Calendar, reason: str) -> Deadline:
    """A held deadline that counts from the day after ``on``, the whole of it; ``seq`` is the entry that lets it."""
    fresh = changed(deadline, started_by=seq, started_on=on, calendar="")
    return resume(fresh, on=on, calendar=calendar, reason=reason)


def recount(
    deadline: Deadline,
    rule: DeadlineRule,
    runs: Sequence[Run],
    *,
    plan_year: int,
    calendar: Calendar,
    guided: date | None = None,
) -> Deadline:
    """A live deadline counted anew from its start by the calendar and the letters of now; its epoch stays.

    ``runs`` are the stretches in which a duration ran; the last is open unless it stands still. Contracts and monthly
    duties name their days themselves: those stay.
    """
    again, wide = deadline, assume(calendar, deadline.started_on.year, deadline.last_day.year + 3)
    if rule.kind == "days" and runs:
        again = _rerun(deadline, rule, runs, plan_year=plan_year, calendar=wide)
    elif rule.kind == "fixed" and rule.fixed is not None:
        last, provisional = _fixed(rule.fixed, plan_year, calendar, guided)
        again = changed(deadline, last_day=last, provisional=provisional)
    mark = _versions(calendar, deadline.started_on, again.last_day)
    return changed(again, epoch=deadline.epoch, reason=deadline.reason, state=deadline.state, calendar=mark)


def _rerun(
    deadline: Deadline, rule: DeadlineRule, runs: Sequence[Run], *, plan_year: int, calendar: Calendar
) -> Deadline:
    first, cap = runs[0].since, cap_of(rule, plan_year, calendar, started_on=deadline.started_on)
    last = _capped(count(calendar, first, deadline.allowance or 0, deadline.unit), cap)
    again = changed(
        deadline,
        consumed=0,
        running_since=first,
        last_day=last,
        provisional=is_provisional(calendar, first, last),
    )
    for ran, runs_on in pairwise(runs):
        stopped = pause(again, on=ran.until or runs_on.since, calendar=calendar, reason="")
        again = resume(stopped, on=runs_on.since, calendar=calendar, reason="", cap=cap)
    end = runs[-1].until
    return again if end is None else pause(again, on=end, calendar=calendar, reason="")


def close(
    deadline: Deadline, *, on: date, calendar: Calendar, state: Literal["met", "lapsed"], reason: str
) -> Deadline:
    """The deadline ended: met by the act it waited for, or lapsed because the proposal went another way."""
    used = elapsed(deadline, on, calendar)
    return changed(deadline, state=state, consumed=used, running_since=None, reason=reason)


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
    """Working days from ``on`` to the last day; negative: so many working days late; 0 on the last day alone.

    On a day off beside it one day is left, or one late, though no working day lies between.
    """
    calendar = assume(calendar, min(on, deadline.last_day).year, max(on, deadline.last_day).year)
    if on < deadline.last_day:
        return max(1, calendar.between(on, deadline.last_day))
    return -max(1, calendar.between(deadline.last_day, on)) if on > deadline.last_day else 0


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
    return _is_drafted(calendar, after.year, last.year)


def is_left_provisional(calendar: Calendar, day: date, last: date) -> bool:
    """Whether the working days between a day and a last day, before it or after, may still change.

    Those of a fixed day may, though the day itself does not: a year's days off are announced late in the year before.
    """
    first, end = min(day, last), max(day, last)
    return first < end and is_provisional(assume(calendar, first.year, end.year), first, end)


@lru_cache(maxsize=256)
def _is_drafted(calendar: Calendar, first: int, last: int) -> bool:
    return any(calendar.years[year].status == "draft" for year in range(first, last + 1))


def _versions(calendar: Calendar, first: date, last: date) -> str:
    """``2026.1,2027.1?``: the years that were counted across, each with its version; "?" marks one not published.

    Version 0 is that of a year which nobody published or drafted.
    """
    low, high = first.year, last.year
    return _marked(calendar, low, high) if low <= high else _marked(calendar, high, low)


@lru_cache(maxsize=256)
def _marked(calendar: Calendar, low: int, high: int) -> str:
    return ",".join(_version(calendar, year) for year in range(low, high + 1))


def _version(calendar: Calendar, year: int) -> str:
    found = calendar.years.get(year)
    version, draft = (found.version, found.status == "draft") if found and found.basis is not _ASSUMED else (0, True)
    return f"{year}.{version}{'?' * draft}"


def _older(before: str, after: str) -> str:
    """Both marks in one; where they name a year in two versions the older stays: a part was counted by it."""
    marks = {mark.partition(".")[0]: mark for mark in (*after.split(","), *before.split(",")) if mark}
    return ",".join(marks[year] for year in sorted(marks))


def is_stale(mark: str, calendar: Calendar) -> bool:
    """Whether a deadline of that mark was counted by another version of some year than the one in force."""
    return any(_version(calendar, int(one.partition(".")[0])) != one for one in mark.split(",") if one)


def with_marked(calendar: Calendar, mark: str, versions: Callable[[int], Iterable[CalendarYear]]) -> Calendar:
    """The calendar with the years of a mark in the versions that it names; ``versions`` gives all of a year.

    A year of the mark that nobody had published is none of it.
    """
    years = dict(calendar.years)
    for one in filter(None, mark.split(",")):
        year = int(one.partition(".")[0])
        years.pop(year, None)
        found = next((row for row in versions(year) if _version(Calendar((row,)), year) == one), None)
        if found is not None:
            years[year] = found
    return Calendar(years.values())


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


_ASSUMED = Basis(text="Bộ luật Lao động 2019, Điều 112; chưa có lịch nghỉ được công bố", confidence="DERIVED")


def _assumed(year: int) -> CalendarYear:
    named = (*_FIXED_BY_LAW, *(_SINCE_2026 if year >= _CULTURE_DAY else ()))
    days = tuple(DayOff(day=date(year, month, day), name=name, basis=_ASSUMED) for month, day, name in named)
    return CalendarYear(kind="calendar", year=year, version=1, status="draft", off=days, basis=_ASSUMED)


def periods(first: date, last: date, day: int) -> Iterable[str]:
    """The months (YYYY-MM) that a monthly duty owes between two dates: those whose day ``day`` is still to come.

    The month of ``last`` is owed although its day lies after ``last``: whoever is not done by then has to report.
    """
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        if first <= date(year, month, day):
            yield f"{year:04d}-{month:02d}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December.
