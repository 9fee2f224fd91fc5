"""What happened to one deadline, read from the entries of its proposal: when it ran, stood still, was moved and why.

Steps that were taken back never happened to a clock. Everything that is shown of a deadline, and every count from its
start, is read here, so that a person and the software look at the same days.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from definitions.process import DeadlineRule, Process
from workflow.deadlines import Deadline, Run
from workflow.entries import Entry, opened, read_body
from workflow.ledger import read_step
from workflow.proposal import Step, legal_day

#: More days by decision; a promise of whoever is late; counted anew; waiting for a contract, and no longer.
EXTENDED, PROMISED, RECOUNTED = "extended", "promised", "recounted"
WAITS, STARTS = "contract-waits", "contract-starts"
#: Entries that speak of one deadline by ``rule`` and ``period``.
ABOUT_ONE = (EXTENDED, PROMISED, RECOUNTED, WAITS, STARTS)


class Pause(Struct, frozen=True, kw_only=True):
    """A stretch in which the clock stood still, and the step that stopped it."""

    since: date
    until: date | None
    seq: int
    action: str


class Mark(Struct, frozen=True, kw_only=True):
    """An entry about the deadline that is no step: its kind, number, day, official content and private words."""

    kind: str
    seq: int
    on: date
    body: dict[str, Any]
    private: dict[str, str]


class Trail(Struct, frozen=True, kw_only=True):
    """What happened to a deadline since it last started."""

    runs: tuple[Run, ...] = ()
    pauses: tuple[Pause, ...] = ()
    marks: tuple[Mark, ...] = ()

    def of(self, kind: str) -> tuple[Mark, ...]:
        """The entries of a kind, oldest first."""
        return tuple(mark for mark in self.marks if mark.kind == kind)


def undone(entries: Sequence[Entry]) -> frozenset[int]:
    """The numbers of the steps that were taken back."""
    return frozenset(int(read_body(entry)["undoes"]) for entry in entries if entry.kind == "corrected")


def steps_taken(entries: Sequence[Entry], process: Process) -> tuple[Step, ...]:
    """The steps that were not taken back, in their order; what a running proposal came in with is none."""
    gone = undone(entries)
    return tuple(read_step(entry, process) for entry in entries if entry.kind == "step" and entry.seq not in gone)


def trail_of(deadline: Deadline, rule: DeadlineRule, entries: Sequence[Entry], process: Process) -> Trail:
    """What happened to a deadline since it last started."""
    runs, pauses = follow(deadline, rule, steps_taken(entries, process))
    return Trail(runs=runs, pauses=pauses, marks=tuple(_marks(deadline, entries)))


def _marks(deadline: Deadline, entries: Sequence[Entry]) -> Iterator[Mark]:
    for entry in entries[max(deadline.started_by - 1, 0) :]:
        body = read_body(entry) if entry.kind in ABOUT_ONE else {}
        if (body.get("rule"), body.get("period", "")) == (deadline.rule, deadline.period):
            on, seq = legal_day(entry.recorded_at), entry.seq or 0
            yield Mark(kind=entry.kind, seq=seq, on=on, body=body, private=opened(entry, body))


def follow(deadline: Deadline, rule: DeadlineRule, steps: Sequence[Step]) -> tuple[tuple[Run, ...], tuple[Pause, ...]]:
    """When the clock of a duration ran and when it stood still, read from the steps after its start."""
    if deadline.is_held:
        return (), ()
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
