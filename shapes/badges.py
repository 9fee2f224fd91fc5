"""How near a deadline is, as a badge: in words, with a kind that a screen gives an icon and a colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from definitions.calendar import Calendar
from language.catalogue import sentence
from workflow.deadlines import assume, is_left_provisional

Kind = Literal["left", "soon", "today", "late", "paused", "over", "none"]
#: With so many working days left, or fewer, it is soon.
SOON = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What a badge says. It appears with a deadline, and goes when the deadline is closed."""

    kind: Kind
    words: str


def badge_of(deadline: Mapping[str, Any], lang: str) -> Badge:
    """The badge of a deadline in short (``shapes.explaining.summary``)."""
    left = deadline["days_left"]
    if deadline.get("held"):
        return Badge(kind="paused", words=sentence("badge.held", {}, lang))
    if deadline["state"] == "paused":
        return Badge(kind="paused", words=sentence("badge.paused", {}, lang))
    if left is None:
        return Badge(kind="over", words=sentence(f"badge.{deadline['state']}", {}, lang))
    return _counted(left, lang, provisional=deadline["provisional"] or deadline["days_left_provisional"])


def badge_of_line(last_day: date | None, today: date, calendar: Calendar, lang: str, *, waiting: bool) -> Badge:
    """The badge of a line of a list: of its next deadline."""
    if last_day is None:
        code = "badge.paused" if waiting else "badge.none"
        return Badge(kind="paused" if waiting else "none", words=sentence(code, {}, lang))
    counted = is_left_provisional(calendar, today, last_day)
    return _counted(_left(last_day, today, calendar), lang, provisional=counted)


def _left(last_day: date, today: date, calendar: Calendar) -> int:
    known = assume(calendar, min(today, last_day).year, max(today, last_day).year)
    if today < last_day:
        return max(1, known.between(today, last_day))
    return -max(1, known.between(last_day, today)) if today > last_day else 0


def _counted(left: int, lang: str, *, provisional: bool) -> Badge:
    code = "badge.today" if left == 0 else "badge.left" if left > 0 else "badge.late"
    words = sentence(code, {"n": abs(left)}, lang)
    kind: Kind = "today" if left == 0 else "late" if left < 0 else "soon" if left <= SOON else "left"
    said = f"{words} ({sentence('badge.provisional', {}, lang)})" if provisional else words
    return Badge(kind=kind, words=said)
