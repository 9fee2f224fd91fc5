"""What went wrong in comparable systems, each with the test that it cannot happen here.

- Hypha `notify_report_due`: a missed day is a lost reminder:
  `test_firing.test_hypha_notify_report_due`
- Hypha `send_reminders`: one bad row blocks the others, a crash doubles:
  `test_outbox.test_hypha_send_reminders`
- Hypha `send_mail_task`: every failure of mail is swallowed:
  `test_outbox.test_hypha_send_mail_task`
- Hypha `Activity.user`: deleting a user deletes history:
  `test_hypha_activity_user_cascade`
- OpenCPS `ActionOverdueScheduler`: runs overlap, mail doubles daily:
  `test_sweep.test_cps_action_overdue_scheduler`
- OpenCPS `getStepOverDue`: an input of the due date is ignored:
  `test_cps_get_step_overdue`
- OpenCPS #1254: asking again makes a case late:
  `test_cps_1254_asking_again_and_again_makes_nothing_late`
- Funding service: two dates for one reminder:
  `test_firing.test_fs_reminder_page_versus_dashboard`
- Funding service `get_bank_holidays`: no holidays where none came:
  `test_fs_get_bank_holidays`
- Funding service: a banner names other readers than get the mail:
  `test_fs_approval_banner`
- Grants.gov: the mail names no case, no action, no day:
  `test_outbox.test_sgg_approval_email`
- Grants.gov: order and duplicates of a queue are undefined:
  `test_outbox.test_sgg_queue_order_and_duplicates`
- Grants.gov: a request for changes voids every approval:
  `test_sgg_revision_takes_back_no_conclusion`
- Frappe `confirm_action`: who holds the mail approves:
  `test_outbox.test_frappe_confirm_action`
- Frappe `clear_old_workflow_actions`: others' tasks are deleted:
  `test_sweep.test_frappe_clear_old_workflow_actions`
- pretix `send_draft`: a row stays in sending for ever:
  `test_outbox.test_pretix_send_draft`
- open-forms #4381, Indico #5362: sent, it says, though it failed:
  `test_outbox.test_of_4381_and_indico_5362`
- Indico #1006: a letter does not arrive and nobody can tell:
  `test_indico_1006`
- openreview #412: the right person is left out:
  `test_openreview_412_the_person_who_left_is_not_written_to`
- forms-runner #1568: an automatic answer is taken for a bounce:
  `test_bounces.test_what_is_no_bounce_is_none`
- OpenCPS: a day after its end it still says "due today":
  `test_deadlines.test_the_weekend_after_the_last_day_is_late`
- Khuyến công app: the present state comes from the client:
  `test_kc_the_present_state_is_not_the_callers_to_say`
- Khuyến công app `DeleteAsync`: a settled case can be deleted:
  `test_kc_delete_nothing_that_was_handed_in_can_be_deleted`
- Khuyến công app: the page shows another limit than is applied:
  `test_kc_cap_the_limit_that_is_shown_is_the_one_that_holds`

Left out because it is of the web: the Khuyến công app's page of any case for anybody (`GET /dean/{id}`).
"""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from definitions.bundle import shipped
from definitions.calendar import Calendar, CalendarYear, DayOff
from definitions.errors import CalendarNotPublished
from definitions.process import DeadlineRule
from definitions.registers import Agency
from khuyencong.demo.acts import Act
from notifications.channels import SmtpChannel
from store.counters import UNDELIVERED, read_counters
from store.errors import StorageFault
from tests.daywork import CODE, HEAD, Desk, desk_on
from tests.offices import APPRAISER, Office, morning_of, stage_of
from tests.smtp import MailServer
from tests.test_cli_output import ALL
from workflow.addresses import is_address
from workflow.bounds import smallest
from workflow.deadlines import Deadline, days_left, elapsed, pause, resume, start
from workflow.errors import NoSuchAction, Refused, StaleProposal
from workflow.proposal import FactValue
from workflow.service.accounts import deactivate
from workflow.service.acting import Request, act, look
from workflow.service.reaching import set_address

