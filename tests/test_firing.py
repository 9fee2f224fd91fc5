"""What due reminders turn into, decided without a database, a mail server or a clock."""

from datetime import date, datetime, timedelta

import pytest

from khuyencong.demo.stage import Stage, play, scenes
from store.memory import MemoryStore
from tests.offices import LAST_DAY, morning_of, story
from tests.staging import staged
from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.firing import Due, Fired, fire
from workflow.proposal import legal_day
from workflow.reminding import reminders_of
from workflow.service.situations import context_of, people_of, situation_of
from workflow.storage import Person, Recipient

SUBMITTED_AT = story().acts[-1].when
_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def stage() -> Stage:
    """The Sở has a proposal to appraise until 24/04/2017."""
    found = staged(MemoryStore())
    for scene in scenes([story()]):
        play(found, scene)
    return found


def _context(stage: Stage, at: datetime) -> Attempt:
    with stage.store.read() as uow:
        proposal = uow.proposal("LC-02")
        situation = situation_of(uow, proposal)
        return context_of(situation, proposal, by=stage.cast[0], at=at, deadlines=uow.deadlines("LC-02"))


def _due(context: Attempt) -> tuple[Due, ...]:
    """The rows that the appraisal was given when it began, as far as their moment has come."""
    calendar = context.situation.law.calendar
    rows = reminders_of(_deadline(context), changed(context, at=SUBMITTED_AT), at=SUBMITTED_AT, calendar=calendar)
    return tuple(Due(id=number, reminder=row) for number, row in enumerate(rows) if row.fire_at <= context.at)


def _deadline(context: Attempt) -> Deadline:
    return next(row for row in context.deadlines if row.rule == "base_appraisal")


def _fire(stage: Stage, context: Attempt, due: tuple[Due, ...] | None = None, *gone: date) -> dict[str, Fired]:
    """What becomes of them, by rung and role; the gathered mail of the days ``gone`` is composed already."""

    def people(seat: str) -> tuple[Person, ...]:
        with stage.store.read() as uow:
            return people_of(uow, context.today)(seat)

    def gathered(_to: Recipient, on: date) -> bool:
        return on in gone

    rows = _due(context) if due is None else due
    fired = fire(rows, context, people=people, told=stage.house.told, gathered=gathered)
    names = {row.id: f"{row.reminder.offset} {row.reminder.seat.partition('@')[0]}" for row in rows}
    return {names[row.id]: row for row in fired}


def _ended(context: Attempt, **changes: object) -> Attempt:
    ended = tuple(changed(row, **changes) if row.rule == "base_appraisal" else row for row in context.deadlines)
    return changed(context, deadlines=ended)


def test_hypha_notify_report_due(stage: Stage) -> None:
    """A missed day is no lost reminder: three days down across the due day, and "today" goes late and says so."""
    fired = _fire(stage, _context(stage, morning_of(4, 26)))

    today = fired["+0wd base_appraiser"]
    assert (today.state, today.reason) == ("fired", "late")
    assert {notice.variables["tre"] for notice in today.notices} == {True}
    assert {notice.variables["n"] for notice in today.notices} == {2}
    assert fired["+1wd base_appraiser"].state == "fired"


def test_missed_rungs_fold_into_the_nearest_later_one(stage: Stage) -> None:
    """Of several missed rungs of one deadline and seat one speaks: -5 is left out, -2 is folded into the due day."""
    fired = _fire(stage, _context(stage, morning_of(4, 24)))

    assert (fired["start base_appraiser"].state, fired["start base_appraiser"].reason) == ("cancelled", "missed")
    assert (fired["-5wd base_appraiser"].state, fired["-5wd base_appraiser"].reason) == ("cancelled", "missed")
    assert (fired["-2wd base_appraiser"].state, fired["-2wd base_appraiser"].reason) == ("superseded", "collapsed:+0wd")
    assert fired["+0wd base_appraiser"].reason == ""


def test_a_missed_rung_with_no_later_one_due_goes_late(stage: Stage) -> None:
    """Folding needs something to fold into: -2 alone, a day late, is sent and says so."""
    fired = _fire(stage, _context(stage, morning_of(4, 21)))["-2wd base_appraiser"]

    assert (fired.state, fired.reason) == ("fired", "late")
    assert [(notice.variables["tre"], notice.variables["n"]) for notice in fired.notices] == [(True, 1), (True, 1)]


