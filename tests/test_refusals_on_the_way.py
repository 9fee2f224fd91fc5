"""Refusals of group plans, adjustments, stops and direct files: what must have happened on the way."""

from datetime import date, timedelta

import pytest

from khuyencong.demo.acts import at as hour
from tests.refusing import TRIEU, about, codes, trying
from tests.rehearsal import (
    CAST,
    Case,
    Scene,
    attempt_of,
    begun,
    final,
    papers_of,
    perform,
    scene,
    stories,
)
from workflow.authority import Situation
from workflow.changing import changed
from workflow.engine import advance
from workflow.errors import NoSuchAction, Refused
from workflow.ownership import owner_seats
from workflow.proposal import FactValue, legal_day


def _plan(case: Case, lines: int, day: date) -> Refused | Scene:
    facts: dict[str, FactValue] = {"plan_number": "7/KH", "plan_date": day, "lines": lines}
    try:
        return perform(case, "approve_plan", facts, at=hour(day))
    except Refused as refused:
        return refused


def _line(case: Case, day: date, **changed: FactValue) -> Case:
    facts = {**scene("LC-07", "plan_line").act.facts, **changed}
    return perform(case, "plan_line", facts, at=hour(day)).after


def test_a_group_is_contracted_only_on_its_approved_plan() -> None:
    """LC-07: without the plan, and with a line added after it, `fund` waits for the Sở."""
    case, day = final("LC-07"), date(2026, 7, 27)
    facts = {**scene("LC-06", "fund").act.facts, "contract_value": 400 * TRIEU, "contract_date": day}
    facts["contract_end"] = date(2026, 12, 20)

    refused = trying(case, "fund", facts, day)
    planned = _plan(case, 3, day)
    assert isinstance(planned, Scene)
    grown = _line(planned.after, day, line="Cơ sở 4", line_amount=1)

    assert (codes(refused), refused.unmet[0].lifted_by) == (
        {"unmet.group_plan_approved"},
        ("base_appraiser@sct-lai-chau",),
    )
    assert perform(planned.after, "fund", facts, at=hour(day)).after.proposal.state == "funded"
    assert codes(trying(grown, "fund", facts, day)) == {"unmet.group_plan_approved"}


def test_each_line_of_a_group_plan_is_eligible_and_within_the_ceiling() -> None:
    """A place that is none, an amount above the line's ceiling, a wrong count and too large a sum are all told."""
    case, day = final("LC-07"), date(2026, 7, 27)
    odd = _line(case, day, line="Cơ sở 1", line_commune="atlantis")
    large = _line(case, day, line="Cơ sở 1", line_amount=131 * TRIEU)

    places, amounts, count = _plan(odd, 3, day), _plan(large, 3, day), _plan(case, 2, day)

    assert isinstance(places, Refused)
    assert [unmet.params["commune"] for unmet in places.unmet] == ["atlantis"]
    assert isinstance(amounts, Refused)
    assert codes(amounts) == {"unmet.line_above_ceiling", "unmet.lines_above_approval"}
    assert isinstance(count, Refused)
    assert "unmet.lines_counted" in codes(count)


def test_a_line_that_was_recorded_wrongly_can_be_recorded_again() -> None:
    """The last record of a line counts, so a slip of the pen does not end a group proposal."""
    case, day = final("LC-07"), date(2026, 7, 27)
    slip = _line(case, day, line_amount=250 * TRIEU)

    mended = _line(slip, day, line_amount=130 * TRIEU)

    assert isinstance(_plan(slip, 3, day), Refused)
    assert isinstance(_plan(mended, 3, day), Scene)


def _asked(case: Case, kind: str, day: date) -> Case:
    return perform(case, "request_adjust", {"kind": kind, "reason": "Do mưa lũ."}, at=hour(day)).after


def _decision(day: date, kind: str, **changed: FactValue) -> dict[str, FactValue]:
    return {"kind": kind, "decision_number": "3/QĐ", "decision_date": day, **changed}


