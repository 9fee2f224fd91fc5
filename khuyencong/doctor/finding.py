"""The lines of the doctor's page: what each can say, and how bad that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Level = Literal["ok", "look", "broken"]

#: ``check.case``: how bad it is. ``doctor.<check>.<case>`` says it; ``doctor.<check>.<case>.do`` says what to do.
LEVELS: Final[Mapping[str, Level]] = {
    "database.unreachable": "broken",
    "schema.ok": "ok",
    "schema.absent": "broken",
    "schema.older": "broken",
    "schema.newer": "broken",
    "guards.ok": "ok",
    "guards.owner": "look",
    "guards.missing": "broken",
    "chains.ok": "ok",
    "chains.proved": "ok",
    "chains.nothing": "look",
    "chains.broken": "broken",
    "papers.ok": "ok",
    "papers.orphans": "look",
    "papers.lost": "broken",
    "reminders.ok": "ok",
    "reminders.late": "look",
    "reminders.stopped": "broken",
    "notices.ok": "ok",
    "notices.late": "look",
    "notices.stopped": "broken",
    "notices.stuck": "look",
    "notices.failed": "look",
    "notices.bounced": "look",
    "notices.to_print": "look",
    "letters.ok": "ok",
    "letters.undelivered": "broken",
    "addresses.ok": "ok",
    "addresses.bad": "look",
    "scheduler.ok": "ok",
    "scheduler.never": "look",
    "scheduler.late": "broken",
    "scheduler.failing": "broken",
    "calendar.ok": "ok",
    "calendar.next_year": "look",
    "calendar.this_year": "broken",
    "deadlines.ok": "ok",
    "deadlines.provisional": "look",
    "deadlines.uncovered": "broken",
    "signing.ok": "ok",
    "signing.stuck": "look",
    "deadlines.waiting": "look",
    "seats.ok": "ok",
    "seats.empty": "look",
    "seats.waiting": "broken",
    "disk.ok": "ok",
    "disk.low": "look",
    "disk.full": "broken",
    "clock.ok": "ok",
    "clock.behind": "broken",
    "identity_key.ok": "ok",
    "identity_key.none": "look",
    "identity_key.gone": "broken",
    "identity_key.open": "broken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: ``code`` is one of ``LEVELS``."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How bad it is."""
        return LEVELS[self.code]

    @property
    def sentence(self) -> str:
        """The code of what it says."""
        return f"doctor.{self.code}"

    @property
    def advice(self) -> str:
        """The code of what to do; a line that is ok has none."""
        return f"doctor.{self.code}.do"


def found(code: str, /, **params: object) -> Finding:
    """A line of the page."""
    return Finding(code=code, params=params)


def several(names: tuple[str, ...], most: int = 5) -> str:
    """The first of many names, and that there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
