"""More days by decision: with a reason, bounded, in time, by who leads; and why a late one is late."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from khuyencong.access import USE_CASES
from store.database import Database
from store.log import verify
from tests.daywork import CENTRE, CODE, HEAD, OFFICER, Desk, desk_on
from tests.moving import explanations
from tests.test_correcting import waiting
from workflow.errors import NotOwner, Refused
from workflow.extending import Excuse, Wish
from workflow.house import House
from workflow.reminder_words import reminder_words
from workflow.reminding import morning
from workflow.service.correcting import correct
from workflow.service.extending import Extended, explain_lateness, extend_deadline
from workflow.service.situations import context_of, situation_of
from workflow.storage import Reminder, Store


@pytest.fixture(params=("memory", "sqlite", "postgresql"))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở since Monday 10/04/2017; its ten working days end on the 24th."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same in memory."""
    with desk_on("memory", request, tmp_path) as found:
        yield found


def extend(
    desk: Desk, days: int, by: str = HEAD, on: int = 7, rule: str = "base_appraisal", reason: str = "xác minh thực địa"
) -> Extended:
    wish = Wish(rule=rule, days=days, reason=reason, decision="45/QĐ-SCT")
    return extend_deadline(desk.stage.store, desk.stage.house, wish, code=CODE, by=desk.who(by), at=desk.at(on))


def promised(desk: Desk) -> list[Reminder]:
    """The reminders of a promised day that will still fire."""
    return [row for row in waiting(desk, "base_appraisal") if row.offset.startswith("promised-")]


def codes(error: Refused) -> list[str]:
    return [unmet.code for unmet in error.unmet]


def proven(desk: Desk) -> None:
    """History alone leads to what is stored."""
    if isinstance(desk.stage.store, Database):
        with desk.stage.store.transaction(writes=False) as transaction:
            assert verify(transaction).findings == ()


def test_an_extension_moves_the_last_day_and_the_reminders(desk: Desk) -> None:
    """Five working days more: a new last day and epoch, old reminders superseded, the decision in the history.

    What began before does not begin again: nobody is told of a new proposal a second time.
    """
    ahead = waiting(desk, "base_appraisal")

    done = extend(desk, 5)

    after, entry = desk.deadlines["base_appraisal"], desk.history[-1]
    assert (done.before.last_day, done.after.last_day) == (date(2017, 4, 24), date(2017, 5, 3))
    assert (after.allowance, after.epoch, after.state) == (15, 2, "running")
    assert entry.kind == "extended"
    assert desk.now.last_seq == entry.seq
    moved = {(row.offset, row.fire_at) for row in waiting(desk, "base_appraisal")}
    assert {offset for offset, _ in moved} == {"-5wd", "-2wd", "+0wd", "+1wd", "+3wd", "+5wd"}
    assert not moved & {(row.offset, row.fire_at) for row in ahead}
    proven(desk)


def test_unit_and_beneficiary_and_who_must_act_hear_of_it(desk: Desk) -> None:
    """The notice goes to the three sides."""
    extend(desk, 5)

    seats = {to.seat for to in desk.told(desk.now.last_seq)}

    assert seats == {"base_appraiser@sct-lai-chau", "implementer@ttkc-lai-chau", f"beneficiary@{CODE}"}


def test_the_explanation_names_the_decision_and_counts_on(memory: Desk) -> None:
    """Number, reason, from when to when; the lines count to fifteen."""
    extend(memory, 5)

    with memory.stage.store.read() as uow:
        told = next(row for row in explanations(uow, CODE, date(2017, 4, 18)) if row["rule"] == "base_appraisal")

    (extension,) = told["extensions"]
    assert extension["decision_number"] == "45/QĐ-SCT"
    assert extension["reason"] == "xác minh thực địa"
    assert (extension["before"], extension["last_day"]) == ("2017-04-24", "2017-05-03")
    assert [line["number"] for line in told["lines"] if line["counts"]] == list(range(1, 16))
    assert told["agrees"]


