"""How long a case lay where: a stay in a state with one agency, its working days, and how late it was left."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from audit.events import events_of
from definitions.calendar import Calendar
from definitions.process import Process
from workflow.deadlines import Deadline, assume
from workflow.entries import Entry
from workflow.ledger import stages_of
from workflow.proposal import legal_day
from workflow.service.retelling import Retold, SituationAt, retold_after_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stretch in which a state and the seat that held it stayed the same; ``left`` None: it lies there still."""

    state: str
    holder: str
    entered: datetime
    left: datetime | None
    #: Number of the entry that ended it; None: it lies there still.
    left_by: int | None
    working_days: int
    calendar_days: int
    #: The last day that ran for this seat when it was left, the earliest of several; None: nothing ran.
    last_day: date | None
    #: Working days after the last day; 0: in time.
    late: int


def stays_of(
    entries: Sequence[Entry],
    process: Process,
    process_of: Callable[[str], Process],
    situation_at: SituationAt,
    *,
    now: datetime,
    calendar: Calendar,
) -> Iterator[Stay]:
    """The stays of a case, oldest first. Raises BrokenHistory."""
    told = list(retold_after_each(stages_of(entries, process_of), situation_at))
    states = [event.after for event in events_of(entries, process)]
    begun = 0
    for number in range(1, len(entries) + 1):
        moved = number < len(entries) and (states[number], told[number].holder) != (states[begun], told[begun].holder)
        if moved or number == len(entries):
            left = entries[number] if moved else None
            if told[begun].holder:  # At an end nobody holds it.
                yield _stay(entries[begun], left, states[begun], told[number - 1], now=now, calendar=calendar)
            begun = number


def _stay(first: Entry, left: Entry | None, state: str, told: Retold, *, now: datetime, calendar: Calendar) -> Stay:
    since, until = legal_day(first.recorded_at), legal_day(left.recorded_at if left else now)
    days = [row.last_day for row in told.deadlines if _ran(row, told.holder)]
    last = min(days, default=None)
    return Stay(
        state=state,
        holder=told.holder,
        entered=first.recorded_at,
        left=left.recorded_at if left else None,
        left_by=left.seq if left else None,
        working_days=working_days(calendar, since, until),
        calendar_days=max(0, (until - since).days),
        last_day=last,
        late=working_days(calendar, last, until) or int(until > last) if last else 0,
    )


def _ran(row: Deadline, holder: str) -> bool:
    return row.state == "running" and row.seat == holder


def working_days(calendar: Calendar, after: date, until: date) -> int:
    """Working days after a day, up to another with it; 0 where that is not later."""
    return assume(calendar, after.year, until.year).between(after, until) if until > after else 0
