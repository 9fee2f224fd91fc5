"""The doctor's look at the work that goes on: queues, jobs, calendar, deadlines, seats, clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from definitions.registers import in_force
from khuyencong.doctor.finding import Finding, found, several
from khuyencong.standing import rank_of_age
from khuyencong.ticking import make_scheduler
from khuyencong.wiring import Installation
from store.counters import PAPER_LONG, Counters
from store.soundings import awaited_seats, marks_of_running, open_recounts
from workflow.authority import successor
from workflow.deadlines import is_stale
from workflow.proposal import legal_day

_CASES = {"healthy": "ok", "late": "late", "stuck": "stopped"}
#: A job is late after so many of its intervals, and never before a quarter of an hour.
_BEATS, _LEAST = 3, timedelta(minutes=15)
_DAILY = timedelta(hours=36)
#: The working days of a year are announced in the autumn before.
_AUTUMN = 11
_SKEW = timedelta(minutes=2)
_DAY = 24 * 60 * 60


def of_queues(counters: Counters) -> Iterator[Finding]:
    """Reminders and notices that should have gone out."""
    yield _queue("reminders", counters.oldest_reminder_due_seconds, counters.reminders_due)
    yield _queue("notices", counters.oldest_notice_unsent_seconds, counters.notices_unsent)
    for case in ("stuck", "failed", "bounced", "to_print"):
        if n := getattr(counters, f"notices_{case}"):
            yield found(f"notices.{case}", n=n)


def of_letters(counters: Counters, hours: int) -> Iterator[Finding]:
    """Official letters that nobody has got, and addresses at which nobody is."""
    late, bad = counters.letters_undelivered, counters.addresses_bad
    yield found("letters.undelivered" if late else "letters.ok", n=late, hours=hours)
    yield found("addresses.bad" if bad else "addresses.ok", n=bad)


def _queue(name: str, oldest: int, n: int) -> Finding:
    return found(f"{name}.{_CASES[rank_of_age(oldest)]}", n=n, minutes=oldest // 60)


def of_scheduler(home: Installation, at: datetime) -> Iterator[Finding]:
    """Whether each job still runs, in whichever process, and whether it went well."""
    with home.look() as lists:
        beats = lists.heartbeats()
    never, late, failing = [], [], []
    for job in make_scheduler(home).jobs:
        mine = [beat for beat in beats if beat.job == job.name]
        if not mine:
            never.append(job.name)
            continue
        newest = max(mine, key=lambda beat: beat.last_started)
        if at - newest.last_started > (_DAILY if job.daily else max(_LEAST, job.every * _BEATS)):
            late.append(newest)
        elif newest.last_error:
            failing.append(newest)
    if never:
        yield found("scheduler.never", job=", ".join(never))
    if late:
        longest = max(at - beat.last_started for beat in late)
        yield found("scheduler.late", job=", ".join(beat.job for beat in late), minutes=longest // timedelta(minutes=1))
    for beat in failing:
        yield found("scheduler.failing", job=beat.job, error=beat.last_error)
    if not (never or late or failing):
        yield found("scheduler.ok", n=len(beats))


def of_calendar(home: Installation, at: datetime) -> Iterator[Finding]:
    """Whether this year's working days, and in autumn the next year's, are published."""
    today = legal_day(at)
    with home.store.read() as uow:
        years = uow.law().calendar.years
    published = {year for year, one in years.items() if one.status == "published"}
    if today.year not in published:
        yield found("calendar.this_year", year=today.year)
    elif today.month >= _AUTUMN and today.year + 1 not in published:
        yield found("calendar.next_year", year=today.year + 1)
    else:
        yield found("calendar.ok", year=today.year)


def of_deadlines(counters: Counters) -> Iterator[Finding]:
    """Deadlines that nobody is reminded of, and those counted by a calendar that may change."""
    if counters.deadlines_uncovered:
        yield found("deadlines.uncovered", n=counters.deadlines_uncovered)
    if counters.deadlines_provisional:
        yield found("deadlines.provisional", n=counters.deadlines_provisional)
    if not counters.deadlines_uncovered and not counters.deadlines_provisional:
        yield found("deadlines.ok", n=counters.deadlines_running)


def of_signing(counters: Counters) -> Iterator[Finding]:
    """Papers that were presented and wait for long inside an agency."""
    if counters.papers_stuck:
        oldest = counters.oldest_paper_seconds // _DAY
        yield found("signing.stuck", n=counters.papers_stuck, days=PAPER_LONG.days, oldest=oldest)
    else:
        yield found("signing.ok", n=counters.papers_waiting)


def of_recounts(home: Installation) -> Iterator[Finding]:
    """Deadlines that a new calendar or letter has not reached yet; silent where there are none."""
    with home.store.read() as uow:
        calendar = uow.law().calendar
    with home.store.transaction(writes=False) as transaction:
        marks, pending = marks_of_running(transaction), open_recounts(transaction)
    stale = sum(n for mark, n in marks if is_stale(mark, calendar))
    if stale or pending:
        yield found("deadlines.waiting", n=max(stale, pending))


def of_seats(home: Installation, at: datetime) -> Iterator[Finding]:
    """Seats that nobody holds: those that proposals wait for, and those that agencies here were appointed to."""
    today = legal_day(at)
    with home.store.transaction(writes=False) as transaction:
        awaited = awaited_seats(transaction)
    with home.look() as lists:
        held = {
            f"{seat.role}@{seat.agency}"
            for user in lists.users()
            if user.active
            for seat in user.seats
            if seat.holds(today)
        }
    waiting = tuple(seat for seat in awaited if seat not in held)
    here = {seat.partition("@")[2] for seat in held}
    empty = tuple(seat for seat in _appointed(home, at) if seat not in held and seat.partition("@")[2] in here)
    if waiting:
        yield found("seats.waiting", n=len(waiting), names=several(waiting))
    if empty:
        yield found("seats.empty", n=len(empty), names=several(empty))
    if not waiting and not empty:
        yield found("seats.ok", n=len(held))


def _appointed(home: Installation, at: datetime) -> Iterator[str]:
    """Every seat that the registers and run-time appointments name for today, each once."""
    today = legal_day(at)
    with home.store.read() as uow:
        law = uow.law()
        rows = in_force((*law.appointments, *uow.appointments()), today)
    return iter(sorted({f"{row.role}@{successor(law, row.agency, today)}" for row in rows}))


def of_clock(counters: Counters, at: datetime) -> Iterator[Finding]:
    """Whether the clock is behind what was recorded already."""
    if counters.last_recorded_at is not None and counters.last_recorded_at > at + _SKEW:
        yield found("clock.behind", at=at, last=counters.last_recorded_at)
    else:
        yield found("clock.ok", at=at)
