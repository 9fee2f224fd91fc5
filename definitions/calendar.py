"""Working days in Vietnam, from published calendar years.

A working day counts from its 00:00 to the next 00:00 in Asia/Ho_Chi_Minh. A year without a file is an error here; what
to do about it (a provisional date that says so) is decided by the caller. Sources: Bộ luật Lao động 2019, Điều 111-112
(holidays and days off in lieu); Bộ luật Dân sự 2015, Điều 147-148 (how a period is counted).
"""

from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StrictInt, model_validator

from definitions.errors import CalendarNotPublished
from definitions.model import Basis, Definition, Text

_DAY = timedelta(days=1)
_SATURDAY = 5
_DECEMBER = 12
#: The days of the usual week on which offices rest, as data names them; who speaks another language says it in that.
WEEKEND: Final = MappingProxyType({5: "Thứ Bảy", 6: "Chủ nhật"})
#: More weekdays off in a year than this are a slip of the pen: the most that was ever announced is 14 (2026).
_MOST_WEEKDAYS_OFF = 30


class DayOff(Definition):
    """A day (or days in a row) on which offices rest although it may be a weekday."""

    day: date
    #: The last day of the row, included; None: one day.
    until: date | None = None
    name: Text
    #: holiday: named by law; in_lieu: for a holiday on a weekly rest day; swapped: exchanged for a worked Saturday.
    why: Literal["holiday", "in_lieu", "swapped"] = "holiday"
    basis: Basis

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until and self.until < self.day:
            raise ValueError(f"until is before day: {self.until} < {self.day}")
        return self

    @property
    def days(self) -> Iterator[date]:
        """Every day of the row."""
        day = self.day
        while day <= (self.until or self.day):
            yield day
            day += _DAY


class WorkedDay(Definition):
    """A Saturday or Sunday on which offices work, in exchange for a day off."""

    day: date
    name: Text
    basis: Basis


class CalendarYear(Definition):
    """The working calendar of one year.

    ``draft``: some days (Tết, swaps) are not announced yet; deadlines counted across it are provisional.
    """

    #: What a reader is told where one of these is missing or empty.
    wanting: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"off": "no day off is listed: each needs a table [[off]] with day, name and basis"}
    )

    kind: Literal["calendar"]
    year: Annotated[StrictInt, Field(ge=2000, le=2100)]
    #: Grows by one with every correction of the same year.
    version: Annotated[StrictInt, Field(ge=1)]
    status: Literal["published", "draft"]
    note: str = ""
    off: tuple[DayOff, ...] = Field(min_length=1)
    worked: tuple[WorkedDay, ...] = ()
    basis: Basis

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        seen: dict[date, str] = {}
        for row in (
            *((day, off.name) for off in self.off for day in off.days),
            *((w.day, w.name) for w in self.worked),
        ):
            day, name = row
            if day.year != self.year:
                raise ValueError(f"{day} ({name}) is not in {self.year}")
            if day in seen:
                raise ValueError(f"{day} stands twice: {seen[day]} and {name}")
            seen[day] = name
        for worked in self.worked:
            if worked.day.weekday() < _SATURDAY:
                raise ValueError(f"{worked.day} ({worked.name}) is a weekday: it need not be listed as worked")
        return self

    @model_validator(mode="after")
    def _leaves_work(self) -> Self:
        for month in range(1, _DECEMBER + 1):
            if not self._works_in(month):
                raise ValueError(f"no working day is left in {month:02d}/{self.year}")
        weekdays = sum(day.weekday() < _SATURDAY for day in self.days_off)
        if weekdays > _MOST_WEEKDAYS_OFF:
            raise ValueError(f"{weekdays} weekdays of {self.year} are off: more than {_MOST_WEEKDAYS_OFF}")
        return self

    def _works_in(self, month: int) -> bool:
        day = date(self.year, month, 1)
        while day.month == month:
            if day in self.days_worked or (day.weekday() < _SATURDAY and day not in self.days_off):
                return True
            day += _DAY
        return False

    @cached_property
    def days_off(self) -> dict[date, str]:
        """Every listed day off with its name (weekends that are not listed have none)."""
        return {day: off.name for off in self.off for day in off.days}

    @cached_property
    def days_worked(self) -> dict[date, str]:
        """Every weekend day that is worked, with its name."""
        return {row.day: row.name for row in self.worked}


@dataclass(frozen=True, slots=True)
class DayKind:
    """What a day is: working or not, why, and whether that is announced for good."""

    day: date
    working: bool
    #: "Thứ Bảy", "Tết Nguyên đán": why it does not count (or why a weekend day does).
    name: str
    provisional: bool


class Calendar:
    """All calendar years on record; answers for a day, or raises ``CalendarNotPublished``."""

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self.years = {year.year: year for year in sorted(years, key=lambda row: (row.year, row.version))}
        #: What was asked of its days before; there are no more of them than its years have.
        self._working: dict[date, bool] = {}
        self._shifted: dict[tuple[date, int], date] = {}
        self._worked: dict[int, tuple[int, ...]] = {}

    @property
    def version(self) -> str:
        """Which years in which versions answer: stored with every deadline that was counted by them."""
        return ",".join(f"{year.year}.{year.version}" for year in self.years.values())

    def kind(self, day: date) -> DayKind:
        """What that day is. Raises CalendarNotPublished when its year is not on record."""
        year = self.years.get(day.year)
        if year is None:
            raise CalendarNotPublished(day.year)
        provisional = year.status == "draft"
        if day in year.days_worked:
            return DayKind(day, working=True, name=year.days_worked[day], provisional=provisional)
        if day in year.days_off:
            return DayKind(day, working=False, name=year.days_off[day], provisional=provisional)
        rests = WEEKEND.get(day.weekday(), "")
        return DayKind(day, working=not rests, name=rests, provisional=provisional)

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        known = self._working.get(day)
        if known is None:
            known = self._working[day] = self.kind(day).working
        return known

    def on_or_after(self, day: date) -> date:
        """The first working day from that day on."""
        while not self.is_working(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The last working day up to that day."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def shift(self, day: date, working_days: int) -> date:
        """The day that lies so many working days after (or, negative, before) a day, which itself is not counted.

        Zero gives the day itself, working or not.
        """
        asked = (day, working_days)
        known = self._shifted.get(asked)
        if known is None:
            known = self._shifted[asked] = self._walk(day, working_days)
        return known

    def _walk(self, day: date, working_days: int) -> date:
        step = _DAY if working_days > 0 else -_DAY
        for _ in range(abs(working_days)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def between(self, after: date, until: date) -> int:
        """How many working days lie after ``after``, up to and with ``until``."""
        first = after + _DAY
        if until < first:
            return 0
        whole = sum(self._worked_by(date(year, 12, 31)) for year in range(first.year, until.year))
        return whole + self._worked_by(until) - self._worked_by(first) + self.is_working(first)

    def _worked_by(self, day: date) -> int:
        """How many working days its year has had by that day, that day among them."""
        begin = date(day.year, 1, 1)
        counts = self._worked.get(day.year)
        if counts is None:
            days = (begin + _DAY * number for number in range(366 if isleap(day.year) else 365))
            counts = self._worked[day.year] = tuple(accumulate(map(self.is_working, days)))
        return counts[(day - begin).days]
