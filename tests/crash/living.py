"""The life of one child: points and dice are set, the call is run, and its end is told."""

import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import Any

from khuyencong.cli.running import run
from tests.crash import calls, faults, points
from tests.crash.forker import Job
from tests.crash.rows import Reader, Rows


class _Witness:
    """Sees after each point which state of the database others can see."""

    def __init__(self, url: str) -> None:
        self._reader = Reader(url) if url else None
        self.names: list[str] = []
        self.states: list[tuple[int, Rows]] = []
        #: The functions of ``workflow.service`` that were at work when a point was passed.
        self.used: set[str] = set()
        self._look()

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if self._reader is not None:
            self.used.update(_use_cases(sys._getframe()))
        self._look()

    def _look(self) -> None:
        if self._reader is not None and (self._reader.changed() or not self.states):
            rows = self._reader.rows()
            if not self.states or rows.mark != self.states[-1][1].mark:
                self.states.append((len(self.names), rows))


def _use_cases(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("workflow.service."):
            yield f"{module.removeprefix('workflow.service.')}.{frame.f_code.co_name}"
        frame = frame.f_back


def live(job: Job) -> dict[str, Any]:
    """Runs the call in this process; how it ended."""
    witness = _Witness(job.watch)
    instead = partial(faults.run_as_server, job.instead) if job.instead else None
    points.install(points.Points(job.kill, witness, instead=instead))
    points.load_dice(job.seed)
    if job.as_nobody:
        faults.become_nobody()
    if job.room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.room, resource.RLIM_INFINITY))
    if job.after:
        signal.setitimer(signal.ITIMER_REAL, job.after)  # Nobody listens to it, so the system ends the process.
    try:
        status = _called(job)
    except Exception:  # A bug of the product is told, not hidden.
        traceback.print_exc()
        status = 99
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {
        "status": status,
        "points": tuple(witness.names),
        "states": tuple(witness.states),
        "used": frozenset(witness.used),
    }


def _called(job: Job) -> int:
    if job.call:
        return int(getattr(calls, job.call)(job.environment))
    return run(job.words, job.environment)