pytest_plugins = ("tests.office_fixtures",)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)
CALENDAR = shipped().calendar
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FOLDER = Path(__file__).parent
#: The first is an address, and nothing else is.
WORDS = ("co-so@example.vn", "cơ-sở@example.vn", "a@b", "a b@example.vn", "@example.vn")
#: Where else the defects are tried, by the file and the test; the rest stand below.
ELSEWHERE = {
    "a missed day is a lost reminder": ("test_firing", "test_hypha_notify_report_due"),
    "one bad template blocks all later reminders": ("test_outbox", "test_hypha_send_reminders"),
    "one bad case blocks all later reminders": ("test_sweep", "test_hypha_send_reminders"),
    "every failure of mail is swallowed": ("test_outbox", "test_hypha_send_mail_task"),
    "runs overlap, and mail about what is late doubles daily": ("test_sweep", "test_cps_action_overdue_scheduler"),
    "a job begins beside itself": ("test_scheduler", "test_cps_action_overdue_scheduler_runs_never_overlap"),
    "two dates for one reminder": ("test_firing", "test_fs_reminder_page_versus_dashboard"),
    "a mail names no case": ("test_outbox", "test_sgg_approval_email"),
    "order and duplicates of a queue are undefined": ("test_outbox", "test_sgg_queue_order_and_duplicates"),
    "whoever holds the mail approves": ("test_outbox", "test_frappe_confirm_action"),
    "open tasks of others are deleted": ("test_sweep", "test_frappe_clear_old_workflow_actions"),
    "a row stays in sending for ever": ("test_outbox", "test_pretix_send_draft"),
    "shown as sent though the mail failed": ("test_outbox", "test_of_4381_and_indico_5362"),
    "a day after its end it is due today": ("test_deadlines", "test_the_weekend_after_the_last_day_is_late"),
    "an automatic answer is taken for a bounce": ("test_bounces", "test_what_is_no_bounce_is_none"),
}


@pytest.mark.parametrize("defect", ELSEWHERE)
def test_every_known_defect_has_its_test(defect: str) -> None:
    """A test that was renamed or taken away is missed here."""
    file, name = ELSEWHERE[defect]

    assert f"\ndef {name}(" in (FOLDER / f"{file}.py").read_text(encoding="utf-8")


def test_hypha_activity_user_cascade(workplace: Office) -> None:
    """Deleting a user erased their history: here an account is closed, and every row that they left stays."""
    stage = stage_of(workplace)
    stage.perform("LC-02", Act(when=morning_of(4, 12), action="return", facts={"missing": "bản vẽ"}))
    before = workplace.notices()
    with workplace.store.read() as uow:
        entries, by = uow.history("LC-02"), uow.actor("quan-tri.ubnd-lai-chau", channel="cli")
    assert by is not None

    deactivate(workplace.store, workplace.house, username="tham-dinh.sct-lai-chau", by=by, at=morning_of(4, 13))

    with workplace.store.read() as uow:
        assert uow.history("LC-02") == entries
        assert uow.person(next(row.to_person for row in before if row.to_address == APPRAISER)).name
    assert workplace.notices() == before


RULE = next(rule for rule in shipped().process("kcdp").deadlines if rule.key == "base_appraisal")


def _started(rule: DeadlineRule, on: date, calendar: Calendar = CALENDAR) -> Deadline:
    return start(rule, seat="base_appraiser@sct-lai-chau", seq=2, on=on, plan_year=2018, calendar=calendar)


@given(on=st.dates(date(2017, 3, 1), date(2017, 10, 1)), days=st.integers(1, 30))
def test_cps_get_step_overdue(on: date, days: int) -> None:
    """The due date ignored one of its own inputs: here every one of them moves it."""
    ten = _started(RULE.model_copy(update={"days": days}), on)
    more = _started(RULE.model_copy(update={"days": days + 1}), on)
    calendar_days = _started(RULE.model_copy(update={"days": days + 7, "unit": "calendar"}), on)
    working_days = _started(RULE.model_copy(update={"days": days + 7}), on)
    closed = _without(CALENDAR, ten.last_day)

    assert more.last_day > ten.last_day
    assert working_days.last_day > calendar_days.last_day
    assert _started(RULE.model_copy(update={"days": days}), ten.last_day).last_day > ten.last_day
    assert _started(RULE.model_copy(update={"days": days}), on, closed).last_day > ten.last_day


def _without(calendar: Calendar, day: date) -> Calendar:
    """The calendar with one more day off."""
    year = calendar.years[day.year]
    off = DayOff(day=day, name="nghỉ thêm", basis=year.basis)
    changed = CalendarYear.model_validate({**year.model_dump(by_alias=True), "off": (*year.off, off)})
    return Calendar(tuple(changed if one.year == day.year else one for one in calendar.years.values()))


