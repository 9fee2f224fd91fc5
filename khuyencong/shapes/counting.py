"""The counted lines of a duration: every day from its start to its last, which count, and why the others do not.

Only what is printed here is needed to compute the last day again: start, allowance, lines, pauses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from definitions.calendar import Calendar
from definitions.process import DeadlineRule
from workflow.deadlines import Deadline, assume
from workflow.proposal import Step, legal_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch in which the clock ran: after ``since``, up to and with ``until`` (None: it still runs or ran out)."""

    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which the clock stood still, and the step that stopped it."""

    since: date
    until: date | None
    seq: int
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One day: its number among the counted ones (None: it does not count) and its name where it has one."""

    day: date
    number: int | None
    name: str
    provisional: bool


def follow(deadline: Deadline, rule: DeadlineRule, steps: Sequence[Step]) -> tuple[tuple[Run, ...], tuple[Pause, ...]]:
    """When the clock of a duration ran and when it stood still, read from the steps after its start."""
    runs, pauses = [Run(since=deadline.started_on)], list[Pause]()
    for step in (step for step in steps if step.seq > deadline.started_by):
        on, paused = legal_day(step.recorded_at), bool(pauses) and pauses[-1].until is None
        if step.target in rule.runs_in and step.action not in rule.ended_by:
            if paused:
                pauses[-1] = Pause(since=pauses[-1].since, until=on, seq=pauses[-1].seq, action=pauses[-1].action)
                runs.append(Run(since=on))
        elif step.target in rule.pauses_in and step.action not in rule.ended_by:
            if not paused:
                runs[-1] = Run(since=runs[-1].since, until=on)
                pauses.append(Pause(since=on, until=None, seq=step.seq, action=step.action))
        else:
            break
    return tuple(runs), tuple(pauses)


def lines_of(deadline: Deadline, runs: Sequence[Run], calendar: Calendar) -> tuple[Line, ...]:
    """Every day of the runs, numbered through; days rolled over at the end of calendar days carry no number."""
    return tuple(_numbered(deadline, runs, assume(calendar, deadline.started_on.year, deadline.last_day.year + 1)))


def _numbered(deadline: Deadline, runs: Sequence[Run], calendar: Calendar) -> Iterator[Line]:
    number, allowance = 0, deadline.allowance or 0
    for run in runs:
        day, end = run.since + _DAY, run.until or deadline.last_day
        while day <= end:
            kind = calendar.kind(day)
            counts = (kind.working or deadline.unit == "calendar") and number < allowance
            number += counts
            yield Line(day=day, number=number if counts else None, name=kind.name, provisional=kind.provisional)
            day += _DAY
