"""The stories of the sandbox, played by the engine alone: each goes where the process tables say it stands."""

from collections import Counter
from datetime import date

import pytest

from khuyencong.demo.samples import EXPECTED
from tests.rehearsal import final, law, scene, scenes, stories

#: Process tables, section 11, with the track that each sample runs on.
SAMPLES = {
    "LC-01": ("lai-chau-2015-2020", "kcqg@2021.1", 2019, "evaluated"),
    "LC-02": ("lai-chau-2015-2020", "kcdp@2021.1", 2018, "evaluated"),
    "LC-03": ("lai-chau-2021-2025", "kcdp@2021.1", 2022, "evaluated"),
    "LC-04": ("lai-chau-2021-2025", "kcdp@2021.1", 2025, "settled"),
    "LC-05": ("lai-chau-2021-2025", "kcdp@2021.1", 2024, "withdrawn"),
    "LC-06": ("quoc-gia-2026-2030", "kcqg@2021.1", 2026, "monitored"),
    "LC-07": ("quoc-gia-2026-2030", "kcqg@2021.1", 2026, "approved"),
    "LC-08": ("quoc-gia-2026-2030", "kcqg@2021.1", 2026, "funded"),
    "QN-09": ("quang-nam-2021-2025", "kcqg@2021.1", 2022, "evaluated"),
    "QN-10": ("quang-nam-2021-2025", "kcdp@2021.1", 2025, "evaluated"),
    "QN-11": ("quang-nam-2021-2025", "kcdp@2021.1", 2023, "stopped"),
    "QN-12": ("da-nang-2026-2030", "kcdp@2021.1", 2027, "returned"),
}
#: Activity, eligible cost, support, own capital (triệu đồng) of section 11.
FIGURES = {
    "LC-01": ("demo_model_new", 2400, 600, 1800),
    "LC-02": ("machinery_line", 1500, 300, 1200),
    "LC-03": ("machinery", 480, 200, 280),
    "LC-04": ("machinery_line", 900, 450, 450),
    "LC-05": ("trademark", 70, 35, 35),
    "LC-06": ("pollution_establishment", 1000, 300, 700),
    "LC-07": ("machinery", 800, 400, 400),
    "LC-08": ("ccn_detailed_plan", 1000, 500, 500),
    "QN-09": ("machinery", 620, 300, 320),
    "QN-10": ("machinery", 400, 200, 200),
    "QN-11": ("packaging", 60, 30, 30),
    "QN-12": ("fair_join", 90, 72, 18),
}
LC_01 = """
submit implementer@ttkc-lai-chau submitted drafted
forward base_appraiser@sct-lai-chau forwarded drafted
appraise ministry_appraiser@cuc-khuyen-cong appraised appraised
approve approver@bct approved approved
allocate funder@cuc-khuyen-cong approved approved
fund funder@cuc-khuyen-cong funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
inspect inspector@sct-lai-chau funded funded
advance funder@cuc-khuyen-cong funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
complete implementer@ttkc-lai-chau completed funded
monitor base_appraiser@sct-lai-chau monitored monitored
pay_rest funder@cuc-khuyen-cong monitored monitored
file_settlement implementer@ttkc-lai-chau settling monitored
settle funder@cuc-khuyen-cong settled monitored
evaluate evaluator@sct-lai-chau evaluated evaluated
"""
LC_02 = """
submit implementer@ttkc-lai-chau submitted drafted
forward base_appraiser@sct-lai-chau forwarded drafted
appraise estimate_appraiser@stc-lai-chau appraised appraised
approve approver@ubnd-lai-chau approved approved
allocate funder@sct-lai-chau approved approved
fund funder@sct-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
inspect inspector@sct-lai-chau funded funded
advance funder@sct-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
report implementer@ttkc-lai-chau funded funded
complete implementer@ttkc-lai-chau completed funded
monitor base_appraiser@sct-lai-chau monitored monitored
pay_rest funder@sct-lai-chau monitored monitored
file_settlement implementer@ttkc-lai-chau settling monitored
settle funder@sct-lai-chau settled monitored
evaluate evaluator@sct-lai-chau evaluated evaluated
"""
QN_10 = """
submit implementer@ttkc-quang-nam submitted drafted
forward base_appraiser@sct-quang-nam forwarded drafted
appraise estimate_appraiser@stc-quang-nam appraised appraised
approve approver@ubnd-quang-nam approved approved
allocate funder@sct-quang-nam approved approved
fund funder@sct-quang-nam funded funded
report implementer@ttkc-quang-nam funded funded
report implementer@ttkc-quang-nam funded funded
report implementer@ttkc-da-nang funded funded
inspect inspector@sct-da-nang funded funded
advance funder@sct-da-nang funded funded
report implementer@ttkc-da-nang funded funded
report implementer@ttkc-da-nang funded funded
complete implementer@ttkc-da-nang completed funded
monitor base_appraiser@sct-da-nang monitored monitored
pay_rest funder@sct-da-nang monitored monitored
file_settlement implementer@ttkc-da-nang settling monitored
settle funder@sct-da-nang settled monitored
evaluate evaluator@sct-da-nang evaluated evaluated
"""
MERGER = date(2025, 7, 1)


