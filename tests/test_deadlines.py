"""Legal time, held against a recount day by day that shares no line with the code."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.process import DeadlineRule
from tests.rehearsal import law
from workflow.deadlines import Deadline, close, days_left, elapsed, pause, periods, resume, start

CALENDAR = law().calendar
KCDP, KCQG = law().process("kcdp"), law().process("kcqg")
SEAT = "base_appraiser@sct-lai-chau"
DAYS = st.dates(date(2017, 2, 1), date(2026, 10, 31))


def working(days: int, *, after: date, rule: str = "base_appraisal") -> Deadline:
    """A duration of so many working days that starts on a day."""
    definition = KCDP.rule(rule).model_copy(update={"days": days})
    return start(definition, seat=SEAT, seq=2, on=after, plan_year=after.year + 1, calendar=CALENDAR)


def of(rule: DeadlineRule, on: date, **given: object) -> Deadline:
    """A deadline of a rule that starts on a day for the plan year after it."""
    named = {"seat": SEAT, "seq": 2, "plan_year": on.year + 1, "calendar": CALENDAR, **given}
    return start(rule, on=on, **named)  # type: ignore[arg-type]  # The tests give what the rule needs.


def counted(since: date, until: date) -> list[date]:
    """The working days after one day, up to and with another, one by one."""
    days = (since + timedelta(days=number) for number in range(1, (until - since).days + 1))
    return [day for day in days if CALENDAR.kind(day).working]


# --- One run ----------------------------------------------------------------------------------------------------


@given(DAYS, st.integers(1, 40))
def test_the_last_day_is_the_last_of_so_many_working_days(on: date, days: int) -> None:
    """The day of the event is not counted; the last day is a working day and the count ends there."""
    deadline = working(days, after=on)

    run = counted(on, deadline.last_day)

    assert len(run) == days
    assert run[-1] == deadline.last_day
    assert deadline.started_on not in run


def test_the_day_of_the_event_does_not_count() -> None:
    """Received on Monday 02/11/2026, ten working days end on Monday 16/11; 24/11 lies beyond."""
    deadline = working(10, after=date(2026, 11, 2))

    assert deadline.last_day == date(2026, 11, 16)
    assert working(17, after=date(2026, 11, 2)).last_day == date(2026, 11, 26)


def test_a_deadline_is_due_at_the_end_of_its_last_day_in_vietnam() -> None:
    """Stored as the next 00:00 there, which is 17:00 UTC of the last day itself."""
    deadline = working(10, after=date(2026, 11, 2))

    assert deadline.due == datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert not deadline.passed(deadline.last_day)
    assert deadline.passed(deadline.last_day + timedelta(days=1))


@pytest.mark.parametrize(
    ("on", "last"),
    [
        (date(2026, 11, 12), date(2026, 11, 27)),  # A Friday.
        (date(2026, 11, 6), date(2026, 11, 23)),  # 21/11 is a Saturday.
        (date(2026, 11, 9), date(2026, 11, 25)),  # 24/11 is a holiday.
        (date(2026, 2, 2), date(2026, 2, 23)),  # 17/02 lies in Tết.
        (date(2026, 8, 7), date(2026, 8, 24)),  # Saturday 22/08 is worked in its place, the rule still rolls to it.
    ],
)
def test_calendar_days_that_end_on_a_day_off_roll_to_the_next_working_day(on: date, last: date) -> None:
    """Fifteen calendar days after acceptance (TT 36/2013, Điều 18; Bộ luật Dân sự 2015, Điều 148)."""
    deadline = of(KCQG.rule("settlement_dossier"), on)

    expected = last if on != date(2026, 8, 7) else date(2026, 8, 22)

    assert deadline.last_day == expected


@given(DAYS, st.integers(1, 30), st.integers(-40, 40))
def test_days_left_are_the_working_days_up_to_the_last_day(on: date, days: int, ahead: int) -> None:
    """Positive before, zero on the last day alone, negative after it; a day off beside it is one day away."""
    deadline = working(days, after=on)
    day = deadline.last_day + timedelta(days=ahead)

    left = days_left(deadline, day, CALENDAR)

    low, high = sorted((day, deadline.last_day))
    assert abs(left) == (max(1, len(counted(low, high))) if ahead else 0)
    assert left == 0 or (left > 0) == (ahead < 0)


def test_the_weekend_after_the_last_day_is_late() -> None:
    """Due on Friday 14/04/2023: on Saturday and Sunday it is a day late, as on Monday; nothing falls due that day."""
    deadline = working(10, after=date(2023, 4, 1))

    said = [days_left(deadline, date(2023, 4, day), CALENDAR) for day in (13, 14, 15, 16, 17, 18)]

    assert deadline.last_day == date(2023, 4, 14)
    assert said == [1, 0, -1, -1, -1, -2]


# --- Fixed days, months, facts ----------------------------------------------------------------------------------


@given(DAYS)
def test_a_fixed_day_never_moves(on: date) -> None:
    """19/05, 14/06, 31/12, 22/01 are themselves, on a day off too."""
    year = on.year + 1
    rules = {"plan_window": (5, 19, year - 1), "registration": (6, 14, year - 1), "liquidation": (1, 22, year + 1)}

    for key, (month, day, in_year) in rules.items():
        assert of(KCQG.rule(key), on).last_day == date(in_year, month, day)


def test_papers_for_the_treasury_are_due_two_working_days_before_the_end_of_january() -> None:
    """28/01/2027 for the budget of 2026; counted back through a year that is not announced, so provisional."""
    deadline = of(KCDP.rule("treasury_papers"), date(2026, 11, 16), plan_year=2026)
    earlier = of(KCDP.rule("treasury_papers"), date(2025, 11, 17), plan_year=2025)

    assert (deadline.last_day, deadline.provisional) == (date(2027, 1, 28), True)
    assert (earlier.last_day, earlier.provisional) == (date(2026, 1, 29), False)


def test_a_letter_sets_another_last_day_for_a_fixed_one() -> None:
    """The guided day stands instead of the rule's, and no duration follows from it."""
    deadline = of(KCQG.rule("plan_window"), date(2026, 2, 2), plan_year=2026, guided=date(2026, 3, 31))

    assert (deadline.last_day, deadline.allowance, deadline.provisional) == (date(2026, 3, 31), None, False)


