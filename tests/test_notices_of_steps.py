"""Whom each step tells, by which way and in which words (process tables, section 4)."""

from datetime import date, timedelta

import pytest

from definitions.process import Process
from khuyencong.demo.acts import at as hour
from tests.rehearsal import TOLD as TOLD_BY
from tests.rehearsal import Scene, attempt_of, begun, perform, scene, scenes, stories
from workflow.bounds import net_paid
from workflow.changing import changed
from workflow.errors import Refused
from workflow.proposal import legal_day
from workflow.storage import Person
from workflow.telling import COMMON, limit_words, notice_fields, notices_of

U = "implementer@ttkc-lai-chau"
SCT = "base_appraiser@sct-lai-chau"
STC = "estimate_appraiser@stc-lai-chau"
CUC = "ministry_appraiser@cuc-khuyen-cong"
#: Row of the process table, sample and action: each notice with the seats that it reaches ("*": the beneficiary).
TOLD = {
    ("1", "LC-02", "submit"): {"received": {U, "*"}, "arrived": {SCT}},
    ("1", "LC-01", "submit"): {"received": {U, "*"}, "arrived": {SCT}},
    ("3", "QN-12", "return"): {"returned": {"implementer@ttkc-da-nang"}},
    ("5", "LC-02", "forward"): {"arrived": {STC}, "progress": {U}},
    ("5", "LC-01", "forward"): {
        "arrived": {CUC, "observer@btc", "observer@ubnd-lai-chau"},
        "progress": {U},
    },
    ("6", "LC-05", "return"): {"queried": {SCT, U}},
    ("10", "LC-02", "appraise"): {"appraised": {SCT, U}, "arrived": {"approver@ubnd-lai-chau"}},
    ("10", "LC-01", "appraise"): {"appraised": {SCT, U}, "arrived": {"approver@bct"}},
    ("11", "LC-02", "approve"): {
        "approved": {U, "*", SCT, STC, "observer@kbnn", "observer@stc-lai-chau", "commune@phong-tho"}
    },
    ("11", "LC-01", "approve"): {"approved": {U, "*", SCT, CUC, "commune@tan-uyen"}},
    ("12", "LC-02", "allocate"): {"allocated": {U, SCT}},
    ("14", "LC-02", "fund"): {"contracted": {U, "*", SCT}},
    ("14", "LC-01", "fund"): {"contracted": {U, "*", SCT}},
    ("15", "LC-02", "report"): {"reported": {SCT}},
    ("15", "LC-01", "report"): {"reported": {SCT, CUC}},
    ("16", "LC-02", "inspect"): {"inspected": {U}},
    ("17", "LC-02", "advance"): {"paid": {U, "*"}},
    ("18", "LC-02", "complete"): {"arrived": {SCT}},
    ("21", "LC-02", "monitor"): {"accepted": {U, "*", "funder@sct-lai-chau"}, "settlement-due": {U}},
    ("21", "LC-01", "monitor"): {"accepted": {U, "*", "funder@cuc-khuyen-cong"}, "settlement-due": {U}},
    ("22", "LC-02", "pay_rest"): {"paid": {U}},
    ("23", "LC-02", "file_settlement"): {"arrived": {"funder@sct-lai-chau"}},
    ("25", "LC-02", "settle"): {"settled": {U, SCT, STC}},
    ("25", "LC-01", "settle"): {"settled": {U, SCT}},
    ("29", "QN-11", "stop"): {
        "stopped": {
            "implementer@ttkc-quang-nam",
            "*",
            "base_appraiser@sct-quang-nam",
            "estimate_appraiser@stc-quang-nam",
        }
    },
    ("30", "DN-2026-0028", "stop_and_settle"): {
        "stopped": {"implementer@ttkc-da-nang", "*", "base_appraiser@sct-da-nang", "estimate_appraiser@stc-da-nang"},
        "refund-due": {"implementer@ttkc-da-nang"},
    },
    ("32", "LC-02", "evaluate"): {"evaluated": {U, "approver@ubnd-lai-chau"}},
    ("32", "LC-01", "evaluate"): {"evaluated": {U, "approver@bct"}},
}


