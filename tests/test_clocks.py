"""Which deadline runs, stands still or ends in which state, and whose duty it is (process tables, 2 to 4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khuyencong.demo.acts import at as hour
from tests.rehearsal import Case, final, perform, scene, scenes
from workflow.deadlines import Deadline
from workflow.proposal import FactValue, legal_day


def live(case: Case) -> set[tuple[str, str]]:
    """The deadlines that run or stand still, but for the months."""
    return {(d.rule, d.state) for d in case.deadlines if d.is_live and not d.period}


CLOCKS = {
    ("LC-01", "submit"): {("base_appraisal", "running"), ("registration", "running")},
    ("LC-01", "forward"): {("ministry_appraisal", "running")},
    ("LC-01", "appraise"): {("approval", "running")},
    ("LC-01", "approve"): {("plan_year_end", "running")},
    ("LC-01", "allocate"): {("plan_year_end", "running"), ("contracting", "running")},
    ("LC-01", "fund"): {("contract_end", "running")},
    ("LC-01", "complete"): {("acceptance", "running")},
    ("LC-01", "monitor"): {("settlement_dossier", "running")},
    ("LC-01", "file_settlement"): {("liquidation", "running")},
    ("LC-01", "settle"): {("evaluation", "running")},
    ("LC-01", "evaluate"): set(),
    ("LC-02", "submit"): {("base_appraisal", "running")},
    ("LC-02", "forward"): {("estimate_appraisal", "running")},
    ("LC-02", "file_settlement"): {("treasury_papers", "running")},
    ("LC-05", "return"): {("estimate_appraisal", "paused"), ("explanation", "running")},
    ("LC-05", "withdraw"): set(),
    ("QN-12", "return"): {("base_appraisal", "paused"), ("supplement", "running")},
}


@pytest.mark.parametrize(("code", "action"), CLOCKS)
def test_the_clocks_of_a_state_are_those_of_the_tables(code: str, action: str) -> None:
    """After each step exactly these run or stand still (sections 2 and 3)."""
    found = live(scene(code, action).after)

    assert found == CLOCKS[code, action]


def test_each_duty_of_an_ordinary_course_is_met_by_who_had_it() -> None:
    """Nothing lapses on the main path, and every deadline names the seat of its agency."""
    deadlines = final("LC-02").deadlines

    assert {d.state for d in deadlines if not d.period} == {"met"}
    assert {d.rule: d.seat for d in deadlines if not d.period} == {
        "plan_window": "implementer@ttkc-lai-chau",
        "base_appraisal": "base_appraiser@sct-lai-chau",
        "estimate_appraisal": "estimate_appraiser@stc-lai-chau",
        "approval": "approver@ubnd-lai-chau",
        "plan_year_end": "funder@sct-lai-chau",
        "contracting": "funder@sct-lai-chau",
        "contract_end": "implementer@ttkc-lai-chau",
        "acceptance": "base_appraiser@sct-lai-chau",
        "settlement_dossier": "implementer@ttkc-lai-chau",
        "treasury_papers": "funder@sct-lai-chau",
        "evaluation": "evaluator@sct-lai-chau",
    }


def test_sending_back_meets_no_duty() -> None:
    """14/06 is met by the Sở that sends the file on, not by the one that sends it back; withdrawing meets nothing."""
    returned = perform(scene("LC-01", "submit").after, "return", {"missing": "x"}, at=hour(date(2018, 4, 12))).after
    again = perform(returned, "resubmit", {"answer": "x"}, at=hour(date(2018, 4, 16))).after
    withdrawn = perform(returned, "withdraw", {"reason": "x"}, at=hour(date(2018, 4, 16))).after

    assert returned.running("registration").state == "lapsed"
    assert (again.running("registration").state, again.running("registration").epoch) == ("running", 2)
    assert again.running("supplement").state == "met"
    assert {d.state for d in withdrawn.deadlines if d.rule in ("supplement", "base_appraisal")} == {"lapsed"}


def test_the_clock_of_the_department_stands_still_while_the_unit_supplements() -> None:
    """QN-12: submitted Monday 18/05/2026, returned on the 25th: five days used, five left after it comes back."""
    case = final("QN-12")

    again = perform(case, "resubmit", {"answer": "Đã bổ sung."}, at=hour(date(2026, 6, 1))).after

    assert (case.running("base_appraisal").consumed, case.running("base_appraisal").running_since) == (5, None)
    assert case.running("supplement").last_day == date(2026, 6, 8)
    assert (again.running("base_appraisal").last_day, again.running("base_appraisal").epoch) == (date(2026, 6, 8), 2)


def test_an_explanation_to_the_appraiser_resumes_its_clock() -> None:
    """Row 7, queried from forwarded: what was left of the ten days goes on."""
    asked = scene("LC-05", "return").after

    again = perform(asked, "resubmit", {"answer": "Đã giải trình."}, at=hour(date(2023, 5, 10))).after

    assert asked.running("estimate_appraisal").consumed == 5  # 25-28/04 and 04/05/2023.
    assert (again.running("estimate_appraisal").state, again.running("estimate_appraisal").last_day) == (
        "running",
        date(2023, 5, 17),
    )
    assert again.running("explanation").state == "met"


def test_an_explanation_to_the_approver_begins_a_new_appraisal() -> None:
    """Row 7, queried from appraised: the approver's clock lapses and the appraiser has the whole time again."""
    asked = perform(scene("LC-02", "appraise").after, "return", {"questions": "x"}, at=hour(date(2017, 5, 10))).after

    again = perform(asked, "resubmit", {"answer": "x"}, at=hour(date(2017, 5, 12))).after

    assert asked.running("approval").state == "paused"
    assert again.running("approval").state == "lapsed"
    renewed = again.running("estimate_appraisal")
    assert (renewed.state, renewed.epoch, renewed.last_day) == ("running", 2, date(2017, 5, 26))
    appraised = perform(again, "appraise", _appraisal(date(2017, 5, 16)), at=hour(date(2017, 5, 16))).after
    assert (appraised.running("approval").state, appraised.running("approval").epoch) == ("running", 2)