def test_a_cap_cuts_a_duration_short_but_not_before_it_began() -> None:
    """Seven working days and not after 07/06; when that day is past already, the seven days alone hold."""
    rule = KCQG.rule("supplement")

    cut = of(rule, date(2026, 6, 3))
    whole = of(rule, date(2026, 5, 12))
    past = of(rule, date(2026, 6, 10))

    assert [d.last_day for d in (cut, whole, past)] == [date(2026, 6, 7), date(2026, 5, 21), date(2026, 6, 19)]


def test_a_cap_that_is_over_before_the_plan_year_began_binds_nobody() -> None:
    """A file of plan year 2026 taken in 2026 under a letter of guidance still has its seven days."""
    deadline = of(KCQG.rule("supplement"), date(2026, 2, 25), plan_year=2026)

    assert deadline.last_day == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("first", "last", "owed"),
    [
        (date(2026, 8, 1), date(2026, 10, 31), ["2026-08", "2026-09", "2026-10"]),
        (date(2026, 8, 25), date(2026, 10, 10), ["2026-09", "2026-10"]),
        (date(2026, 8, 24), date(2026, 8, 24), ["2026-08"]),
        (date(2026, 11, 26), date(2026, 11, 30), []),
        (date(2026, 12, 20), date(2027, 1, 3), ["2026-12", "2027-01"]),
        (date(2026, 12, 20), date(2026, 11, 3), []),
    ],
)
def test_a_monthly_duty_is_owed_for_every_24th_still_to_come(first: date, last: date, owed: list[str]) -> None:
    """No month is owed whose day has passed; the month in which the contract ends is owed."""
    found = list(periods(first, last, 24))

    assert found == owed


# --- Years that are not announced -------------------------------------------------------------------------------


def test_a_duration_across_a_draft_year_is_provisional() -> None:
    """2027 is a draft: its Tết days may still change."""
    inside, across = working(10, after=date(2026, 12, 1)), working(10, after=date(2026, 12, 25))

    assert (inside.provisional, inside.calendar) == (False, "2026.1")
    assert (across.provisional, across.calendar) == (True, "2026.1,2027.1?")


def test_a_year_that_nobody_published_is_counted_provisionally_and_says_so() -> None:
    """Weekends and the days that law fixes by date; the mark "?" is in the deadline's calendar."""
    deadline = working(10, after=date(2029, 4, 25))

    assert deadline.provisional
    assert deadline.calendar == "2029.0?"
    assert deadline.last_day == date(2029, 5, 11)  # 30/04 and 01/05 are off.


