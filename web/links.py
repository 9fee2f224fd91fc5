"""Filters of lists in addresses: a number that is shown leads to the list of exactly its rows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from definitions.bundle import Bundle
from language.errors import Unreadable
from language.formats import day as day_words
from language.formats import read_date
from workflow.proposal import midnight

#: What narrows a list, by the name it has in an address; the first three are those of the list's own form.
NAMES: Final[Mapping[str, str]] = {
    "programme": "chuong-trinh",
    "state": "trang-thai",
    "agency": "co-quan",
    "milestone": "moc",
    "plan_year": "nam",
    "process": "quy-trinh",
    "activity": "noi-dung",
    "target": "muc-tieu",
    "overdue": "qua-han",
    "waiting": "cho-bo-sung",
    "still_since": "dung-tu",
}
#: Those that only figures lead to.
MORE: Final = tuple(name for key, name in NAMES.items() if key not in ("programme", "state", "agency"))


def list_url(filters: Mapping[str, str]) -> str:
    """The address of the list of everything that these narrow."""
    named = {NAMES[key]: value for key, value in filters.items() if value}
    return f"/de-an?{urlencode({'tab': 'all', **named})}"


def narrowed(asked: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """What the filters of ``MORE`` ask of a store (``Wanted``); what cannot be read narrows nothing."""
    words = {key: asked[name] for key in _WORDS if (name := NAMES[key]) in asked}
    year, still = asked.get(NAMES["plan_year"], ""), _day(asked.get(NAMES["still_since"], ""))
    found: dict[str, Any] = dict(words)
    if year.isascii() and year.isdecimal() and len(year) <= _YEAR:
        found["plan_year"] = int(year)
    if asked.get(NAMES["overdue"]):
        found["due_by"] = now
    if asked.get(NAMES["waiting"]):
        found["waiting"] = True
    if still is not None:
        found["last_by"] = midnight(still + timedelta(days=1))
    return found


def value_words(name: str, value: str, law: Bundle, programme: str) -> str:
    """What people call the value of a filter of ``MORE``; itself where it has no other name."""
    known = law.programmes.get(programme)
    processes = law.processes.values()
    named: dict[str, Mapping[str, str]] = {
        NAMES["milestone"]: {one.key: one.label for process in processes for one in process.milestones},
        NAMES["process"]: {process.key: process.label for process in processes},
        NAMES["activity"]: {one.key: one.label for one in (known.activities if known else ())},
        NAMES["target"]: {one.key: one.label for one in (known.targets if known else ())},
    }
    day = _day(value) if name == NAMES["still_since"] else None
    return day_words(day) if day else named.get(name, {}).get(value, value)


_WORDS = ("milestone", "process", "activity", "target")
_YEAR = 4


def _day(text: str) -> date | None:
    try:
        return read_date(text) if text else None
    except Unreadable:
        return None