@pytest.mark.parametrize(
    ("code", "kind", "owner"),
    [
        ("LC-02", "increase_support", "approver@ubnd-lai-chau"),
        ("LC-02", "change_activity", "approver@ubnd-lai-chau"),
        ("LC-02", "next_year", "approver@ubnd-lai-chau"),
        ("LC-02", "place", "base_appraiser@sct-lai-chau"),
        ("LC-02", "other", "base_appraiser@sct-lai-chau"),
        ("LC-01", "increase_support", "approver@bct"),
        ("LC-01", "next_year", "approver@bct"),
        ("LC-01", "beneficiary", "funder@cuc-khuyen-cong"),
        ("LC-01", "decrease_or_same", "funder@cuc-khuyen-cong"),
        ("LC-07", "place", "base_appraiser@sct-lai-chau"),
        ("LC-07", "time", "funder@cuc-khuyen-cong"),
    ],
)
def test_who_decides_an_adjustment_depends_on_what_was_asked(code: str, kind: str, owner: str) -> None:
    """The authority matrix of section 5, for deciding and for refusing alike; another kind is not decided."""
    case = final(code) if code == "LC-07" else scene(code, "fund").after
    day = legal_day(case.proposal.last_at) + timedelta(days=3)

    asked = _asked(case, kind, day)

    for action in ("adjust", "refuse_adjust"):
        assert owner_seats(attempt_of(asked, action, at=asked.proposal.last_at)) == (owner,)
    assert asked.running("adjustment").seat == owner
    other = "partner" if kind != "partner" else "other"
    refused = trying(asked, "adjust", _decision(day, other), day + timedelta(days=1))
    assert "unmet.other_request" in codes(refused)


def test_an_adjustment_changes_what_was_asked_and_nothing_else() -> None:
    """More money only by an increase, another end only by time or next_year; one request at a time."""
    case, day = scene("LC-02", "fund").after, date(2018, 3, 1)
    time = _asked(case, "time", day)
    increase = _asked(case, "increase_support", day)

    end, next_day = date(2018, 11, 30), day + timedelta(days=1)
    longer = perform(time, "adjust", _decision(next_day, "time", contract_end=end), at=hour(next_day))
    money = trying(time, "adjust", _decision(next_day, "time", approved_amount=TRIEU), next_day)
    less = trying(increase, "adjust", _decision(next_day, "increase_support", approved_amount=TRIEU), next_day)
    beyond = trying(time, "adjust", _decision(next_day, "time", contract_end=date(2019, 1, 1)), next_day)

    assert longer.after.proposal.data["contract_end"] == end
    assert longer.after.running("contract_end").last_day == end
    assert "unmet.fits_kind" in codes(money)
    assert {"unmet.below_min", "unmet.adjusts_the_other_way"} <= codes(less)
    assert {"unmet.above_max", "unmet.contract_ends_in_plan_year"} == codes(beyond)
    assert codes(trying(time, "request_adjust", {"kind": "time", "reason": "x"}, next_day)) == {"unmet.no_open_request"}
    assert "unmet.no_open_request" in codes(
        trying(time, "complete", {"completed_on": next_day, "invested_total": 1_500 * TRIEU}, next_day)
    )


def test_an_old_approval_is_not_judged_by_a_later_ceiling() -> None:
    """Extending the contract of a proposal whose amount is above today's ceiling changes no amount, so it passes."""
    case = scene("LC-04", "fund").after
    proposal = changed(case.proposal, data={**case.proposal.data, "approved_amount": 600 * TRIEU})
    time = _asked(changed(case, proposal=proposal), "time", date(2025, 7, 1))
    day = date(2025, 7, 3)

    adjusted = perform(time, "adjust", _decision(day, "time", contract_end=date(2025, 12, 30)), at=hour(day))

    assert adjusted.after.proposal.amount("approved_amount") == 600 * TRIEU


def test_after_a_cut_no_more_is_paid_than_is_still_approved() -> None:
    """A lowered approval binds the contract that was signed before it."""
    case, day = scene("LC-02", "inspect").after, date(2018, 6, 13)
    cut = perform(
        _asked(case, "decrease_or_same", day),
        "adjust",
        _decision(day, "decrease_or_same", approved_amount=100 * TRIEU),
        at=hour(day, 11),
    ).after
    pay = scene("LC-02", "advance").act.facts

    refused = trying(cut, "advance", {**pay, "amount": 70 * TRIEU + 1}, date(2018, 6, 18))

    assert [unmet.params["limit"] for unmet in about(refused, "unmet.advance_rate")] == [70 * TRIEU]
    paid = perform(cut, "advance", {**pay, "amount": 70 * TRIEU}, at=hour(date(2018, 6, 18)))
    assert paid.after.proposal.total("advance", "amount") == 70 * TRIEU


