"""Who is reminded when, and what is called off: the ladders of section 7 of the process tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from khuyencong.demo.acts import at as hour
from tests.rehearsal import Case, Scene, attempt_of, begun, law, perform, scene, scenes, stories
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.proposal import VIETNAM, FactValue
from workflow.reminding import next_repeat, reminders_ahead, reminders_of
from workflow.storage import Reminder

CALENDAR = law().calendar
U = "implementer@ttkc-lai-chau"
SCT = "base_appraiser@sct-lai-chau"
STC = "estimate_appraiser@stc-lai-chau"
CUC = "ministry_appraiser@cuc-khuyen-cong"
H, B, S = "holder", "head", "superior"
#: Section 7 by ladder: each rung with its distance in working (wd) or calendar days (cd), and whom it reaches.
LADDERS: dict[str, list[tuple[str, set[str]]]] = {
    "working": [
        ("start", {H}),
        ("-5wd", {H}),
        ("-2wd", {H}),
        ("+0wd", {H, B}),
        ("+1wd", {H, B}),
        ("+3wd", {B}),
        ("+5wd", {S}),
    ],
    "reply": [("start", {H}), ("-2wd", {H}), ("+0wd", {H, B}), ("+1wd", {H, B}), ("+3wd", {S})],
    "contracting": [("start", {H}), ("-2wd", {H}), ("+0wd", {H, B}), ("+1wd", {H, B}), ("+3wd", {S})],
    "supplement": [("-3wd", {H}), ("+0wd", {H}), ("+1wd", {H, SCT})],
    "yearly": [
        ("-30cd", {H}),
        ("-10wd", {H}),
        ("-5wd", {H}),
        ("-2wd", {H}),
        ("+0wd", {H, B}),
        ("+1wd", {B, S}),
    ],
    "contract": [
        ("-30cd", {H}),
        ("-10wd", {H, "funder@sct-lai-chau"}),
        ("-3wd", {H}),
        ("+0wd", {H}),
        ("+1wd", {H, SCT}),
        ("+5wd", {SCT}),
    ],
    "settlement": [
        ("-7cd", {H}),
        ("-3wd", {H}),
        ("+0wd", {H}),
        ("+1wd", {H, "funder@sct-lai-chau"}),
        ("+3wd", {SCT}),
        ("+10wd", {"funder@sct-lai-chau"}),
    ],
    "evaluation": [("-30cd", {H}), ("-10wd", {H}), ("+0wd", {H, B})],
}
#: A deadline of each ladder in the course of LC-02: the step that starts it, and its rule.
STARTS = {
    "working": ("submit", "base_appraisal"),
    "reply": ("return", "explanation"),
    "contracting": ("allocate", "contracting"),
    "supplement": ("return", "supplement"),
    "yearly": ("new", "plan_window"),
    "contract": ("fund", "contract_end"),
    "settlement": ("monitor", "settlement_dossier"),
    "evaluation": ("settle", "evaluation"),
}
SUPERIORS = {"sct-lai-chau": "ubnd-lai-chau", "stc-lai-chau": "ubnd-lai-chau", "ttkc-lai-chau": "sct-lai-chau"}


def _start(ladder: str) -> tuple[Scene | None, Case, Deadline]:
    """The scene that starts a deadline of the ladder, the case after it, and the deadline."""
    action, rule = STARTS[ladder]
    if action == "new":
        case = begun(stories()["LC-02"])
        return None, case, case.running(rule)
    if rule == "explanation":
        facts: dict[str, FactValue] = {"questions": "x"}
        done = perform(scene("LC-02", "forward").after, "return", facts, at=hour(date(2017, 4, 26)))
    elif rule == "supplement":
        done = perform(scene("LC-02", "submit").after, "return", {"missing": "x"}, at=hour(date(2017, 4, 12)))
    else:
        done = scene("LC-02", action)
    return done, done.after, done.after.running(rule)


def _reminders(ladder: str) -> tuple[Deadline, list[Reminder]]:
    done, case, deadline = _start(ladder)
    if done is not None:
        return deadline, [row for row in done.effects.reminders if row.rule == deadline.rule]
    context = next(iter(scenes("LC-02"))).before
    attempt = attempt_of(context, "submit", at=case.proposal.created_at)
    return deadline, list(reminders_of(deadline, attempt, at=case.proposal.created_at, calendar=CALENDAR))


def _seats(words: Iterable[str], deadline: Deadline) -> set[str]:
    agency = deadline.seat.partition("@")[2]
    meant = {H: deadline.seat, B: f"head@{agency}", S: f"head@{SUPERIORS.get(agency, '')}"}
    return {meant.get(word, word) for word in words}


def _day(rung: str, last: date) -> date:
    """The day of a rung, walked day by day: working days one at a time, calendar days back to a working day."""
    number, unit = int(rung[:-2]), rung[-2:]
    step = timedelta(days=1 if number > 0 else -1)
    day = last if unit == "wd" else last + timedelta(days=number)
    while number <= 0 and not CALENDAR.is_working(day):
        day -= timedelta(days=1)
    for _ in range(abs(number) if unit == "wd" else 0):
        day += step
        while not CALENDAR.is_working(day):
            day += step
    return day


@pytest.mark.parametrize("ladder", LADDERS)
def test_a_ladder_reminds_on_the_days_and_whom_the_tables_name(ladder: str) -> None:
    """Every rung of section 7 at 08:00 in Vietnam, but for the start, which follows the step within office hours."""
    deadline, rows = _reminders(ladder)
    expected = {rung: _seats(to, deadline) for rung, to in LADDERS[ladder]}

    found = {rung: {row.seat for row in rows if row.offset == rung} for rung in {row.offset for row in rows}}

    assert found == expected
    for row in rows:
        local = row.fire_at.astimezone(VIETNAM)
        if row.offset == "start":
            assert time(8) <= local.time() < time(17, 30)
        else:
            assert (local.time(), local.date()) == (time(8), _day(row.offset, deadline.last_day)), row.offset
        assert CALENDAR.is_working(local.date())
        assert row.epoch == deadline.epoch


def test_a_monthly_report_is_called_for_by_its_own_ladder() -> None:
    """Three days before, on the last working day up to the 24th, the day after, then the list of the Sở."""
    rows = [row for row in scene("LC-02", "fund").effects.reminders if row.period == "2018-03"]

    said = [(row.offset, row.seat, row.fire_at.astimezone(VIETNAM).date()) for row in rows]

    assert said == [
        ("-3wd", U, date(2018, 3, 20)),
        ("+0wd", U, date(2018, 3, 23)),  # The 24th is a Saturday.
        ("+1wd", U, date(2018, 3, 26)),
        ("+3wd", SCT, date(2018, 3, 28)),
    ]


def test_the_wait_for_money_is_told_on_the_first_working_day_of_each_month() -> None:
    """To the funder and its head, from October to the superior too; then the countdown to 31/12."""
    rows = scene("LC-02", "approve").effects.reminders
    months = [row for row in rows if row.offset.startswith("day-")]

    first = {row.offset: row.fire_at.astimezone(VIETNAM).date() for row in months}

    assert first["day-01-01"] == date(2018, 1, 2)
    assert first["day-09-01"] == date(2018, 9, 4)  # 01-03/09 are off.
    assert len(first) == 12
    seats = {offset: {row.seat for row in months if row.offset == offset} for offset in first}
    assert seats["day-09-01"] == {"funder@sct-lai-chau", "head@sct-lai-chau"}
    assert seats["day-10-01"] == {"funder@sct-lai-chau", "head@sct-lai-chau", "head@ubnd-lai-chau"}
    assert {row.offset for row in rows} - set(first) == {"-10wd", "-5wd", "-2wd", "+0wd"}


def test_the_applicants_last_day_is_told_even_on_a_day_off() -> None:
    """07/06/2026 is a Sunday: the unit is reminded on it, nobody else on any day off."""
    done = scene("QG-2026-0021", "submit")
    rule = done.before.situation.process.rule("supplement")
    back = perform(done.after, "return", {"missing": "x"}, at=hour(date(2026, 2, 25)))
    sunday = changed(back.after.running(rule.key), last_day=date(2026, 6, 7))
    context = attempt_of(back.after, "resubmit", at=back.at)
    rows = reminders_of(sunday, context, at=back.at, calendar=CALENDAR)

    days = {row.offset: row.fire_at.astimezone(VIETNAM).date() for row in rows}
    assert days == {"-3wd": date(2026, 6, 2), "+0wd": date(2026, 6, 7), "+1wd": date(2026, 6, 8)}


def test_no_reminder_of_any_story_falls_on_a_day_off_or_outside_office_hours() -> None:
    """But for the applicant's last day."""
    for code in stories():
        for one in scenes(code):
            for row in one.effects.reminders:
                local = row.fire_at.astimezone(VIETNAM)
                own_last_day = row.rule == "supplement" and row.offset == "+0wd"
                assert own_last_day or local.year > 2027 or CALENDAR.is_working(local.date()), (code, row)
                assert time(8) <= local.time() < time(17, 30), (code, row)
                assert row.fire_at >= one.at


