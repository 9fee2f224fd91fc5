"""The counted lines of a duration: every day from its start to its last, which count, and why the others do not.

The last day is the one that carries the last number. Three lines say where it is another day: the next working day
where the last counted one is off, or where the days ran out just as the clock stopped (then from the day on which it
went on), and never a day after the cap that is printed with them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from definitions.calendar import Calendar, DayKind
from workflow.deadlines import Deadline, Run, assume
from workflow.trails import Pause

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One day: its number among the counted ones (None: it does not count) and its name where it has one."""

    day: date
    number: int | None
    name: str
    provisional: bool
    #: Whether offices work on it; calendar days count though they do not.
    working: bool


def lines_of(deadline: Deadline, runs: Sequence[Run], calendar: Calendar) -> tuple[Line, ...]:
    """Every day of the runs, numbered through; days rolled over at the end of calendar days carry no number."""
    return tuple(_numbered(deadline, runs, assume(calendar, deadline.started_on.year, deadline.last_day.year + 1)))


def last_day_of(lines: Sequence[Line], pauses: Sequence[Pause], *, allowance: int, cap: date | None) -> date | None:
    """The last day that the printed lines lead to, and nothing else; None: they lead to none."""
    counted = next((line.day for line in lines if line.number == allowance), None)
    if counted is None:
        return cap
    last = _on_or_after(counted, lines, cap)
    for pause in pauses:
        if last is not None and pause.until is not None and counted <= pause.since <= last:
            last = _on_or_after(pause.until, lines, cap)
    return last


def _on_or_after(day: date, lines: Sequence[Line], cap: date | None) -> date | None:
    """The first working day among the lines from a day on, never after the cap."""
    found = next((line.day for line in lines if line.day >= day and line.working), None)
    return cap if cap and (found is None or found > cap) else found


def _numbered(deadline: Deadline, runs: Sequence[Run], calendar: Calendar) -> Iterator[Line]:
    number, allowance = 0, deadline.allowance or 0
    for run in runs:
        # With nothing left, the day on which the clock went on may itself be the last.
        spent = number == allowance and run.since > deadline.started_on
        day, end = run.since if spent else run.since + _DAY, run.until or deadline.last_day
        while day <= end:
            kind = calendar.kind(day)
            counts = (kind.working or deadline.unit == "calendar") and number < allowance
            number += counts
            yield _line(kind, number if counts else None)
            day += _DAY


def _line(kind: DayKind, number: int | None) -> Line:
    return Line(day=kind.day, number=number, name=kind.name, provisional=kind.provisional, working=kind.working)