def told(done: Scene) -> dict[str, set[str]]:
    """Which seats each notice of a step reaches."""
    found: dict[str, set[str]] = {}
    for notice in done.effects.notices:
        seat = "*" if notice.to.seat.startswith("beneficiary@") else notice.to.seat
        found.setdefault(notice.notice, set()).add(seat)
    return found


@pytest.mark.parametrize(("row", "code", "action"), TOLD, ids=str)
def test_a_step_tells_those_that_its_row_names(row: str, code: str, action: str) -> None:
    """Notices and recipients of section 4, seat by seat."""
    done = scene(code, action)

    assert done.before.transition(action).row == row
    assert told(done) == TOLD[row, code, action]


def test_a_notice_goes_by_mail_where_there_is_an_address_and_on_paper_elsewhere() -> None:
    """People of a seat by mail; a commune, an office without mailbox and a beneficiary without address on paper."""
    notices = scene("LC-03", "approve").effects.notices

    by_seat = {notice.to.seat.partition("@")[0]: notice.channel for notice in notices}

    assert by_seat["implementer"] == by_seat["beneficiary"] == "mail"
    assert by_seat["commune"] == "paper"
    assert all((notice.channel == "mail") == bool(notice.to.address) for notice in notices)
    assert {n.to.name for n in notices if n.to.seat.startswith("commune@")} == {"Ủy ban nhân dân xã Pắc Ta"}


@pytest.mark.parametrize("code", ["LC-01", "LC-02", "LC-05", "LC-07", "QN-10", "DN-2026-0029", "QG-2028-0008"])
def test_nobody_is_told_the_same_twice(code: str) -> None:
    """One notice of a kind for each person and step, whatever seats the person holds."""
    for one in scenes(code):
        keys = [notice.key for notice in one.effects.notices]
        to = [(notice.notice, notice.to.person) for notice in one.effects.notices if notice.to.person]

        assert len(set(keys)) == len(keys)
        assert len(set(to)) == len(to)


def test_a_person_in_two_seats_hears_of_a_step_once() -> None:
    """Who sits for the unit and for the Sở gets one mail of an allocation, and everybody else theirs."""
    done = scene("LC-02", "allocate")
    both = Person(id="p-1", name="Lò Văn An", address="an@co-quan.example")
    context = changed(
        attempt_of(done.before, "allocate", at=done.at, facts=done.step.facts), proposal=done.after.proposal
    )

    notices = notices_of(done.before.proposal, context, done.step, holder="", people=lambda _: (both,), told=TOLD_BY)

    assert [(notice.to.seat, notice.to.person) for notice in notices] == [(U, "p-1")]


def test_withdrawing_tells_everybody_who_held_the_file() -> None:
    """Also the one that was just working on it and had not done a step yet."""
    forwarded = scene("LC-02", "forward").after

    done = perform(forwarded, "withdraw", {"reason": "x"}, at=hour(date(2017, 5, 3)))

    assert told(done) == {"withdrawn": {U, SCT, STC}}


def test_a_violation_is_told_to_the_approver_too() -> None:
    """Only that finding goes beyond the unit."""
    done = scene("LC-02", "inspect")
    found = {key: {**done.act.facts, "finding": key} for key in ("to_fix", "violation")}

    to = {key: told(perform(done.before, "inspect", facts, at=done.at)) for key, facts in found.items()}

    assert to == {"to_fix": {"inspected": {U}}, "violation": {"inspected": {U, "approver@ubnd-lai-chau"}}}


@pytest.mark.parametrize(("kind", "seat"), [("next_year", "approver@bct"), ("time", "funder@cuc-khuyen-cong")])
def test_a_request_is_told_to_whoever_decides_it(kind: str, seat: str) -> None:
    """The authority matrix, read after the step."""
    done = scene("LC-01", "fund")
    day = hour(legal_day(done.at) + timedelta(days=2))

    asked = perform(done.after, "request_adjust", {"kind": kind, "reason": "x"}, at=day)

    assert told(asked) == {"adjust-requested": {seat}}


