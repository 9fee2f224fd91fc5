"""The working calendar for administrators: a year by name, and publishing one after a look at what moves."""

from calendar import Calendar as Months
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.responses import Response

from definitions.calendar import CalendarYear
from definitions.errors import Fault, FaultyDefinitions
from definitions.loading import DefinitionText, find_texts
from shapes.errors import WrongUsage
from web.forms import done, tried
from web.rights import Right
from web.routing import Screens
from web.visit import Visit
from workflow.service.foreseeing import Foreseen, foresee_publication
from workflow.service.registering import publish

screens = Screens()
_PATH = "/quan-tri/lich"
#: So many deadlines that would move are shown one by one.
_MOST = 50
_LARGEST = 1 << 20
_WEEK = Months(firstweekday=0)
_YEARS = range(2000, 2101)
_FRIDAY = 4


@screens.get(_PATH, Right.ADMINISTRATOR)
def calendar(visit: Visit) -> Response:
    """The year that was asked for, else this one."""
    return _calendar(visit)


def _calendar(visit: Visit, lines: Sequence[str] = (), foreseen: Foreseen | None = None, text: str = "") -> Response:
    known = visit.law.calendar.years
    asked = visit.asked("nam")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == len("2026") else visit.today.year
    found = known.get(year)
    return visit.page(
        "admin/calendar.html",
        status=422 if lines else 200,
        year=year,
        years=sorted(known),
        found=found,
        months=[_month(year, number, found, visit.today) for number in range(1, 13)] if year in _YEARS else [],
        named=sorted({**found.days_off, **found.days_worked}.items()) if found else [],
        worked=set(found.days_worked) if found else set(),
        lines=lines,
        foreseen=foreseen,
        changes=[*foreseen.moves, *foreseen.others][:_MOST] if foreseen else [],
        text=text,
    )


def _month(year: int, number: int, found: CalendarYear | None, today: date) -> dict[str, Any]:
    weeks = [[_day(day, number, found, today) for day in week] for week in _WEEK.monthdatescalendar(year, number)]
    return {"number": number, "weeks": weeks}


def _day(day: date, month: int, found: CalendarYear | None, today: date) -> dict[str, Any]:
    if day.month != month:
        return {"number": "", "kind": "", "name": "", "today": False}
    off = found.days_off.get(day, "") if found else ""
    worked = found.days_worked.get(day, "") if found else ""
    kind = "off" if off else "worked" if worked else "weekend" if day.weekday() > _FRIDAY else ""
    return {"number": day.day, "kind": kind, "name": off or worked, "today": day == today}


@screens.post(_PATH, Right.ADMINISTRATOR)
def give(visit: Visit) -> Response:
    """What publishing a file would change (``xem``), or its publication (``cong-bo``)."""
    text = next(_uploaded(visit), visit.typed("text"))

    def act() -> Response:
        texts = _texts(visit, text)
        if visit.typed("viec") != "cong-bo":
            found = foresee_publication(visit.home.store, texts, at=visit.now, most=_MOST, told=lambda _: None)
            return _calendar(visit, foreseen=found, text=text)
        changed = publish(visit.home.store, visit.home.house, texts, by=visit.actor, at=visit.now)
        code = "calendar.done" if changed else "calendar.known"
        keys = ", ".join(key for _, key in changed)
        return done(
            visit, f"{_PATH}?nam={keys[:4]}", visit.word(code, file=keys), visit.word("web.admin.calendar.recounted")
        )

    return tried(visit, act, lambda lines: _calendar(visit, lines, text=text))


def _uploaded(visit: Visit) -> Iterator[str]:
    """The text of the file that was chosen."""
    for one in visit.uploads("tep"):
        yield one.file.read(_LARGEST).decode("utf-8", "replace")


def _texts(visit: Visit, text: str) -> tuple[DefinitionText, ...]:
    """The calendar that was given. Raises WrongUsage for none, FaultyDefinitions for what is none."""
    if not text.strip():
        raise WrongUsage("usage.no_file", file=visit.word("web.admin.calendar.file"))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.toml"
        file.write_text(text, encoding="utf-8")
        texts = find_texts([file])
    if any(one.kind != "calendar" for one in texts):
        raise FaultyDefinitions([Fault(file="calendar.toml", place="kind", message="is not a calendar")])
    return texts