def test_reminders_are_told_apart_by_period_epoch_rung_and_seat() -> None:
    """Their identity is unique, so a row is never written twice."""
    for code in ("LC-01", "LC-02", "QN-10", "LC-07", "QN-12"):
        rows = [row for one in scenes(code) for row in one.effects.reminders]
        keys = {(row.rule, row.period, row.epoch, row.offset, row.seat) for row in rows}

        assert len(keys) == len(rows)
        assert all(row.seat.partition("@")[2] for row in rows)


def test_at_night_the_first_reminder_waits_for_the_morning() -> None:
    """Submitted at 22:00 on a Friday, told on Monday at 08:00."""
    done = scene("LC-02", "submit")
    friday = datetime(2017, 4, 14, 15, tzinfo=UTC)

    rows = perform(done.before, "submit", done.act.facts, at=friday).effects.reminders

    (start,) = (row for row in rows if row.offset == "start")
    assert start.fire_at.astimezone(VIETNAM) == datetime(2017, 4, 17, 8, tzinfo=VIETNAM)


def test_a_deadline_that_is_late_at_its_start_still_reminds_once() -> None:
    """Every rung has passed: the last of them speaks at once, so nothing runs in silence."""
    done = scene("LC-02", "complete")
    facts: dict[str, FactValue] = {"defects": "x", "fix_by": date(2019, 1, 10)}

    back = perform(done.after, "return", facts, at=hour(date(2019, 1, 3)))

    rows = [row for row in back.effects.reminders if row.rule == "contract_end"]
    assert [(row.offset, row.seat) for row in rows] == [("+5wd", SCT)]