def test_fs_reminder_page_versus_dashboard(stage: Stage) -> None:
    """There is one due day: what a reminder says is the day that the deadline stores."""
    fired = _fire(stage, _context(stage, morning_of(4, 24)))["+0wd base_appraiser"]

    assert {notice.variables["han"] for notice in fired.notices} == {LAST_DAY.isoformat()}
    assert {notice.variables["n"] for notice in fired.notices} == {0}
    assert {notice.variables["tre"] for notice in fired.notices} == {False}


@pytest.mark.parametrize("state", ["paused", "met", "lapsed"])
def test_a_deadline_that_does_not_run_reminds_nobody(stage: Stage, state: str) -> None:
    """What a step ended or stopped is void, whether or not its rows were cancelled in time."""
    context = _context(stage, morning_of(4, 24))

    fired = _fire(stage, _ended(context, state=state), _due(context))

    assert {(row.state, row.reason) for row in fired.values()} == {("cancelled", f"deadline:{state}")}
    assert all(row.then is None and not row.notices for row in fired.values())


def test_rows_of_an_earlier_epoch_are_void(stage: Stage) -> None:
    """A deadline that moved has rows of its own; those of its former day say nothing any more."""
    context = _context(stage, morning_of(4, 24))

    fired = _fire(stage, _ended(context, epoch=2), _due(context))

    assert {(row.state, row.reason) for row in fired.values()} == {("cancelled", "epoch:2")}


def test_one_person_in_two_seats_hears_once(stage: Stage) -> None:
    """The director appraises and heads the Sở: the same rung of both seats is one notice to him."""
    fired = _fire(stage, _context(stage, morning_of(4, 24)))

    assert [notice.to.name for notice in fired["+0wd base_appraiser"].notices] == ["Hoàng Văn Khánh", "Vàng Minh Dung"]
    assert fired["+0wd head"].notices == ()
    assert fired["+0wd head"].reason == "told already"


def test_an_escalation_is_for_history(stage: Stage) -> None:
    """Three days late the head is asked to act, and that is written down with whom it reached."""
    fired = _fire(stage, _context(stage, morning_of(4, 27)))["+3wd head"]

    assert fired.escalated is not None
    assert fired.escalated["rule"] == "base_appraisal"
    assert fired.escalated["persons"] == sorted({str(notice.to.person) for notice in fired.notices})


def test_the_agency_whose_duty_it_is_and_those_that_watch_are_told_apart(stage: Stage) -> None:
    """The Sở and its head act; its superior only watches, and reads whose duty it is."""
    fired = _fire(stage, _context(stage, morning_of(5, 4)))

    told = {key: fired[key].notices[0].variables for key in ("+3wd head", "+5wd head")}
    assert {words["ben_thuc_hien"] for words in told.values()} == {"Sở Công Thương tỉnh Lai Châu"}
    assert [words["la_nguoi_thuc_hien"] for words in told.values()] == [True, False]


def test_a_repeating_rung_leaves_its_next_row(stage: Stage) -> None:
    """Five days late, then each week: the list that went out on a Thursday is followed on the next week's Monday."""
    fired = _fire(stage, _context(stage, morning_of(5, 4)))["+5wd head"]

    assert fired.then is not None
    assert (fired.then.offset, fired.then.fire_at) == ("+10wd", morning_of(5, 8))


def test_nothing_goes_out_at_night_or_on_days_off(stage: Stage) -> None:
    """A row that fires on a Friday night is worded for Monday morning, when it is read."""
    friday_night = morning_of(4, 21) + 14 * _HOUR

    notices = _fire(stage, _context(stage, friday_night))["-2wd base_appraiser"].notices

    assert {notice.send_after for notice in notices} == {morning_of(4, 24)}
    assert {(notice.variables["n"], notice.variables["ngay"]) for notice in notices} == {(0, "2017-04-24")}


