"""Which processes of the scheduler live, when it last ran, and how long something is in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shapes.speaking import Speaker
from store.lists import Heartbeat

#: A process of which no job began for so long has ended: the shortest job of the loop comes every ten seconds.
SILENT = timedelta(minutes=5)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SAID = 2


def living(beats: Iterable[Heartbeat], at: datetime, *, by_hand: str) -> frozenset[str]:
    """The processes of the loop that were heard of a moment ago; passes by hand are no loop."""
    return frozenset(one.process for one in beats if one.process != by_hand and at - one.last_started < SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """When the scheduler last began anything, and whether that was too long ago or ended badly."""

    #: None: it never ran.
    at: datetime | None
    late: bool
    failed: bool


def last_run(beats: Sequence[Heartbeat], at: datetime) -> LastRun:
    """How the scheduler stands."""
    newest = max((one.last_started for one in beats), default=None)
    late = newest is None or at - newest >= SILENT
    return LastRun(at=newest, late=late, failed=any(one.last_error for one in beats))


def duration(say: Speaker, seconds: int) -> str:
    """``3 ngày 23 giờ``: the two largest units; what is shorter than a second is ``0 giây``."""
    parts: list[str] = []
    for name, length in _UNITS:
        number, seconds = divmod(max(seconds, 0), length)
        if number or parts:
            parts.append(say.word(f"duration.{name}", n=number) if number else "")
    said = [part for part in parts[:_SAID] if part]
    return " ".join(said) or say.word("duration.second", n=0)