@given(pauses=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), max_size=6))
@example(pauses=[(4, 1), (4, 17), (4, 17), (2, 0)])
def test_cps_1254_asking_again_and_again_makes_nothing_late(pauses: list[tuple[int, int]]) -> None:
    """Three or four requests for supplements made a case late: here what ran and what is left make the allowance."""
    deadline, on = _started(RULE, date(2017, 4, 10)), date(2017, 4, 10)
    worked = 0
    for ran, stood in pauses:
        worked += sum(CALENDAR.is_working(on + day * DAY) for day in range(1, ran + 1))
        on = on + ran * DAY
        late, last, allowed = deadline.passed(on), deadline.last_day, RULE.days or 0
        deadline = pause(deadline, on=on, calendar=CALENDAR, reason="return")
        assert late or deadline.consumed == min(worked, allowed)
        # With nothing left on a day off, the next working day is the last one, and it is nobody's eleventh of ten.
        assert late or worked <= allowed or on == last
        on = on + stood * DAY
        deadline = resume(deadline, on=on, calendar=CALENDAR, reason="resubmit")

    used, left = elapsed(deadline, on, CALENDAR), days_left(deadline, on, CALENDAR)
    if used < (RULE.days or 0):
        assert used + left == RULE.days
    elif used == RULE.days:
        # Nothing is left and nothing is late: due that very day, on a day off the next working day.
        assert left == (not CALENDAR.is_working(on))


def test_fs_get_bank_holidays() -> None:
    """A calendar that could not be fetched was taken for one without holidays: here a missing year is an error."""
    with pytest.raises(CalendarNotPublished, match="2099"):
        CALENDAR.shift(date(2099, 1, 5), 3)


def test_fs_get_bank_holidays_needs_no_network() -> None:
    """Nothing that counts days can reach a network: no file of the rooms that do so imports one."""
    sources = (path for room in ("definitions", "workflow") for path in (FOLDER.parent / room).rglob("*.py"))

    assert [path.name for path in sources if _reaches_out(path.read_text(encoding="utf-8"))] == []


def _reaches_out(text: str) -> bool:
    return any(f"import {name}" in text or f"from {name}" in text for name in ("socket", "http", "urllib", "smtplib"))


def test_fs_approval_banner(workplace: Office) -> None:
    """A confirmation named other readers than those who got the mail: here one decision makes both."""
    act, stage = Act(when=morning_of(4, 12), action="return", facts={"missing": "bản vẽ"}), stage_of(workplace)
    with workplace.store.read() as uow:
        seq = uow.proposal("LC-02").last_seq + 1
    by = next(actor for actor in stage.cast if actor.seat("base_appraiser", "sct-lai-chau", act.when.date()))
    case = look(workplace.store, workplace.house, code="LC-02", by=by, at=act.when)
    said = next(one for one in case.offers if one.view.attempt.transition.action == act.action).consequence.notices

    stage.perform("LC-02", act)

    told = {(row.notice, row.to_name, row.channel) for row in workplace.notices() if row.seq == seq}
    assert {(row.notice, row.to.name, row.channel) for row in said} == told != set()


def test_indico_1006(workplace: Office, mail_server: MailServer) -> None:
    """Letters of decisions did not arrive and nobody could tell: here one that no server takes is counted in a day."""
    mail_server.answer(APPRAISER, 450)
    channel = SmtpChannel(host=mail_server.host, port=mail_server.port, sender="kc@so.example", timeout=5)
    workplace.deliver(MONDAY, channel)

    with workplace.store.transaction(writes=False) as transaction:
        soon = read_counters(transaction, at=MONDAY + timedelta(hours=1)).letters_undelivered
        late = read_counters(transaction, at=MONDAY + UNDELIVERED).letters_undelivered
        strict = read_counters(transaction, at=MONDAY + 5 * HOUR, undelivered=4 * HOUR).letters_undelivered

    assert (soon, late, strict) == (0, 1, 1)


def test_openreview_412_the_person_who_left_is_not_written_to(workplace: Office) -> None:
    """A reminder left the right person out: here it goes to whoever sits there when it fires, to today's address."""
    with workplace.store.read() as uow:
        by = uow.actor("quan-tri.ubnd-lai-chau", channel="cli")
    assert by is not None
    new = "moi@sct-lai-chau.example"
    set_address(
        workplace.store, workplace.house, username="tham-dinh.sct-lai-chau", address=new, by=by, at=morning_of(4, 20)
    )

    workplace.sweep(morning_of(4, 24))

    assert {row.to_address for row in workplace.notices("due-today")} >= {new}
    assert APPRAISER not in {row.to_address for row in workplace.notices("due-today")}


