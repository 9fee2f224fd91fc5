"""The refusals that section 11 of the process tables ships as tests, and what lies next to them."""

from datetime import date, timedelta

import pytest

from khuyencong.demo.acts import at as hour
from khuyencong.demo.samples import cluster_plan, lantern_packaging, noodle_line, tan_uyen_bricks, wastewater
from tests.refusing import TRIEU, about, codes, refusal, trying
from tests.rehearsal import (
    Case,
    begun,
    perform,
    scene,
    scenes,
    situation_of,
    stories,
)
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.errors import NoSuchAction, Refused
from workflow.proposal import FactValue, legal_day


def _submission(case: Case, day: date) -> Refused:
    facts: dict[str, FactValue] = {
        "own_capital_committed": True,
        "no_double_support": True,
        "letter_number": "1/CV",
        "letter_date": day,
    }
    return trying(case, "submit", facts, day)


def test_six_hundred_million_do_not_fit_the_local_ceiling_of_2025() -> None:
    """LC-01 under LC25: a model of 600 triệu is above the cap of 500."""
    model = tan_uyen_bricks().data
    local = noodle_line()
    case = begun(changed(local, drafted=hour(date(2025, 5, 6)), data={**model, "plan_year": 2026}))

    refused = _submission(case, date(2025, 5, 12))

    (unmet,) = about(refused, "unmet.within_ceiling")
    assert (unmet.params["amount"], unmet.params["limit"]) == (600 * TRIEU, 500 * TRIEU)
    assert codes(refused) == {"unmet.within_ceiling"}


@pytest.mark.parametrize(("eligible", "limit"), [(900, 450), (10_000, 450), (898, 449)])
def test_one_million_more_breaks_either_limit_of_a_line(eligible: int, limit: int) -> None:
    """LC-04 with 451: half of the eligible cost and the cap of 450 triệu for a line both hold."""
    case = scene("LC-04", "appraise").after
    data = {**case.proposal.data, "eligible_cost": eligible * TRIEU, "appraised_amount": 451 * TRIEU}
    case = changed(case, proposal=changed(case.proposal, data=data))
    facts = {**scene("LC-04", "approve").act.facts, "approved_amount": 451 * TRIEU}

    refused = trying(case, "approve", facts, date(2025, 5, 16))

    (unmet,) = about(refused, "unmet.within_ceiling", "approved_amount")
    assert unmet.params["limit"] == limit * TRIEU
    assert codes(refused) == {"unmet.within_ceiling", "unmet.above_max"}


def test_a_ward_of_a_city_run_by_the_centre_is_not_eligible_in_2026() -> None:
    """QN-11's establishment, now in phường Hội An of Đà Nẵng: no craft village, so no support."""
    story = changed(
        lantern_packaging(),
        programme="da-nang-2026-2030",
        implementer="ttkc-da-nang",
        drafted=hour(date(2026, 4, 1)),
        data={**lantern_packaging().data, "plan_year": 2027, "commune": "hoi-an"},
    )
    villages = changed(story, data={**story.data, "craft_village": True})

    refused = _submission(begun(story), date(2026, 4, 10))

    assert codes(refused) == {"unmet.eligible_place"}
    assert refused.unmet[0].lifted_by == ("nobody",)
    submitted = {**scene("QN-11", "submit").act.facts, "letter_date": date(2026, 4, 10)}
    assert perform(begun(villages), "submit", submitted, at=hour(date(2026, 4, 10))).after.proposal.state == "submitted"


def test_a_merged_commune_is_judged_as_the_one_that_followed_it() -> None:
    """Papers that still name phường Cẩm Phô in 2026 mean phường Hội An, and are refused for what it is."""
    story = changed(
        lantern_packaging(),
        programme="da-nang-2026-2030",
        implementer="ttkc-da-nang",
        drafted=hour(date(2026, 4, 1)),
        data={**lantern_packaging().data, "plan_year": 2027, "commune": "cam-pho"},
    )

    refused = _submission(begun(story), date(2026, 4, 10))

    assert [unmet.params["commune"] for unmet in about(refused, "unmet.eligible_place")] == ["phường Hội An"]


