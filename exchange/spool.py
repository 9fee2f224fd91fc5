"""What an export of history is made of: cases, each with its events and notices, read once and kept in a file aside.

Every format is written from the same file, so all of them hold the same rows, whatever is recorded meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson

from audit.events import Event

Line = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """What went in."""

    cases: int = 0
    events: int = 0
    resources: set[str] = field(default_factory=set)
    agencies: dict[str, str] = field(default_factory=dict)


class Spool:
    """A file of cases: first written, then read as often as there are formats."""

    def __init__(self, file: Path) -> None:
        self._file, self.counts = file, Counts()
        self._opened: IO[bytes] | None = None

    def __enter__(self) -> "Spool":
        """Opens it for writing."""
        self._opened = self._file.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it; from then on it is read."""
        if self._opened is not None:
            self._opened.close()

    def add(self, case: Line, events: list[Line], notices: list[Line]) -> None:
        """One case; a case without an event is none."""
        if not events or self._opened is None:
            return
        self.counts.cases += 1
        self.counts.events += len(events)
        self.counts.resources |= {event["person"] for event in events if event["person"]}
        self.counts.agencies |= {event["agency"]: event["agency_name"] for event in events if event["agency"]}
        self._opened.write(orjson.dumps({"case": case, "events": events, "notices": notices}) + b"\n")

    def cases(self) -> Iterator[Line]:
        """Each case with ``case``, ``events`` and ``notices``."""
        with self._file.open("rb") as opened:
            for line in opened:
                yield orjson.loads(line)

    def events(self) -> Iterator[tuple[Line, Line]]:
        """Each event behind its case."""
        for one in self.cases():
            for event in one["events"]:
                yield one["case"], event


def event_line(event: Event, *, agency_name: str, before_label: str, after_label: str, days_back: int) -> Line:
    """An event as every format has it."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "action": event.action,
        "label": event.label,
        "move": event.move,
        "before": event.before,
        "before_label": before_label,
        "after": event.after,
        "after_label": after_label,
        "milestone": event.milestone,
        "recorded_at": _instant(event.recorded_at),
        "effective_on": event.effective_on.isoformat() if event.effective_on else None,
        "days_back": days_back,
        "person": event.person,
        "actor": event.actor,
        "role": event.role,
        "agency": event.agency,
        "agency_name": agency_name,
        "capacity": event.capacity,
        "on_behalf_of": event.on_behalf_of,
        "channel": event.channel,
        "facts": dict(event.facts),
        "papers": [{"key": one.key, "sha256": one.sha256, "size": one.size, "seq": one.seq} for one in event.papers],
        "hash": event.hash,
        "previous_hash": event.previous_hash,
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