def _asked_to_supplement(stage: Stage, at: datetime) -> tuple[Attempt, tuple[Due, ...]]:
    """The unit has until Sunday 23/04/2017 to supplement; all of its rungs up to that day are due."""
    context = _context(stage, at)
    last = changed(_deadline(context), rule="supplement", seat="implementer@ttkc-lai-chau", last_day=date(2017, 4, 23))
    begun = changed(context, at=SUBMITTED_AT, deadlines=(*context.deadlines, last))
    rows = reminders_of(last, begun, at=SUBMITTED_AT, calendar=context.situation.law.calendar)
    due = tuple(Due(id=number, reminder=row) for number, row in enumerate(rows) if row.fire_at <= at)
    return changed(begun, at=at), due


@pytest.mark.parametrize(
    ("after", "goes_out", "state"),
    [
        (timedelta(0), morning_of(4, 23), ""),
        (9 * _HOUR, morning_of(4, 23) + 9 * _HOUR, ""),
        (12 * _HOUR, morning_of(4, 24), "late"),
        (20 * _HOUR, morning_of(4, 24), "late"),
    ],
)
def test_the_last_day_of_an_applicant_may_be_a_day_off(
    stage: Stage, after: timedelta, goes_out: datetime, state: str
) -> None:
    """It is told on that Sunday, by day; whoever catches up in its night tells on Monday, and that it is late."""
    context, due = _asked_to_supplement(stage, morning_of(4, 23) + after)

    fired = _fire(stage, context, due)["+0wd implementer"]

    assert {notice.send_after for notice in fired.notices} == {goes_out}
    assert fired.reason == state


def test_a_rung_whose_day_was_declared_off_waits_for_a_working_day(stage: Stage) -> None:
    """Only the applicant's last day is told of on a day off, not whatever was planned before the day was given off."""
    sunday = morning_of(4, 23)
    context = _context(stage, sunday + _HOUR)
    due = tuple(changed(row, reminder=changed(row.reminder, fire_at=sunday)) for row in _due(context)[-1:])

    fired = next(iter(_fire(stage, context, due).values()))

    assert {notice.send_after for notice in fired.notices} == {morning_of(4, 24)}


def test_who_missed_the_gathered_mail_reads_the_next_one(stage: Stage) -> None:
    """One gathered mail a day: what comes after it is worded for the next working day."""
    monday = morning_of(4, 17) + _HOUR

    notices = _fire(stage, _context(stage, monday), None, date(2017, 4, 17))["-5wd base_appraiser"].notices

    assert {notice.channel for notice in notices} == {"digest"}
    assert {legal_day(notice.send_after) for notice in notices} == {date(2017, 4, 18)}
    assert {notice.variables["n"] for notice in notices} == {4}


def test_without_people_the_agency_or_paper_is_told(stage: Stage) -> None:
    """An empty seat is the agency's: its mailbox, else a printed letter; never nobody."""
    context = _context(stage, morning_of(4, 24))
    due = _due(context)[-1:]

    fired = fire(due, context, people=lambda _: (), told=stage.house.told, gathered=lambda *_: False)

    assert [notice.to.person for row in fired for notice in row.notices] == [None]
    assert {notice.channel for row in fired for notice in row.notices} <= {"mail", "paper"}


def test_the_seat_of_a_merged_agency_is_its_successors(stage: Stage) -> None:
    """Work of an agency that was taken over is reminded of at the one that took it over."""
    context = _context(stage, morning_of(4, 24))
    law = context.situation.law
    gone = law.agencies["sct-lai-chau"].model_copy(
        update={"successor": "sct-da-nang", "succeeded_on": date(2017, 4, 20)}
    )
    moved = changed(law, agencies={**law.agencies, "sct-lai-chau": gone})
    context = changed(context, situation=changed(context.situation, law=moved))

    fired = _fire(stage, context)["+0wd base_appraiser"]

    assert {notice.to.seat for notice in fired.notices} == {"base_appraiser@sct-da-nang"}
    assert all(notice.to.address.endswith("@sct-da-nang.example") for notice in fired.notices)


def test_sgg_queue_order_and_duplicates(stage: Stage) -> None:
    """The same rows give the same notices with the same keys, however often they are decided."""
    context = _context(stage, morning_of(4, 27))

    assert _fire(stage, context) == _fire(stage, context)