def test_the_first_advance_is_at_most_seventy_percent() -> None:
    """LC-08: 80 % of the contract before acceptance is refused with the limit of 350 triệu."""
    done = scene("LC-08", "advance")

    refused = refusal(done, facts={**done.act.facts, "amount": 400 * TRIEU})

    (unmet,) = about(refused, "unmet.advance_rate")
    assert (unmet.params["limit"], unmet.params["percent"]) == (350 * TRIEU, 70)
    again = trying(done.after, "advance", {**done.act.facts, "amount": 1}, date(2026, 6, 18))
    assert "unmet.advance_rate" in codes(again)
    assert cluster_plan().data["activity"] == "ccn_detailed_plan"


def test_the_rest_is_not_paid_before_acceptance() -> None:
    """LC-06: pay_rest is no action of the states before monitored."""
    before = [one for one in scenes("LC-06") if one.before.proposal.state in ("funded", "completed")]
    facts: dict[str, FactValue] = {"amount": TRIEU, "paid_on": date(2026, 11, 9), "treasury_ref": "KB-1"}

    refusals = {type(refusal(one, action="pay_rest", facts=facts)) for one in before}

    assert refusals == {NoSuchAction}
    assert wastewater().data["activity"] == "pollution_establishment"


@pytest.mark.parametrize(("percent", "allowed"), [(69, False), (70, False), (71, True)])
def test_machines_need_more_than_seventy_percent_of_progress(*, percent: int, allowed: bool) -> None:
    """ "Trên 70 %" is strictly above, confirmed by the Sở."""
    inspected = scene("LC-03", "inspect")
    case = perform(
        inspected.before, "inspect", {**inspected.act.facts, "confirmed_percent": percent}, at=inspected.at
    ).after
    done = scene("LC-03", "advance")

    if allowed:
        assert perform(case, "advance", done.act.facts, at=done.at).after.proposal.state == "funded"
    else:
        refused = trying(case, "advance", done.act.facts, legal_day(done.at))
        assert codes(refused) == {"unmet.progress_evidence"}
        assert refused.unmet[0].lifted_by == ("inspector@sct-lai-chau",)


def test_no_money_is_advanced_while_a_monthly_report_is_overdue() -> None:
    """The agency's own rule, lifted by the implementer's report."""
    inspected = scene("LC-03", "inspect")
    without_may = [one for one in scenes("LC-03") if one.act.action == "report"][3].before
    case = perform(without_may, "inspect", inspected.act.facts, at=inspected.at).after
    done = scene("LC-03", "advance")

    refused = trying(case, "advance", done.act.facts, legal_day(done.at))

    assert [(one.code, one.params["period"], one.lifted_by) for one in refused.unmet] == [
        ("unmet.reports_current", "2022-05", ("implementer@ttkc-lai-chau",))
    ]


def test_the_twentieth_of_may_is_too_late_without_a_letter_of_guidance() -> None:
    """19/05 is the last day; the letter of the Sở of the same province opens a later one, no other letter does."""
    story = stories()["LC-01"]
    day = date(2018, 5, 20)

    assert codes(_submission(begun(story), day)) == {"unmet.before_last_day"}
    assert _in_time(story.code, day, letter("sct-lai-chau", day))
    assert not _in_time(story.code, day, letter("sct-lai-chau", day - timedelta(days=1)))
    assert not _in_time(story.code, day, letter("sct-quang-nam", day))
    assert not _in_time(story.code, day, changed(letter("sct-lai-chau", day), rule="registration"))
    assert not _in_time(story.code, day, changed(letter("sct-lai-chau", day), plan_year=2020))
    assert not _in_time(story.code, day, changed(letter("sct-lai-chau", day), programme="lai-chau-2021-2025"))


def letter(agency: str, last_day: date) -> Guidance:
    return Guidance(
        programme="lai-chau-2015-2020",
        rule="plan_window",
        plan_year=2019,
        last_day=last_day,
        agency=agency,
        paper="88/SCT-QLCN",
    )


def _in_time(code: str, day: date, guidance: Guidance) -> bool:
    story = stories()[code]
    case = begun(story, situation_of(story, guidance=(guidance,)))
    facts = {**scene(code, "submit").act.facts, "letter_date": day}
    try:
        return perform(case, "submit", facts, at=hour(day)).after.proposal.state == "submitted"
    except Refused as refused:
        assert codes(refused) == {"unmet.before_last_day"}  # noqa: PT017 - The other outcome is an answer too.
        return False
