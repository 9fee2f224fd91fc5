"""The ticker: every job again and again, each failure recorded, a clean end when told to stop."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifications.scheduler import Counts, Job, Scheduler, until_told_to_stop
from store.database import Database, open_database
from store.heartbeats import SqlHeartbeats
from store.lists import Heartbeat
from store.migrations import upgrade

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
_SOON = timedelta(milliseconds=20)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'khuyencong.db'}" if sqlite else str(request.getfixturevalue("postgres_url"))
    upgrade(url)
    found = open_database(url)
    yield found
    found.close()


def _beats(database: Database) -> dict[str, Heartbeat]:
    with database.look() as queries:
        return {row.job: row for row in queries.heartbeats()}


def _scheduler(database: Database, *jobs: Job) -> Scheduler:
    return Scheduler(jobs=jobs, heartbeats=SqlHeartbeats(database), process="here:1", clock=lambda: NOON)


def _writes(name: str, into: list[tuple[str, datetime]]) -> Callable[[datetime], Counts]:
    """A job that writes down when it ran."""

    def run(at: datetime) -> Counts:
        into.append((name, at))
        return {"done": len(into)}

    return run


def _fails(_: datetime) -> Counts:
    raise RuntimeError("no such table")


def test_a_tick_runs_every_job_once_in_order(database: Database) -> None:
    """Reminders first, then the outbox that sends what they became; each at the tick's instant, with its figures."""
    order: list[tuple[str, datetime]] = []
    jobs = [Job(name=name, run=_writes(name, order)) for name in ("reminders", "outbox")]

    counts = _scheduler(database, *jobs).tick()

    assert order == [("reminders", NOON), ("outbox", NOON)]
    assert counts == {"reminders": {"done": 1}, "outbox": {"done": 2}}
    assert {name: (row.ticks, row.last_error, row.last_finished) for name, row in _beats(database).items()} == {
        "reminders": (1, "", NOON),
        "outbox": (1, "", NOON),
    }


def test_a_job_that_fails_stops_no_other(database: Database) -> None:
    """Its heartbeat says what went wrong; the next job runs, and so does the next tick."""
    ran: list[tuple[str, datetime]] = []
    scheduler = _scheduler(database, Job(name="reminders", run=_fails), Job(name="outbox", run=_writes("outbox", ran)))

    first, second = scheduler.tick(), scheduler.tick()

    assert first["reminders"] == second["reminders"] == {"error": "RuntimeError: no such table"}
    assert (first["outbox"], second["outbox"]) == ({"done": 1}, {"done": 2})
    beat = _beats(database)["reminders"]
    assert (beat.ticks, beat.last_error) == (2, "RuntimeError: no such table")


def test_a_job_that_recovers_says_so(database: Database) -> None:
    """A heartbeat tells of the last tick, not of a fault that is over."""
    _scheduler(database, Job(name="reminders", run=_fails)).tick()

    _scheduler(database, Job(name="reminders", run=lambda _: {})).tick()

    assert _beats(database)["reminders"].last_error == ""


def test_a_heartbeat_that_cannot_be_written_is_told(database: Database) -> None:
    """Without its database the tick answers with the fault instead of ending the process."""
    database.close()
    with database.transaction(writes=True) as transaction:
        transaction.execute("DROP TABLE heartbeat")

    counts = _scheduler(database, Job(name="reminders", run=lambda _: {})).tick()

    assert "SchemaOutdated" in str(counts["reminders"]["error"])


def _run_until(scheduler: Scheduler, enough: threading.Event) -> None:
    """Runs the loop until ``enough`` is set."""
    stop = threading.Event()
    thread = threading.Thread(target=scheduler.run, args=(stop,))
    thread.start()
    assert enough.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_the_loop_ticks_on_although_a_job_fails(database: Database) -> None:
    """Interval after interval, the failing job beside the other."""
    ticks, enough = {"good": 0, "bad": 0}, threading.Event()

    def good(_: datetime) -> Counts:
        ticks["good"] += 1
        if min(ticks.values()) >= 3:
            enough.set()
        return {}

    def bad(_: datetime) -> Counts:
        ticks["bad"] += 1
        raise RuntimeError("again")

    _run_until(
        _scheduler(database, Job(name="good", run=good, every=_SOON), Job(name="bad", run=bad, every=_SOON)), enough
    )

    beats = _beats(database)
    assert beats["bad"].ticks >= 3
    assert (beats["good"].last_error, beats["bad"].last_error) == ("", "RuntimeError: again")


def test_cps_action_overdue_scheduler_runs_never_overlap(database: Database) -> None:
    """A job that takes longer than its interval is not begun again beside itself."""
    running, most, enough = [0], [0], threading.Event()
    guard = threading.Lock()

    def slow(_: datetime) -> Counts:
        with guard:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(5 * _SOON.total_seconds())
        with guard:
            running[0] -= 1
        return {}

    def counting(at: datetime) -> Counts:
        slow(at)
        calls.append(at)
        if len(calls) >= 4:
            enough.set()
        return {}

    calls: list[datetime] = []
    _run_until(_scheduler(database, Job(name="slow", run=counting, every=_SOON)), enough)

    assert most == [1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_loop_after_the_job_under_way(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGINT let the running job finish; afterwards the signals mean what they meant before."""
    url = f"sqlite:///{tmp_path / 'khuyencong.db'}"
    upgrade(url)
    store = open_database(url)
    before = signal.getsignal(number)
    finished: list[bool] = []

    def job(_: datetime) -> Counts:
        os.kill(os.getpid(), number)
        time.sleep(0.2)
        finished.append(True)
        return {}

    with until_told_to_stop() as stop:
        _scheduler(store, Job(name="reminders", run=job, every=timedelta(hours=1))).run(stop)

    assert finished == [True]
    assert _beats(store)["reminders"].last_finished == NOON
    assert signal.getsignal(number) == before
    store.close()