def test_a_proposal_is_stopped_outright_only_while_nothing_is_paid() -> None:
    """Paid money must come back first, or the stop settles what was done; a stopped file is closed, not settled."""
    paid, day = scene("LC-02", "advance").after, date(2018, 7, 2)
    stop: dict[str, FactValue] = {"cause": "no_funds", "decision_number": "1/QĐ", "decision_date": day}
    done = {**stop, "done_value": 50 * TRIEU}

    outright = trying(paid, "stop", stop, day)
    unpaid = trying(scene("LC-02", "fund").after, "stop_and_settle", done, day)
    halted = perform(paid, "stop_and_settle", done, at=hour(day)).after
    closing: dict[str, FactValue] = {"liquidation_number": "1/TL", "liquidation_date": day}
    owed = trying(halted, "close", {**closing, "settled_amount": 50 * TRIEU}, day)

    assert (codes(outright), outright.unmet[0].lifted_by) == ({"unmet.nothing_paid"}, ("funder@sct-lai-chau",))
    assert codes(unpaid) == {"unmet.something_paid"}
    assert "unmet.no_stop_decision" in codes(trying(halted, "settle", {**closing, "settled_amount": 0}, day))
    assert "unmet.money_squared" in codes(owed)
    refund: dict[str, FactValue] = {"amount": 160 * TRIEU, "paid_on": day, "treasury_ref": "KB-2"}
    squared = perform(halted, "refund", refund, at=hour(day)).after
    closed = perform(squared, "close", {**closing, "settled_amount": 50 * TRIEU}, at=hour(day)).after
    assert closed.proposal.state == "stopped"


def test_what_has_run_out_of_time_only_is_taken_back_or_rejected() -> None:
    """Taking a file back and rejecting an unmended one are open only after the deadline of the other side."""
    case = scene("LC-05", "return").after
    back: dict[str, FactValue] = {"take_back_note": "Quá hạn."}

    early = trying(case, "take_back", back, case.running("explanation").last_day)
    late = perform(case, "take_back", back, at=hour(case.running("explanation").last_day + timedelta(days=1)))

    assert (codes(early), early.unmet[0].lifted_by) == ({"unmet.deadline_passed"}, ("time",))
    assert (late.step.role, late.after.proposal.state) == ("estimate_appraiser", "forwarded")


def test_a_file_goes_straight_to_the_cuc_only_from_several_provinces_or_a_regional_centre() -> None:
    """Row 5b rests on the proposal's data, never on a fact given with the step."""
    facts = {**scene("LC-01", "submit").act.facts, "letter_date": date(2018, 5, 2)}
    one = stories()["LC-01"]
    many = changed(one, data={**one.data, "scope": "multi_province"})
    regional = changed(one, implementer="ttkcqg-vung")

    assert codes(trying(begun(one), "forward", facts, date(2018, 5, 2))) == {"unmet.direct_only"}
    for story in (many, regional):
        assert perform(begun(story), "forward", facts, at=hour(date(2018, 5, 2))).after.proposal.state == "forwarded"


def test_nothing_can_be_done_to_an_ended_proposal() -> None:
    """An end has no action at all, whoever asks."""
    ended = [code for code in stories() if final(code).situation.process.state(final(code).proposal.state).end]
    actions = {move.action for code in ended for move in final(code).situation.process.transitions}

    assert len(ended) > 10
    for code in ended:
        for action in actions:
            case = final(code)
            with pytest.raises(NoSuchAction):
                advance(case.proposal, action, situation=case.situation, by=CAST[0], at=case.proposal.last_at)


def test_where_nobody_is_appointed_nobody_is_let_in() -> None:
    """A role without an agency refuses everyone and says that nobody can lift it."""
    done = scene("LC-01", "forward")
    bare = changed(done.before.situation.law, appointments=())
    situation: Situation = changed(done.before.situation, law=bare)

    with pytest.raises(Refused) as refused:
        advance(
            done.before.proposal,
            "forward",
            situation=situation,
            by=done.by,
            at=done.at,
            facts=done.act.facts,
            documents=papers_of(done.before.transition("forward")),
        )

    assert [(unmet.code, unmet.lifted_by) for unmet in refused.value.unmet] == [("unmet.no_agency", ("nobody",))]
