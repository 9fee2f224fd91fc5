"""Working days of 2017-2027 against a list typed here from the yearly announcements, not taken from the files."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.calendar import Calendar, CalendarYear, DayOff
from definitions.errors import CalendarNotPublished, FaultyDefinitions
from definitions.loading import SHIPPED, DefinitionText, read
from definitions.model import Basis
from tests.dated_law import dated_law

#: Weekdays on which the civil service rests: day/month, year by year.
WEEKDAYS_OFF = {
    2017: "2/1 26/1 27/1 30/1 31/1 1/2 6/4 1/5 2/5 4/9",
    2018: "1/1 14/2 15/2 16/2 19/2 20/2 25/4 30/4 1/5 3/9 31/12",
    2019: "1/1 4/2 5/2 6/2 7/2 8/2 15/4 29/4 30/4 1/5 2/9",
    2020: "1/1 23/1 24/1 27/1 28/1 29/1 2/4 30/4 1/5 2/9",
    2021: "1/1 10/2 11/2 12/2 15/2 16/2 21/4 30/4 3/5 2/9 3/9",
    2022: "3/1 31/1 1/2 2/2 3/2 4/2 11/4 2/5 3/5 1/9 2/9",
    2023: "2/1 20/1 23/1 24/1 25/1 26/1 1/5 2/5 3/5 1/9 4/9",
    2024: "1/1 8/2 9/2 12/2 13/2 14/2 18/4 29/4 30/4 1/5 2/9 3/9",
    2025: "1/1 27/1 28/1 29/1 30/1 31/1 7/4 30/4 1/5 2/5 1/9 2/9",
    2026: "1/1 2/1 16/2 17/2 18/2 19/2 20/2 27/4 30/4 1/5 31/8 1/9 2/9 24/11",
    2027: "1/1 4/2 5/2 8/2 9/2 10/2 16/4 30/4 3/5 2/9 3/9 24/11",
}
SATURDAYS_WORKED = {2019: "5/1 4/5", 2024: "4/5", 2025: "26/4", 2026: "10/1 22/8"}
WORKING_DAYS = {
    2017: 250,
    2018: 250,
    2019: 252,
    2020: 252,
    2021: 250,
    2022: 249,
    2023: 249,
    2024: 251,
    2025: 250,
    2026: 249,
    2027: 249,
}
FIRST, LAST = date(2017, 1, 1), date(2027, 12, 31)
PUBLISHED_DAYS = st.dates(min_value=date(2017, 6, 1), max_value=date(2027, 6, 30))
FRIDAY_BEFORE_TET = date(2026, 2, 13)
MONDAY_AFTER_TET = date(2026, 2, 23)


def calendar() -> Calendar:
    return dated_law().calendar


def days(year: int, listed: str) -> set[date]:
    pairs = (part.split("/") for part in listed.split())
    return {date(year, int(month), int(day)) for day, month in pairs}


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def edited(year: int, old: str, new: str) -> DefinitionText:
    text = (SHIPPED / "calendars" / f"{year}.toml").read_text(encoding="utf-8")
    assert old in text
    return DefinitionText("calendar", f"{year}.toml", text.replace(old, new, 1))


@pytest.mark.parametrize("year", WEEKDAYS_OFF)
def test_every_day_of_a_year_is_as_announced(year: int) -> None:
    """Each of the year's days works or rests as its announcement says, weekends and swaps included."""
    off, worked = days(year, WEEKDAYS_OFF[year]), days(year, SATURDAYS_WORKED.get(year, ""))

    expected = {day for day in days_of(year) if (day.weekday() < 5 and day not in off) or day in worked}

    assert {day for day in days_of(year) if calendar().is_working(day)} == expected
    assert len(expected) == WORKING_DAYS[year]


@pytest.mark.parametrize(
    ("off", "worked"),
    [
        (date(2018, 12, 31), date(2019, 1, 5)),
        (date(2019, 4, 29), date(2019, 5, 4)),
        (date(2024, 4, 29), date(2024, 5, 4)),
        (date(2025, 5, 2), date(2025, 4, 26)),
        (date(2026, 1, 2), date(2026, 1, 10)),
        (date(2026, 8, 31), date(2026, 8, 22)),
    ],
)
def test_a_swapped_day_rests_and_its_saturday_works(off: date, worked: date) -> None:
    """A swap moves a working day, it does not lose one; each side names the other."""
    rest, work = calendar().kind(off), calendar().kind(worked)

    assert not rest.working
    assert work.working
    assert worked.strftime("%d/%m/%Y") in rest.name
    assert off.strftime("%d/%m/%Y") in work.name