@pytest.mark.parametrize("year", [2031, 2045, 2089])
def test_a_far_day_named_by_a_fact_is_no_trouble(year: int) -> None:
    """A pilot's contract may end years ahead of every calendar on record."""
    deadline = of(KCDP.rule("contract_end"), date(2026, 3, 2), fact=date(year, 12, 31))

    assert (deadline.last_day, deadline.provisional) == (date(year, 12, 31), False)
    assert deadline.calendar.endswith(f"{year}.0?")


# --- Pauses -----------------------------------------------------------------------------------------------------


@given(DAYS, st.integers(5, 30), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)), max_size=6))
def test_what_is_used_and_what_is_left_make_up_the_allowance_through_many_pauses(
    on: date, days: int, rounds: list[tuple[int, int]]
) -> None:
    """A day counts if and only if the clock ran at its 00:00: the day of a pause does, the day of resuming does not.

    The grace of a last day that rolls over days off uses up nothing; stopped after the last day it is late for good.
    """
    deadline, used, since = working(days, after=on), 0, on
    for run, rest in rounds:
        stops = since + timedelta(days=run)
        used += len(counted(since, stops))
        used = min(used, days) if stops <= deadline.last_day else max(used, days + 1)
        deadline = pause(deadline, on=stops, calendar=CALENDAR, reason="return")
        assert (deadline.consumed, deadline.remaining) == (used, days - used)
        since = stops + timedelta(days=rest)
        if used > days or since > date(2026, 12, 31):
            return
        deadline = resume(deadline, on=since, calendar=CALENDAR, reason="resubmit")

    left = counted(since, deadline.last_day)
    assert len(left) == days - used or (used == days and deadline.last_day - since < timedelta(days=12))
    assert elapsed(deadline, deadline.last_day, CALENDAR) == days
    assert CALENDAR.is_working(deadline.last_day)
    assert deadline.epoch == 1 + len(rounds)


def test_a_pause_keeps_the_day_on_which_it_begins() -> None:
    """Returned on the fourth day, resubmitted on a Friday: six days are left from the Monday after."""
    running = working(10, after=date(2026, 11, 2))

    still = pause(running, on=date(2026, 11, 6), calendar=CALENDAR, reason="return")
    again = resume(still, on=date(2026, 11, 13), calendar=CALENDAR, reason="resubmit")

    assert (still.consumed, still.remaining, still.running_since) == (4, 6, None)
    assert (again.last_day, again.epoch) == (date(2026, 11, 23), 2)


def test_a_file_sent_back_on_the_last_day_is_not_late_when_it_returns() -> None:
    """Nothing of the allowance is left, so the day of return is the last; had the agency been late, it stays late."""
    running = working(10, after=date(2026, 11, 2))

    on_time = pause(running, on=running.last_day, calendar=CALENDAR, reason="return")
    too_late = pause(running, on=running.last_day + timedelta(days=2), calendar=CALENDAR, reason="return")

    assert resume(on_time, on=date(2026, 12, 1), calendar=CALENDAR, reason="resubmit").last_day == date(2026, 12, 1)
    assert resume(on_time, on=date(2026, 12, 5), calendar=CALENDAR, reason="resubmit").last_day == date(2026, 12, 7)
    assert resume(too_late, on=date(2026, 12, 1), calendar=CALENDAR, reason="resubmit").last_day == running.last_day


@given(DAYS, st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=20))
def test_rounds_of_supplement_never_make_the_appraisal_late_by_themselves(
    on: date, rounds: list[tuple[bool, int]]
) -> None:
    """An agency that sends back each time by its last day is in time, however long the other side takes."""
    deadline = working(10, after=on)
    for at_once, rest in rounds:
        since = deadline.running_since or on
        stops = since if at_once else deadline.last_day
        deadline = pause(deadline, on=stops, calendar=CALENDAR, reason="return")
        deadline = resume(deadline, on=stops + timedelta(days=rest), calendar=CALENDAR, reason="resubmit")

        assert not deadline.passed(stops + timedelta(days=rest))


def test_a_closed_deadline_keeps_what_it_used() -> None:
    """Met or lapsed, it stands still and says why."""
    running = working(10, after=date(2026, 11, 2))

    met = close(running, on=date(2026, 11, 5), calendar=CALENDAR, state="met", reason="forward")

    assert (met.state, met.consumed, met.is_live, met.reason) == ("met", 3, False, "forward")
