"""A deadline explains itself so that its last day can be computed again from the printed lines alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.bundle import shipped
from definitions.calendar import Calendar, CalendarYear, DayOff, WorkedDay
from definitions.model import Basis
from definitions.process import DeadlineRule
from khuyencong.cli.printing import Printer
from khuyencong.demo.acts import at
from shapes.calendar_words import calendar_words
from shapes.counting import lines_of
from store.memory import MemoryStore
from tests.histories import by_hand, numbered_right
from tests.moving import HEAD, Works
from tests.printed import last_day, read_page, text_of
from tests.staging import staged
from workflow.deadlines import Deadline, elapsed, extend, is_stale, pause, recount, resume, start
from workflow.proposal import VIETNAM, Step
from workflow.trails import follow

LAW = shipped()
PROCESS = LAW.process("kcdp")
RULE = next(rule for rule in PROCESS.deadlines if rule.pauses_in and rule.not_after is None)
SATURDAY = 5
NOON = datetime(2022, 3, 1, 12, tzinfo=VIETNAM).astimezone(UTC)
BASIS = Basis(text="Quyết định giả định", confidence="OWN")
RUNS, PAUSES = RULE.runs_in[0], RULE.pauses_in[0]


def step(seq: int, on: date, target: str, action: str) -> Step:
    """A step of that day into a state."""
    return Step(
        code="LC-1",
        seq=seq,
        action=action,
        source="drafted",
        target=target,
        moves=True,
        milestone="drafted",
        revision=seq,
        person="p",
        actor="A",
        agency="a",
        agency_name="A",
        role="r",
        effective_on=on,
        recorded_at=datetime(on.year, on.month, on.day, 9, tzinfo=VIETNAM),
        process=PROCESS.ref,
        process_sha256="",
        channel="cli",
    )


def another(calendar: Calendar, days: list[date], version: int) -> Calendar:
    """The calendar with days that turn out to be off, or worked where they were weekends."""
    made = []
    for year in calendar.years.values():
        mine = {day for day in days if day.year == year.year and day not in {*year.days_off, *year.days_worked}}
        weekdays = sorted(day for day in mine if day.weekday() < SATURDAY)
        off = tuple(DayOff(day=day, name="Nghỉ thử", basis=BASIS) for day in weekdays)
        worked = tuple(WorkedDay(day=day, name="Làm bù thử", basis=BASIS) for day in sorted(mine.difference(weekdays)))
        changed = {"version": version, "off": (*year.off, *off), "worked": (*year.worked, *worked)}
        made.append(CalendarYear(**{name: getattr(year, name) for name in CalendarYear.model_fields} | changed))
    return Calendar(made)


@dataclass
class Life:
    """A deadline that ran, stood still, was extended and counted anew, and the steps that did it."""

    deadline: Deadline
    calendar: Calendar
    steps: list[Step]


def history(begun: date, gaps: list[tuple[int, int, int]], swaps: list[int], rule: DeadlineRule = RULE) -> Life:
    """By turns: so many days run, so many stand, so many more by decision; a calendar that changes between turns."""
    calendar = LAW.calendar
    deadline = start(rule, seat="r@a", seq=2, on=begun, plan_year=begun.year + 1, calendar=calendar)
    steps, on = [step(2, begun, RUNS, rule.started_by[0] if rule.started_by else "submit")], begun
    for turn, (ran, stood, more) in enumerate(gaps, start=2):
        on += timedelta(days=ran)
        if on > deadline.last_day + timedelta(days=5):
            break
        if more and on <= deadline.last_day:
            deadline = extend(deadline, more, calendar=calendar, reason="extended")
        deadline = pause(deadline, on=on, calendar=calendar, reason="return")
        steps.append(step(len(steps) + 2, on, PAUSES, "return"))
        on += timedelta(days=stood)
        deadline = resume(deadline, on=on, calendar=calendar, reason="resubmit")
        steps.append(step(len(steps) + 2, on, RUNS, "resubmit"))
        if swaps:
            calendar = another(LAW.calendar, [begun + timedelta(days=day) for day in swaps[:turn]], turn)
    if is_stale(deadline.calendar, calendar):
        runs, _ = follow(deadline, rule, steps)
        deadline = recount(deadline, rule, runs, plan_year=begun.year + 1, calendar=calendar)
    return Life(deadline=deadline, calendar=calendar, steps=steps)


def printed(life: Life) -> dict[str, object]:
    """What an explanation prints of it."""
    runs, pauses = follow(life.deadline, RULE, life.steps)
    lines = lines_of(life.deadline, runs, life.calendar)
    return {
        "started_on": life.deadline.started_on.isoformat(),
        "allowance": life.deadline.allowance,
        "unit": life.deadline.unit,
        "not_after": None,
        "lines": [
            {"day": one.day.isoformat(), "working": one.working, "number": one.number, "name": one.name}
            | {"counts": one.number is not None}
            for one in lines
        ],
        "pauses": [{"from": one.since.isoformat(), "until": one.until.isoformat()} for one in pauses if one.until],
    }


def used_and_to_come(row: dict[str, object], life: Life) -> Iterator[int]:
    """On each day of the present run: what the deadline says is used up, and the printed days that are to come."""
    lines = row["lines"]
    assert isinstance(lines, list)
    since = life.deadline.running_since or life.deadline.last_day
    days = [line["day"] for line in lines if line["counts"]]
    for line in lines:
        on = date.fromisoformat(line["day"])
        if since < on <= life.deadline.last_day:
            yield elapsed(life.deadline, on, life.calendar) + sum(day > line["day"] for day in days)


@settings(max_examples=1000, deadline=None)
@given(
    begun=st.dates(date(2018, 1, 1), date(2025, 6, 30)),
    gaps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60), st.integers(0, 5)), max_size=6),
    swaps=st.lists(st.integers(0, 200), max_size=6, unique=True),
)
def test_the_lines_alone_give_the_last_day(begun: date, gaps: list[tuple[int, int, int]], swaps: list[int]) -> None:
    """A thousand lives with pauses, extensions and changed calendars: counting by hand ends on the stored day."""
    life = history(begun, gaps, swaps)

    row = printed(life)

    assert by_hand(row) == life.deadline.last_day
    assert numbered_right(row)
    assert set(used_and_to_come(row, life)) <= {life.deadline.allowance}


def test_a_count_by_hand_sees_a_wrong_day() -> None:
    """What proves the others can fail: a line taken out, or a day called working, gives another date."""
    row = printed(history(date(2024, 3, 4), [(3, 10, 0)], []))
    lines = row["lines"]
    assert isinstance(lines, list)

    weekend = next(line for line in lines if not line["counts"])
    wrong = row | {"lines": [line | {"working": True} if line is weekend else line for line in lines]}

    assert by_hand(wrong) != by_hand(row)


def test_a_count_from_the_page_sees_a_wrong_line() -> None:
    """What people read is enough to count by; a printed line that says another thing gives another date."""
    works = Works(stage=staged(MemoryStore()))
    works.bring("A", "submitted", NOON)
    page = text_of(works.explained("A", NOON.date(), "base_appraisal"))

    wrong = page.replace("không tính: Thứ Bảy", "", 1)

    assert by_hand(read_page(page)) == last_day(read_page(page)) == date(2022, 3, 15)
    assert by_hand(read_page(wrong)) != date(2022, 3, 15)


def test_a_page_of_a_clock_that_stands_still_late_says_so() -> None:
    """Days after the last one are late, not rolled over; the last day of a stopped clock is not yet its last word."""
    works = Works(stage=staged(MemoryStore()))
    works.bring("A", "submitted", NOON)
    row = works.explained("A", NOON.date(), "base_appraisal")

    beyond = {"day": "2022-03-16", "number": None, "counts": False, "working": True, "name": ""}

    page = text_of(row | {"state": "paused", "lines": [*row["lines"], beyond]})

    assert "đã quá ngày cuối cùng" not in text_of(row)
    assert page.count("đã quá ngày cuối cùng") == 1
    assert "chuyển sang ngày làm việc tiếp theo" not in page
    assert "Ngày cuối cùng trước khi tạm dừng: 15/03/2022" in page


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (date(2022, 3, 8), "Đã dùng 5 ngày làm việc, còn 5 ngày làm việc"),
        (date(2022, 3, 15), "Đã dùng 10 ngày làm việc, còn 0 ngày làm việc"),
        (date(2022, 3, 18), "Đã dùng hết 10 ngày làm việc và đã quá hạn trước khi tạm dừng"),
    ],
)
def test_a_clock_that_stands_still_says_what_is_used_and_what_is_left(returned: date, said: str) -> None:
    """Whoever waits for a supplement reads how many days the agency still has, and the printed days add up to it."""
    works = Works(stage=staged(MemoryStore()))
    works.bring("A", "submitted", NOON)
    works.act("A", "return", HEAD, at(returned).astimezone(UTC), facts={"missing": "Thiếu dự toán"})

    row = works.explained("A", returned, "base_appraisal")

    assert said in text_of(row)
    assert row["standing"]["used"] + row["standing"]["left"] == row["allowance"]
    assert row["standing"]["used"] == sum(line["counts"] for line in row["lines"])


@pytest.mark.parametrize(
    ("mark", "like", "said"),
    [
        ("2026.1", "", "năm 2026 bản 1"),
        ("2026.1,2027.2?", "", "năm 2026 bản 1; năm 2027 bản 2, dự thảo"),
        ("2028.0?", "", "năm 2028 chưa công bố"),
        ("2025.1,2026.2,2027.1", "2026.1", "năm 2026 bản 2"),
    ],
)
def test_the_calendar_of_a_deadline_is_named_in_words(mark: str, like: str, said: str) -> None:
    """By which years and which versions of them it was counted; beside another only the years of that one."""
    assert calendar_words(Printer(as_json=False, lang="vi"), mark, like=like) == said


def test_the_days_of_a_pause_are_printed_as_not_counted() -> None:
    """The day of stopping still counts, those after it up to the day of going on do not: the page says just that."""
    works = Works(stage=staged(MemoryStore()))
    works.bring("A", "submitted", NOON)
    row = works.explained("A", NOON.date(), "base_appraisal")
    stood = {"from": "2022-03-08", "until": "2022-03-11", "label": "Trả lại"}
    lines = [line for line in row["lines"] if not stood["from"] < line["day"] <= stood["until"]]

    page = text_of(row | {"lines": lines, "pauses": [stood]})

    assert "Tạm dừng từ sau ngày 08/03/2022 đến hết ngày 11/03/2022: Trả lại." in page
    assert re.search(r"09/03/2022 – 11/03/2022 +│ +│ không tính: tạm dừng", page)
    assert page.index("08/03/2022") < page.index("09/03/2022 –") < page.index("12/03/2022")


def test_a_late_clock_names_the_very_command_that_says_why() -> None:
    """With the code of the case: nothing is left to fill in but the reason and the day."""
    works = Works(stage=staged(MemoryStore()))
    works.bring("A", "submitted", NOON)

    page = text_of(works.explained("A", date(2022, 3, 20), "base_appraisal"))

    assert "khuyencong deadline reason-late A base_appraisal --reason" in page


@pytest.mark.parametrize("stood", [0, 1, 30])
def test_a_clock_stopped_on_its_last_day_is_due_when_it_goes_on(stood: int) -> None:
    """Nothing is left, yet it is not late: due on the day of resumption itself, or the next working day."""
    begun = date(2024, 3, 4)
    whole = (start(RULE, seat="r@a", seq=2, on=begun, plan_year=2025, calendar=LAW.calendar).last_day - begun).days

    life = history(begun, [(whole, stood, 0)], [])

    resumed = begun + timedelta(days=whole + stood)
    assert life.deadline.last_day == LAW.calendar.on_or_after(resumed)
    assert by_hand(printed(life)) == life.deadline.last_day


def test_stopped_on_the_weekend_after_its_last_day_it_stays_late() -> None:
    """Due on Friday 14/04/2023, returned on Saturday, sent in again: that gives nobody the Monday."""
    life = history(date(2023, 4, 1), [(14, 0, 0)], [])

    assert life.deadline.last_day == date(2023, 4, 14)
