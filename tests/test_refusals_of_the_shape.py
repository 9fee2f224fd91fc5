"""Refusals of what passed silently before: files that are not what they say, and dates and findings that do not fit."""

from datetime import date

import pytest

from khuyencong.demo.acts import at as hour
from tests.refusing import TRIEU, codes, refusal, trying
from tests.rehearsal import Case, Scene, final, perform, scene
from workflow.changing import changed
from workflow.proposal import FactValue


def _submitted_with(code: str, **data: FactValue) -> set[str]:
    """The codes with which the submission of a sample is refused when its draft says something else."""
    told = scene(code, "submit")
    proposal = changed(told.before.proposal, data={**told.before.proposal.data, **data})
    other: Scene = changed(told, before=changed(told.before, proposal=proposal))
    return codes(refusal(other))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"is_task": True}, "unmet.not_a_task"),
        ({"is_task": True}, "unmet.task_names_beneficiary"),
        ({"is_group": True}, "unmet.group_names_beneficiary"),
        ({"is_task": True, "is_group": True}, "unmet.task_and_group"),
        ({"units": 1000}, "unmet.units_of_one"),
        ({"commune": ""}, "unmet.missing_data"),
    ],
)
def test_a_file_is_what_it_says(data: dict[str, FactValue], expected: str) -> None:
    """A machine cannot be called a task or a group to leave place and trade unasked or to multiply the cap."""
    found = _submitted_with("LC-03", **data)

    assert expected in found


def test_the_next_year_is_one_year() -> None:
    """A contract carried into the next year ends by 31/12 of that year, however the date is typed."""
    case, day = final("LC-08"), date(2026, 11, 23)
    asked = perform(case, "request_adjust", {"kind": "next_year", "reason": "Chậm vốn"}, at=hour(day)).after
    decision: dict[str, FactValue] = {"kind": "next_year", "decision_number": "9/QĐ", "decision_date": day}

    refused = trying(asked, "adjust", {**decision, "contract_end": date(2090, 12, 31)}, day)
    granted = perform(asked, "adjust", {**decision, "contract_end": date(2027, 12, 31)}, at=hour(day))

    assert "unmet.above_max" in codes(refused)
    assert granted.after.proposal.day("contract_end") == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("action", "fact"),
    [("inspect", "visit_date"), ("advance", "paid_on"), ("complete", "completed_on"), ("monitor", "accepted_on")],
)
def test_nothing_is_dated_before_the_contract(action: str, fact: str) -> None:
    """A visit, payment, completion or acceptance of 2012 on a contract of 2019 is a slip of the pen, and told."""
    told = scene("LC-01", action)

    assert "unmet.below_min" in codes(refusal(told, facts={**told.act.facts, fact: date(2012, 1, 2)}))


def _inspected(case: Case, day: date, percent: int, finding: str) -> Case:
    facts: dict[str, FactValue] = {"visit_date": day, "finding": finding, "confirmed_percent": percent}
    return perform(case, "inspect", facts, at=hour(day)).after


def test_the_newest_inspection_counts_and_a_violation_stops_payment() -> None:
    """Progress is what was confirmed last; after a violation nothing is paid until a later visit clears it."""
    case = scene("LC-01", "advance").before
    payment: dict[str, FactValue] = {"amount": 10 * TRIEU, "paid_on": date(2019, 6, 18), "treasury_ref": "KB-1"}
    worse = _inspected(case, date(2019, 6, 13), 5, "violation")
    cleared = _inspected(worse, date(2019, 6, 14), 85, "met")

    refused = trying(worse, "advance", payment, date(2019, 6, 18))
    paid = perform(cleared, "advance", payment, at=hour(date(2019, 6, 18)))

    assert codes(refused) >= {"unmet.progress_evidence", "unmet.no_violation"}
    assert paid.after.proposal.total("advance", "amount") == 10 * TRIEU


def test_money_is_not_appraised_without_its_source() -> None:
    """Sở Tài chính confirms that there is money, or sends the file back."""
    told = scene("LC-02", "appraise")

    assert codes(refusal(told, facts={**told.act.facts, "source_confirmed": False})) == {"unmet.must_be"}


@pytest.mark.parametrize("period", ["1999-01", "2019-12"])
def test_a_report_is_for_a_month_of_the_contract(period: str) -> None:
    """A month before the contract, or one that has not begun, is refused: a slip must leave nothing overdue unseen."""
    told = scene("LC-01", "report", nth=2)

    assert codes(refusal(told, facts={**told.act.facts, "period": period})) == {"unmet.period_open"}


def test_what_is_accepted_is_no_more_than_its_lines() -> None:
    """A group's accepted amount stays within what was accepted line by line, and a line may be accepted again."""
    case, day = final("LC-07"), date(2026, 7, 27)
    plan: dict[str, FactValue] = {"plan_number": "7/KH", "plan_date": day, "lines": 3}
    fund = {**scene("LC-06", "fund").act.facts, "contract_value": 400 * TRIEU, "contract_date": day}
    case = perform(perform(case, "approve_plan", plan, at=hour(day)).after, "fund", fund, at=hour(day, 11)).after
    for number, amount in enumerate((130, 150, 100, 110)):
        line = f"Cơ sở {min(number, 2) + 1}"
        accepted: dict[str, FactValue] = {"accepted_line": line, "accepted_on": date(2026, 9, 14)}
        accepted["line_accepted_amount"] = amount * TRIEU
        case = perform(case, "accept_line", accepted, at=hour(date(2026, 9, 14), 9 + number)).after
    done: dict[str, FactValue] = {"completed_on": date(2026, 9, 15), "invested_total": 800 * TRIEU}
    case = perform(case, "complete", done, at=hour(date(2026, 9, 15))).after
    minutes: dict[str, FactValue] = {"accepted_on": date(2026, 9, 16), "form": "mau_5a"}

    refused = trying(case, "monitor", {**minutes, "accepted_amount": 400 * TRIEU}, date(2026, 9, 16))
    monitored = perform(case, "monitor", {**minutes, "accepted_amount": 390 * TRIEU}, at=hour(date(2026, 9, 16)))

    assert "unmet.above_max" in codes(refused)
    assert monitored.after.proposal.state == "monitored"