def test_the_days_given_survive_a_pause(desk: Desk) -> None:
    """Returned after the extension and sent in again: what was left of fifteen days goes on."""
    extend(desk, 5, on=2)
    desk.act("return", OFFICER, desk.at(4), missing="Thiếu dự toán")
    desk.act("resubmit", CENTRE, desk.at(14), "tai_lieu_bo_sung", answer="Đã bổ sung")

    after = desk.deadlines["base_appraisal"]

    assert (after.consumed, after.remaining) == (4, 11)
    proven(desk)


@pytest.mark.parametrize(
    ("days", "on", "rule", "reason", "code"),
    [
        (6, 7, "base_appraisal", "x", "unmet.extend_days"),
        (0, 7, "base_appraisal", "x", "unmet.extend_days"),
        (5, 7, "base_appraisal", "  ", "unmet.no_reason"),
        (5, 15, "base_appraisal", "x", "unmet.extend_late"),
        (5, 7, "plan_window", "x", "unmet.fixed_day"),
        (5, 7, "contract_end", "x", "unmet.not_extendable"),
        (5, 7, "opinion", "x", "unmet.not_extendable"),
        (5, 7, "no_such_rule", "x", "unmet.unknown_rule"),
        (5, 7, "acceptance", "x", "unmet.no_running_deadline"),
    ],
)
def test_what_is_not_allowed_is_refused_in_words(
    memory: Desk, days: int, on: int, rule: str, reason: str, code: str
) -> None:
    """Bounded, with a reason, never after expiry, never a fixed day; nothing has changed then."""
    before, chain = memory.deadlines, memory.history

    with pytest.raises(Refused) as refused:
        extend(memory, days, on=on, rule=rule, reason=reason)

    assert code in codes(refused.value)
    assert (memory.deadlines, memory.history) == (before, chain)


def test_who_names_a_monthly_duty_without_its_month_is_told_the_months(memory: Desk) -> None:
    """Not that there is none: which of them is meant has to be said."""
    excuse = Excuse(rule="monthly_report", reason="x", promised=date(2017, 5, 1))

    with pytest.raises(Refused) as refused:
        explain_lateness(
            memory.stage.store, memory.stage.house, excuse, code=CODE, by=memory.who(HEAD), at=memory.at(15)
        )

    assert codes(refused.value) == ["unmet.period_wanted"]


def test_on_the_last_day_it_is_still_in_time(memory: Desk) -> None:
    """24/04 is the last day: extended in its evening, not on the day after."""
    assert extend(memory, 5, on=14).after.last_day == date(2017, 5, 3)


def test_it_is_extended_once(memory: Desk) -> None:
    """A second decision is refused, however few its days."""
    extend(memory, 1)

    with pytest.raises(Refused) as refused:
        extend(memory, 1, on=8)

    assert codes(refused.value) == ["unmet.extended_already"]


def test_a_clock_that_stands_still_is_not_extended(memory: Desk) -> None:
    """While the unit supplements, the Sở's clock has all its days."""
    memory.act("return", OFFICER, memory.at(1), missing="Thiếu dự toán")

    with pytest.raises(Refused) as refused:
        extend(memory, 5)

    assert codes(refused.value) == ["unmet.extend_paused"]


@pytest.mark.parametrize("who", [OFFICER, CENTRE, "giam-doc.stc-lai-chau", "giam-doc.sct-da-nang", "thanh-tra"])
def test_only_who_leads_the_agency_extends(memory: Desk, who: str) -> None:
    """An officer signs no decision, and no other agency's head either."""
    with pytest.raises(NotOwner):
        extend(memory, 5, by=who)


def test_a_step_whose_clock_was_extended_since_is_not_taken_back(memory: Desk) -> None:
    """Taking the resubmission back would forget the days that were given to the clock it let go on."""
    memory.act("return", OFFICER, memory.at(1), missing="Thiếu dự toán")
    memory.act("resubmit", CENTRE, memory.at(2), "tai_lieu_bo_sung", answer="Đã bổ sung")
    extend(memory, 5, on=3)

    with pytest.raises(Refused) as refused:
        correct(
            memory.stage.store, memory.stage.house, code=CODE, reason="x", by=memory.who(CENTRE), at=memory.at(3, 1)
        )

    assert codes(refused.value) == ["unmet.extended_since"]