def test_the_commune_that_followed_is_told_after_a_merger() -> None:
    """A notice for Tam Anh Nam in 2026 goes to xã Tam Anh."""
    done = scene("QN-09", "approve")
    data = {**done.before.proposal.data, "commune": "tam-anh-nam"}
    merged = changed(done.before, proposal=changed(done.before.proposal, data=data))
    facts = {**done.act.facts, "decision_date": date(2026, 3, 2)}

    later = perform(merged, "approve", facts, at=hour(date(2026, 3, 2)))

    communes = [n.to for n in later.effects.notices if n.to.seat.startswith("commune@")]
    assert [(to.seat, to.name) for to in communes] == [("commune@tam-anh", "Ủy ban nhân dân xã Tam Anh")]


@pytest.mark.parametrize("code", ["LC-01", "LC-02", "LC-05", "QN-10", "QN-11", "DN-2026-0029"])
def test_the_variables_are_exactly_what_a_template_may_use(code: str) -> None:
    """The common ones, the data of the process and the facts of the notice's transitions; nothing more or less."""
    for one in scenes(code):
        process: Process = one.before.situation.process
        for notice in one.effects.notices:
            assert set(notice.variables) == COMMON | notice_fields(process, notice.notice)
            assert all(isinstance(value, str | int | bool | None) for value in notice.variables.values())


def test_a_notice_says_who_acted_what_waits_and_until_when() -> None:
    """The hand-over to the Sở: its ten working days, said to be the agency's own limit."""
    (notice, *_) = (n for n in scene("LC-02", "submit").effects.notices if n.notice == "arrived")

    said = {key: notice.variables[key] for key in ("ma", "co_quan", "co_quan_giu", "trang_thai", "han", "nam")}

    assert said == {
        "ma": "LC-02",
        "co_quan": "Trung tâm Khuyến công và Xúc tiến thương mại tỉnh Lai Châu",
        "co_quan_giu": "Sở Công Thương tỉnh Lai Châu",
        "trang_thai": "Chờ Sở Công Thương thẩm định",
        "han": "2017-04-24",
        "nam": 2018,
    }
    assert (notice.variables["thoi_han_noi_bo"], notice.variables["tam_tinh"]) == (True, False)
    assert notice.variables["lien_ket"] == "https://thu.example/de-an/LC-02"


def test_a_day_that_the_contract_names_is_said_to_be_the_contracts() -> None:
    """Whatever the confidence of its rule, it is not the agency's own limit."""
    process: Process = scene("LC-02", "fund").before.situation.process

    said = [limit_words(process.rule(key)) for key in ("contract_end", "rework", "base_appraisal")]

    assert [words["theo_hop_dong"] for words in said] == [True, True, False]
    assert [words["thoi_han_noi_bo"] for words in said] == [False, False, True]


def test_a_stop_says_what_was_paid_beyond_the_work_done() -> None:
    """Paid net less the value of the work done; below zero there is nothing to give back."""
    done = scene("DN-2026-0028", "stop_and_settle")
    paid = net_paid(attempt_of(done.before, "stop_and_settle", at=done.at))
    less = perform(done.before, "stop_and_settle", {**done.act.facts, "done_value": paid - 1}, at=done.at)
    more = perform(done.before, "stop_and_settle", {**done.act.facts, "done_value": paid + 1}, at=done.at)

    told = [[n for n in one.effects.notices if n.notice == "refund-due"] for one in (less, more)]
    assert [{n.variables["so_tien_hoan"] for n in notices} for notices in told] == [{1}, {-1}]


def test_after_the_merger_a_notice_still_knows_the_day_of_a_duty_begun_before() -> None:
    """QN-10's contract was Quảng Nam's; the payment by Đà Nẵng tells its successor until when."""
    paid = scene("QN-10", "advance")

    days = {n.variables["han"] for n in paid.effects.notices if n.to.seat == "implementer@ttkc-da-nang"}

    assert days == {"2025-08-24"}


def test_a_refusal_tells_nobody() -> None:
    """There is no step, so there is nothing to plan."""
    done = scene("LC-02", "forward")

    with pytest.raises(Refused):
        perform(done.before, "forward", {}, at=done.at)

    assert told(done)


def test_a_creation_starts_clocks_and_tells_nobody() -> None:
    """A draft concerns its unit alone."""
    case = begun(stories()["LC-02"])

    assert [d.rule for d in case.deadlines] == ["plan_window"]