def _appraisal(day: date) -> dict[str, FactValue]:
    return {**scene("LC-02", "appraise").act.facts, "paper_date": day}


def test_contracting_starts_with_the_money_and_not_before() -> None:
    """Fifteen working days from the first allocation; a second one does not begin it anew."""
    approved, given_ = scene("LC-02", "approve").after, scene("LC-02", "allocate").after

    assert "contracting" not in {d.rule for d in approved.deadlines}
    assert given_.running("contracting").started_on == date(2018, 1, 18)
    assert given_.running("contracting").last_day == date(2018, 2, 8)
    first, second = scene("LC-07", "allocate").after, scene("LC-07", "allocate", nth=2).after
    assert first.running("contracting") == second.running("contracting")


def test_a_monthly_report_is_owed_for_each_month_of_the_contract() -> None:
    """From the month after signing to the one in which the contract ends, due on the 24th; a report meets its own."""
    funded, reported = scene("LC-02", "fund").after, scene("LC-02", "report", nth=2).after
    months = {d.period: (d.state, d.last_day) for d in reported.deadlines if d.period}

    assert [d.period for d in funded.deadlines if d.period] == [f"2018-{month:02d}" for month in range(2, 11)]
    assert months["2018-03"] == ("met", date(2018, 3, 24))
    assert months["2018-04"] == ("running", date(2018, 4, 24))


def test_completing_does_not_pass_for_the_reports_that_are_missing() -> None:
    """Months that were never reported lapse; they are not met, and what is still to come returns with a rework."""
    case = scene("LC-02", "advance").after
    done: dict[str, FactValue] = {"completed_on": date(2018, 8, 1), "invested_total": 1_500_000_000}
    completed = perform(case, "complete", done, at=hour(date(2018, 8, 1))).after
    defects: dict[str, FactValue] = {"defects": "Chưa lắp máy.", "fix_by": date(2018, 9, 14)}

    back = perform(completed, "return", defects, at=hour(date(2018, 8, 8))).after

    assert {completed.running("monthly_report", f"2018-{m:02d}").state for m in (6, 7, 8, 9, 10)} == {"lapsed"}
    assert {d.period for d in back.deadlines if d.period and d.is_live} == {"2018-08", "2018-09", "2018-10"}
    assert back.running("rework").last_day == date(2018, 9, 14)
    assert back.running("contract_end").state == "running"
    assert back.running("acceptance").state == "lapsed"