def test_a_late_deadline_that_goes_on_is_still_told_of() -> None:
    """Sent back when it was long late and handed in again: the list to the superior agency goes on, week by week."""
    done = scene("LC-02", "submit")
    back = perform(done.after, "return", {"missing": "x"}, at=hour(date(2017, 5, 24)))

    again = perform(back.after, "resubmit", {"answer": "x"}, at=hour(date(2017, 5, 30)))

    rows = [row for row in again.effects.reminders if row.rule == "base_appraisal"]
    said = [(row.offset, row.seat, row.fire_at.astimezone(VIETNAM).date(), row.repeat_every) for row in rows]
    assert said == [
        ("start", SCT, date(2017, 5, 30), None),
        ("+5wd", "head@ubnd-lai-chau", date(2017, 6, 5), 5),
    ]


def test_a_deadline_that_moves_does_not_begin_again() -> None:
    """It reminds of its new day without saying that it began; where that day is over, the last rung speaks at once."""
    done = scene("LC-02", "submit")
    context = attempt_of(done.after, "forward", at=done.at)
    moved = changed(done.after.running("base_appraisal"), epoch=2, last_day=date(2017, 5, 4))
    over = changed(moved, last_day=date(2017, 3, 1))

    assert {row.offset for row in reminders_ahead(moved, context)} == {offset for offset, _ in LADDERS["working"][1:]}
    assert {row.offset for row in reminders_ahead(over, context)} == {"+5wd"}


def test_leaving_a_state_calls_its_reminders_off() -> None:
    """With the act that did it and what became of the deadline."""
    done = scene("LC-02", "forward")

    assert [(c.rule, c.reason, c.superseded) for c in done.effects.cancelled] == [
        ("base_appraisal", "forward:met", False)
    ]


def test_a_pause_calls_reminders_off_and_resuming_puts_new_ones_in_their_place() -> None:
    """The rows of the new epoch stand for the old ones."""
    submitted = scene("LC-02", "submit").after
    back = perform(submitted, "return", {"missing": "x"}, at=hour(date(2017, 4, 12)))
    again = perform(back.after, "resubmit", {"answer": "x"}, at=hour(date(2017, 4, 14)))

    assert ("base_appraisal", "return:paused", False) in {
        (c.rule, c.reason, c.superseded) for c in back.effects.cancelled
    }
    called_off = {(c.rule, c.reason, c.superseded) for c in again.effects.cancelled}
    assert called_off == {("supplement", "resubmit:met", False), ("base_appraisal", "resubmit", True)}
    assert {row.epoch for row in again.effects.reminders} == {2}


def test_a_report_calls_off_its_own_month_only() -> None:
    """The other months are still to be reported."""
    done = scene("LC-02", "report", nth=2)

    assert [(c.rule, c.period) for c in done.effects.cancelled] == [("monthly_report", "2018-03")]
    assert done.effects.reminders == ()


def test_a_rung_that_repeats_is_followed_by_the_next() -> None:
    """The list to the superior agency goes out on the first working day of each week while the file is late."""
    row = next(row for row in scene("LC-02", "submit").effects.reminders if row.offset == "+5wd")
    fired = row.fire_at.astimezone(VIETNAM).date()

    following = next_repeat(row, fired_on=fired, calendar=CALENDAR)

    assert following is not None
    assert (following.offset, following.fire_at.astimezone(VIETNAM).date()) == ("+10wd", date(2017, 5, 8))


def test_what_a_step_starts_and_ends_names_every_deadline_once() -> None:
    """A (rule, period) stands in one place of the effects, so the store writes it once."""
    for code in stories():
        for one in scenes(code):
            keys = [(d.rule, d.period) for d in one.effects.deadlines]

            assert len(set(keys)) == len(keys), (code, one.act.action)