@pytest.mark.parametrize(
    ("holiday", "in_lieu"),
    [
        (date(2017, 1, 1), date(2017, 1, 2)),
        (date(2017, 9, 2), date(2017, 9, 4)),
        (date(2018, 9, 2), date(2018, 9, 3)),
        (date(2019, 4, 14), date(2019, 4, 15)),
        (date(2021, 5, 1), date(2021, 5, 3)),
        (date(2022, 1, 1), date(2022, 1, 3)),
        (date(2022, 5, 1), date(2022, 5, 3)),
        (date(2023, 4, 30), date(2023, 5, 3)),
        (date(2026, 4, 26), date(2026, 4, 27)),
        (date(2027, 5, 1), date(2027, 5, 3)),
    ],
)
def test_a_holiday_on_a_weekend_gives_a_day_in_lieu(holiday: date, in_lieu: date) -> None:
    """Bộ luật Lao động 2019, Điều 111 khoản 3: a weekly rest day that is a holiday is made up for on a working day."""
    assert holiday.weekday() >= 5
    assert not calendar().is_working(in_lieu)
    assert "nghỉ bù" in calendar().kind(in_lieu).name.lower()


def test_24_november_is_a_holiday_from_2026_on() -> None:
    """Nghị quyết 28/2026/QH16: the day counted as working until 2025 and rests from 2026."""
    assert calendar().is_working(date(2025, 11, 24))
    assert not calendar().is_working(date(2026, 11, 24))
    assert not calendar().is_working(date(2027, 11, 24))
    assert calendar().kind(date(2026, 11, 24)).name == "Ngày Văn hóa Việt Nam"


def test_tet_2026_rests_from_monday_to_friday() -> None:
    """16-20/02/2026: the working day after Friday 13 is Monday 23."""
    assert calendar().shift(FRIDAY_BEFORE_TET, 1) == MONDAY_AFTER_TET
    assert calendar().shift(MONDAY_AFTER_TET, -1) == FRIDAY_BEFORE_TET
    assert calendar().on_or_after(date(2026, 2, 17)) == MONDAY_AFTER_TET
    assert calendar().on_or_before(date(2026, 2, 17)) == FRIDAY_BEFORE_TET


def test_the_last_day_before_24_11_2026_is_monday_23() -> None:
    """The October report falls due on a holiday: officers aim at the working day before."""
    assert calendar().on_or_before(date(2026, 11, 24)) == date(2026, 11, 23)


def test_only_2027_is_provisional_and_says_why() -> None:
    """Tết 2027 is not announced: whatever is counted across it is tạm tính."""
    drafts = [year for year in calendar().years.values() if year.status == "draft"]

    assert [year.year for year in drafts] == [2027]
    assert drafts[0].note
    assert calendar().kind(date(2027, 2, 8)).provisional
    assert not calendar().kind(date(2026, 2, 17)).provisional


def test_days_of_2027_that_nobody_announced_are_not_called_found() -> None:
    """A derived Tết is never presented as announced."""
    tet = [row for row in calendar().years[2027].off if "Tết Nguyên đán" in row.name]

    assert len(tet) == 2
    assert {row.basis.confidence for row in tet} == {"DERIVED"}


@pytest.mark.parametrize("day", [date(2016, 12, 30), date(2028, 1, 3)])
def test_a_year_that_is_not_published_is_an_error(day: date) -> None:
    """A missing calendar is never a guess (no year is taken for one without holidays)."""
    with pytest.raises(CalendarNotPublished, match=str(day.year)):
        calendar().is_working(day)


def test_counting_into_a_year_that_is_not_published_is_an_error() -> None:
    """Shifting past the last calendar raises and says which year is missing."""
    with pytest.raises(CalendarNotPublished) as refusal:
        calendar().shift(date(2027, 12, 20), 30)

    assert refusal.value.year == 2028