def _on(desk: Desk) -> tuple[Store, House]:
    return desk.stage.store, desk.stage.house


def excuse(desk: Desk, promised: date, by: str = OFFICER, on: int = 17) -> None:
    found = Excuse(rule="base_appraisal", reason="phải xác minh lại địa điểm", promised=promised)
    explain_lateness(desk.stage.store, desk.stage.house, found, code=CODE, by=desk.who(by), at=desk.at(on))


def test_who_is_late_says_why_and_promises_a_day(desk: Desk) -> None:
    """The letter goes to unit and beneficiary; the deadline stays where it was, and late."""
    before = desk.deadlines["base_appraisal"]

    excuse(desk, date(2017, 5, 5))

    assert desk.deadlines["base_appraisal"] == before
    assert desk.history[-1].kind == "promised"
    assert {to.seat for to in desk.told(desk.now.last_seq)} == {"implementer@ttkc-lai-chau", f"beneficiary@{CODE}"}
    proven(desk)


def test_the_promised_day_has_a_reminder_of_its_own(desk: Desk) -> None:
    """On its morning whose duty it is and their head are told, in the words of what is late, with the day promised."""
    excuse(desk, date(2017, 5, 5))

    assert {(row.seat, row.notice, row.fire_at) for row in promised(desk)} == {
        (f"{role}@sct-lai-chau", "overdue", morning(date(2017, 5, 5))) for role in ("base_appraiser", "head")
    }
    desk.act("reject", HEAD, desk.at(20), "thong_bao", reject_reason="no_funds", reason="Không cân đối được nguồn")
    assert promised(desk) == []


def test_a_promise_for_a_sunday_is_reminded_of_on_the_friday(memory: Desk) -> None:
    """No reminder goes out on a day off."""
    excuse(memory, date(2017, 5, 7))

    assert {row.fire_at for row in promised(memory)} == {morning(date(2017, 5, 5))}


def test_the_reminder_of_a_promised_day_names_it(memory: Desk) -> None:
    """Whoever reads it sees what was promised, and by how many days it is late."""
    excuse(memory, date(2017, 5, 5))
    (row, _) = promised(memory)
    with memory.stage.store.read() as uow:
        context = context_of(
            situation_of(uow, memory.now),
            memory.now,
            by=memory.who(OFFICER),
            at=row.fire_at,
            deadlines=uow.deadlines(CODE),
        )

    said = reminder_words(row, context, moment=row.fire_at, told=memory.stage.house.told)

    assert (said["ghi_chu"], said["n"]) == ("Ngày hẹn lại: 05/05/2017.", 7)


@pytest.mark.parametrize(
    ("promised", "on", "code"),
    [
        (date(2017, 4, 27), 17, "unmet.promise_day"),
        (date(2017, 5, 16), 17, "unmet.promise_day"),
        (date(2017, 4, 26), 14, "unmet.not_late"),
    ],
)
def test_a_promise_is_bounded_and_only_for_who_is_late(memory: Desk, promised: date, on: int, code: str) -> None:
    """After today, within ten working days, after the last day."""
    with pytest.raises(Refused) as refused:
        excuse(memory, promised, on=on)

    assert codes(refused.value) == [code]


def test_a_day_is_promised_once(memory: Desk) -> None:
    """Whoever breaks a promise does not get another."""
    excuse(memory, date(2017, 5, 5))

    with pytest.raises(Refused) as refused:
        excuse(memory, date(2017, 5, 8), on=18)

    assert codes(refused.value) == ["unmet.promised_already"]


@pytest.mark.parametrize("who", [CENTRE, "giam-doc.stc-lai-chau", "kiem-tra.sct-lai-chau"])
def test_only_whose_duty_it_is_answers_for_it(memory: Desk, who: str) -> None:
    """Neither the unit that waits, nor another agency, nor another role of the same."""
    with pytest.raises(NotOwner):
        excuse(memory, date(2017, 5, 5), by=who)


def test_both_are_in_the_table_of_rights() -> None:
    """What may be done is on the page of who may do what."""
    assert {"deadline extend", "deadline reason-late"} <= set(USE_CASES)