def _course(code: str) -> list[str]:
    steps = [one.step for one in scenes(code)]
    return [f"{step.action} {step.role}@{step.agency} {step.target} {step.milestone}" for step in steps]


@pytest.mark.parametrize("code", SAMPLES)
def test_each_sample_reaches_its_state_on_its_track(code: str) -> None:
    """Programme, process, plan year and state at the sandbox's clock are those of the tables."""
    proposal = final(code).proposal

    found = (proposal.programme, proposal.process, proposal.plan_year, proposal.state)

    assert found == SAMPLES[code]
    assert EXPECTED[code] == proposal.state


@pytest.mark.parametrize("code", FIGURES)
def test_each_sample_has_the_figures_of_the_tables(code: str) -> None:
    """Activity, eligible cost, support and own capital; the support asked for is the support approved."""
    data = stories()[code].data
    amounts = (final(code).proposal.amount(key) for key in ("eligible_cost", "requested_amount", "own_capital"))

    found = (data["activity"], *(amount // 1_000_000 for amount in amounts))

    assert found == FIGURES[code]
    assert final(code).proposal.data.get("approved_amount", data["requested_amount"]) == data["requested_amount"]


@pytest.mark.parametrize(("code", "course"), [("LC-01", LC_01), ("LC-02", LC_02), ("QN-10", QN_10)])
def test_every_step_is_taken_by_the_agency_that_the_tables_name(code: str, course: str) -> None:
    """Action, seat, state and milestone of each step, in order."""
    expected = course.strip().splitlines()

    assert _course(code) == expected


def test_the_agencies_of_da_nang_take_over_on_the_first_of_july_2025() -> None:
    """Until 30/06/2025 Quảng Nam's agencies act, from 01/07/2025 Đà Nẵng's; each step keeps the name of its day."""
    steps = [one.step for one in scenes("QN-10")]

    before = {step.agency for step in steps if step.effective_on < MERGER}
    after = {step.agency for step in steps if step.effective_on >= MERGER}

    assert all("quang-nam" in agency for agency in before)
    assert all("da-nang" in agency for agency in after)
    assert {step.agency_name for step in steps if step.role == "funder"} == {
        "Sở Công Thương tỉnh Quảng Nam",
        "Sở Công Thương thành phố Đà Nẵng",
    }


def test_a_duty_begun_before_the_merger_is_met_by_the_agency_that_took_it_over() -> None:
    """The contract of Quảng Nam's centre ended with the report of Đà Nẵng's: that is in time, not gone to waste."""
    contract = scene("QN-10", "complete").after.running("contract_end")

    assert (contract.seat, contract.state) == ("implementer@ttkc-quang-nam", "met")


def test_the_sandbox_shows_every_state_of_both_processes() -> None:
    """Samples and the others together stand in all sixteen states of each process, with at least forty proposals."""
    standing = Counter((final(code).proposal.process, final(code).proposal.state) for code in stories())

    expected = {(ref, state.key) for ref, process in law().processes.items() for state in process.states}

    assert set(standing) == expected
    assert standing.total() >= 40


def test_a_story_keeps_within_its_figures() -> None:
    """Whoever goes all the way was paid what was settled, and no more than was approved."""
    ended = [final(code).proposal for code in stories() if final(code).proposal.state == "evaluated"]

    paid = {p.code: p.total("advance", "amount") + p.total("pay_rest", "amount") for p in ended}

    assert len(ended) >= 10
    assert all(paid[p.code] == p.data["settled_amount"] == p.data["approved_amount"] for p in ended)