def test_another_end_of_the_contract_moves_the_months_that_are_owed() -> None:
    """Carried on to December the unit owes two more reports; cut short it owes fewer."""
    case = scene("LC-02", "fund").after
    asked = perform(case, "request_adjust", {"kind": "time", "reason": "x"}, at=hour(date(2018, 3, 1))).after

    longer, shorter = (_adjusted(asked, end) for end in (date(2018, 12, 20), date(2018, 5, 10)))

    assert [d.period for d in _months(longer)][-2:] == ["2018-11", "2018-12"]
    assert [d.period for d in _months(shorter)] == [f"2018-{month:02d}" for month in range(2, 6)]
    assert longer.running("contract_end").epoch == 2


def _adjusted(case: Case, end: date) -> Case:
    facts: dict[str, FactValue] = {
        "kind": "time",
        "decision_number": "1",
        "decision_date": date(2018, 3, 2),
        "contract_end": end,
    }
    return perform(case, "adjust", facts, at=hour(date(2018, 3, 2))).after


def _months(case: Case) -> list[Deadline]:
    return sorted((d for d in case.deadlines if d.period and d.is_live), key=lambda d: d.period)


def test_a_settlement_dossier_sent_back_gets_ten_working_days_of_its_own() -> None:
    """The fifteen days of the law are not begun again by the funder's return."""
    case = scene("LC-02", "file_settlement").after

    back = perform(case, "return", {"missing": "Thiếu Mẫu 8a."}, at=hour(date(2018, 11, 1))).after

    assert live(back) == {("settlement_rework", "running")}
    assert back.running("settlement_rework").last_day == date(2018, 11, 15)
    assert back.running("settlement_dossier").state == "met"
    assert back.running("treasury_papers").state == "lapsed"


def test_fifteen_days_run_from_the_acceptance_and_not_from_its_recording() -> None:
    """LC-06 was accepted on 12/11/2026: the dossier is due on the 27th even if it was recorded later."""
    done = scene("LC-06", "monitor")

    late = perform(done.before, "monitor", done.act.facts, at=done.at + timedelta(days=5)).after

    assert done.after.running("settlement_dossier").last_day == date(2026, 11, 27)
    assert late.running("settlement_dossier").last_day == date(2026, 11, 27)


def test_an_act_late_at_night_belongs_to_the_day_in_vietnam() -> None:
    """23:30 in Hà Nội is still that day, though in UTC too; 00:30 there is the next day, though not in UTC."""
    done = scene("LC-02", "submit")
    night = datetime(2017, 4, 10, 16, 30, tzinfo=UTC)
    after_midnight = datetime(2017, 4, 10, 17, 30, tzinfo=UTC)

    one = perform(done.before, "submit", done.act.facts, at=night).after
    two = perform(done.before, "submit", done.act.facts, at=after_midnight).after

    assert one.running("base_appraisal").started_on == date(2017, 4, 10)
    assert two.running("base_appraisal").started_on == date(2017, 4, 11)


@settings(max_examples=25)
@given(st.sampled_from(["LC-01", "LC-02", "QN-10", "LC-07", "QN-12", "DN-2026-0028"]))
def test_every_state_that_waits_has_a_clock_or_says_why_not(code: str) -> None:
    """No proposal waits without a deadline, but where the process file gives the reason."""
    for one in scenes(code):
        case = one.after
        state = case.situation.process.state(case.proposal.state)

        running = [d for d in case.deadlines if d.is_live]

        assert bool(running) != state.end, (code, one.act.action)
        assert all(d.started_on <= legal_day(one.at) for d in running)