@given(day=PUBLISHED_DAYS, count=st.integers(min_value=1, max_value=60))
def test_shift_and_between_agree(day: date, count: int) -> None:
    """So many working days after a day are so many between the two, and the day reached is one that works."""
    reached = calendar().shift(day, count)

    assert calendar().is_working(reached)
    assert calendar().between(day, reached) == count
    assert calendar().between(day, reached - timedelta(days=1)) == count - 1


@given(day=PUBLISHED_DAYS, count=st.integers(min_value=0, max_value=60))
def test_shifting_forth_and_back_comes_home(day: date, count: int) -> None:
    """From a working day, so many days forth and as many back is the same day."""
    start = calendar().on_or_after(day)

    assert calendar().shift(calendar().shift(start, count), -count) == start


@given(first=PUBLISHED_DAYS, second=PUBLISHED_DAYS, third=PUBLISHED_DAYS)
def test_between_adds_up(first: date, second: date, third: date) -> None:
    """Counting in two pieces counts the same as in one."""
    low, middle, high = sorted((first, second, third))
    count = calendar().between

    assert count(low, middle) + count(middle, high) == count(low, high)


@pytest.mark.parametrize(
    ("year", "old", "new", "said"),
    [
        (2026, "day = 2026-02-16\nuntil = 2026-02-20", "day = 2026-02-16\nuntil = 2026-04-30", "stands twice"),
        (2026, "day = 2026-01-10", "day = 2026-01-09", "is a weekday"),
        (2026, "day = 2026-08-22", "day = 2026-04-26", "stands twice"),
        (2026, "day = 2026-11-24", "day = 2027-11-24", "is not in 2026"),
        (2026, "day = 2026-11-24", "day = 2026-02-31", "malformed TOML"),
        (2026, "day = 2026-11-24", 'day = "24/11"', "valid date"),
        (2026, "until = 2026-02-20", "until = 2026-02-10", "until is before"),
        (2026, 'status = "published"', 'status = "publishd"', "did you mean 'published'"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(year: int, old: str, new: str, said: str) -> None:
    """A day stands once, in its own year, and a worked day is a weekend day."""
    text = edited(year, old, new)

    with pytest.raises(FaultyDefinitions, match=said):
        read(text)


@pytest.mark.parametrize("off", ["", "off = []\n"])
def test_a_calendar_without_a_day_off_is_told_what_it_lacks(off: str) -> None:
    """Whether the list is not there or empty: the sentence says how a day off is written."""
    head = f'kind = "calendar"\nyear = 2028\nversion = 1\nstatus = "published"\n{off}'
    text = DefinitionText("calendar", "2028.toml", head + 'basis = { text = "x", confidence = "OWN" }\n')

    with pytest.raises(FaultyDefinitions) as faulty:
        read(text)

    (fault,) = faulty.value.faults
    assert (fault.place, fault.message.partition(":")[0]) == ("off", "no day off is listed")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "no working day is left in 01/2026"),
        (date(2026, 3, 1), date(2026, 3, 31), "no working day is left in 03/2026"),
        (date(2026, 3, 3), date(2026, 4, 14), "31 weekdays of 2026 are off: more than 30"),
    ],
)
def test_a_calendar_that_leaves_hardly_any_work_is_refused(first: date, last: date, said: str) -> None:
    """A slip of the pen that closes a month, or the offices for weeks, would move every deadline that runs."""
    basis = Basis(text="Thông báo giả định", confidence="OWN")
    off = DayOff(day=first, until=last, name="Nghỉ thử", basis=basis)

    with pytest.raises(ValueError, match=said):
        CalendarYear(kind="calendar", year=2026, version=2, status="published", off=(off,), basis=basis)


def test_a_correction_takes_the_place_of_the_version_before() -> None:
    """Of two calendars of a year the higher version answers, whatever the order they were given in."""
    years = list(calendar().years.values())
    newer = years[-1].model_copy(update={"version": 2, "status": "published"})

    corrected = Calendar([newer, *years])

    assert not corrected.kind(date(2027, 2, 8)).provisional
    assert corrected.version.endswith("2027.2")