@pytest.mark.parametrize("mailbox", ["vanthu", "văn-thư@sct.vn", "a@b", "a b@sct.vn", "a@sct.vn\nBcc: x@y.vn"])
def test_an_impossible_mailbox_is_refused_when_it_is_published(mailbox: str) -> None:
    """An agency's mailbox is read with its register: what no server would take is a fault of the file."""
    known = shipped().agencies["sct-lai-chau"]

    with pytest.raises(ValueError, match="mailbox"):
        Agency.model_validate({**known.model_dump(by_alias=True), "mailbox": mailbox})


@pytest.mark.parametrize("process", ["kcdp", "kcqg"])
def test_an_impossible_address_of_a_beneficiary_is_refused_when_it_is_typed(process: str) -> None:
    """Never at midnight, when the notice should go out."""
    field = next(one for one in shipped().process(process).data if one.key == "beneficiary_email")
    assert field.pattern is not None

    taken = [word for word in WORDS if re.fullmatch(field.pattern, word)]

    assert taken == ["co-so@example.vn"]
    assert [word for word in WORDS if is_address(word)] == taken


FORWARDED = ("phieu_tham_dinh", "bieu_tong_hop")


def forwarding(desk: Desk, amount: int) -> dict[str, FactValue]:
    """What the Sở's letter to Sở Tài chính says."""
    number: dict[str, FactValue] = {"letter_number": "128/SCT-QLCN", "letter_date": desk.at(1).date()}
    return {"by": "staff", "recommended_amount": amount, "priority_rank": 1, **number}


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same proposal in memory, for what does not depend on where it is kept."""
    with desk_on("memory", request, tmp_path) as found:
        yield found


def test_sgg_revision_takes_back_no_conclusion(desk: Desk) -> None:
    """Any request for changes voided every approval: here what was concluded stays, and what stops is said before."""
    says = forwarding(desk, 200_000_000)
    desk.act("forward", HEAD, desk.at(1), *FORWARDED, **says)
    before, finance = desk.now, desk.who("giam-doc.stc-lai-chau")
    case = look(desk.stage.store, desk.stage.house, code=CODE, by=finance, at=desk.at(2))
    (offer,) = [one for one in case.offers if one.view.attempt.transition.action == "return"]

    desk.act("return", "giam-doc.stc-lai-chau", desk.at(2), questions="Đề nghị giải trình")

    after, stopped = desk.now, {row.rule for row in offer.consequence.changes.ended}
    assert {key: after.data[key] for key in says} == says
    assert after.past[: len(before.past)] == before.past
    assert {rule for rule, row in desk.deadlines.items() if row.state == "paused"} == stopped != set()


def test_kc_the_present_state_is_not_the_callers_to_say(desk: Desk) -> None:
    """The state came with the request: here only the action does, of the state and revision that are stored."""
    stale = Request(code=CODE, action="return", facts={"missing": "Thiếu dự toán"}, revision=desk.now.revision - 1)
    other = Request(code=CODE, action="settle", facts={})

    for request, refusal in ((stale, StaleProposal), (other, NoSuchAction)):
        with pytest.raises(refusal):
            act(desk.stage.store, desk.stage.house, request, by=desk.who(HEAD), at=desk.at(1))

    assert "state" not in Request.__struct_fields__
    assert desk.now.state == "submitted"


def test_kc_delete_nothing_that_was_handed_in_can_be_deleted(workplace: Office) -> None:
    """A settled case could be deleted: here no command deletes one, and the database itself refuses for its history."""
    with workplace.store.read() as uow:
        before = uow.history("LC-02")

    with pytest.raises(StorageFault), workplace.store.transaction(writes=True) as transaction:
        transaction.execute("DELETE FROM entry WHERE subject = 'LC-02'")

    assert [path for path, _ in ALL if {"delete", "remove", "purge"} & set(path)] == [("webhook", "remove")]
    with workplace.store.read() as uow:
        assert uow.history("LC-02") == before


@pytest.mark.parametrize("more", [0, 1])
def test_kc_cap_the_limit_that_is_shown_is_the_one_that_holds(desk: Desk, more: int) -> None:
    """The page said 100 % and the server 70 %: here what is shown is asked of the rule that refuses."""
    case = look(desk.stage.store, desk.stage.house, code=CODE, by=desk.who(HEAD), at=desk.at(1))
    (offer,) = [one for one in case.offers if one.view.attempt.transition.action == "forward"]
    field = offer.view.transition.fact("recommended_amount")
    assert field is not None
    shown = smallest(field.max, offer.view.attempt)
    assert isinstance(shown, int)

    with pytest.raises(Refused) if more else nullcontext():
        desk.act("forward", HEAD, desk.at(1), *FORWARDED, **forwarding(desk, shown + more))

    assert (desk.now.state == "forwarded") == (not more)
