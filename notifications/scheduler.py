"""Runs the jobs of the house again and again, or once. The tables are the truth, so a missed tick loses nothing.

APScheduler only ticks, without a job store: any number of these processes may run beside each other.
"""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import Event
from types import FrameType
from typing import Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from workflow.proposal import legal_day

UTC = timezone.utc  # noqa: UP017 - the same object that workflow's instants carry.
Counts = Mapping[str, object]
_TWICE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again; ``run`` gets the instant of the tick and says what it did in numbers."""

    name: str
    run: Callable[[datetime], Counts]
    every: timedelta = timedelta(seconds=30)
    #: Once a day of Vietnam, whichever process does it; ``every`` is then how often it is looked at.
    daily: bool = False

    @property
    def patience(self) -> timedelta:
        """A tick that comes later than this after the one before is late."""
        return _TWICE * (timedelta(days=1) if self.daily else self.every)


class Heartbeats(Protocol):
    """Where it is written that a job still runs."""

    def started(self, job: str, process: str, *, at: datetime, late_before: datetime | None) -> None:
        """A tick began; it was late where no process had begun one since ``late_before`` (None: nobody waited)."""

    def finished(self, job: str, process: str, *, at: datetime, error: str, claimed: int = 0) -> None:
        """It ended; ``error`` is empty where all went well. ``claimed``: rows that it took to itself."""

    def last(self, job: str) -> datetime | None:
        """When the job last ended well in any process; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """The jobs of one process, in the order of a tick."""

    jobs: Sequence[Job]
    heartbeats: Heartbeats
    #: Tells this process from others (host and process number).
    process: str
    #: The instant of a tick; the only clock here.
    clock: Callable[[], datetime]

    def tick(self) -> dict[str, Counts]:
        """Runs every job once, in order, and gives each one's numbers; ``error`` for one that failed.

        Whoever runs it by hand keeps no time, so such a pass is never late.
        """
        return {job.name: self.beat(job, awaited=False) for job in self.jobs}

    def beat(self, job: Job, *, awaited: bool = True) -> Counts:
        """Runs a job once between two heartbeats. Raises nothing: what fails is recorded and may go well next time."""
        try:
            return self._beat(job, awaited=awaited)
        except Exception as error:  # The heartbeat itself could not be written.
            return {"error": _words(error)}

    def _beat(self, job: Job, *, awaited: bool) -> Counts:
        at = self.clock()
        if job.daily and (last := self.heartbeats.last(job.name)) and legal_day(last) >= legal_day(at):
            return {}
        self.heartbeats.started(job.name, self.process, at=at, late_before=at - job.patience if awaited else None)
        counts: Counts = {}
        error = ""
        try:
            counts = job.run(at)
        except Exception as problem:  # Another job, and the next tick, must not suffer.
            error = _words(problem)
        claimed = counts.get("claimed", 0)
        taken = claimed if isinstance(claimed, int) else 0
        # What cannot be reached is no fault of the job, and yet what its heartbeat has to say.
        said = error or str(counts.get("unreachable") or "")
        self.heartbeats.finished(job.name, self.process, at=self.clock(), error=said, claimed=taken)
        return {**counts, "error": error} if error else counts

    def run(self, stop: Event) -> None:
        """Ticks until ``stop`` is set, then lets the jobs under way end. Late ticks of a job become one."""
        ticker = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(len(self.jobs) or 1)})
        options: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        for job in self.jobs:
            seconds = job.every.total_seconds()
            first = datetime.now(UTC)  # Of the ticker alone: it says when to ask, never what is due.
            ticker.add_job(self.beat, "interval", args=(job,), seconds=seconds, next_run_time=first, **options)
        ticker.start()
        try:
            stop.wait()
        finally:
            ticker.shutdown(wait=True)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def until_told_to_stop() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set while the block lasts; only for the main thread."""
    stop = Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
