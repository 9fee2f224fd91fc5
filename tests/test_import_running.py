"""Proposals that run already come in with one opening entry; everything after it is held to the law as always."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from khuyencong.demo.stage import Stage
from language.catalogue import sentence
from store.database import Database
from tests import contract
from tests.listing import FUNDED, GOOD, HEADING, NOON, RUNNING, actor, bring, row, workbook
from tests.staging import staged
from workflow.changing import changed
from workflow.entries import check_chain
from workflow.errors import Refused
from workflow.ledger import replay
from workflow.proposal import FactValue, legal_day
from workflow.service.acting import Request, act, look

HEAD = (*HEADING, *RUNNING)
FUNDER = "tai-vu.sct-lai-chau"
CODE = "LC-2022-0001"
UNSIGNED: dict[str, object] = {"Giá trị HĐ": None, "Đã cấp": None}
LATER = NOON + timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Each database with the demonstration's people and no proposals."""
    with contract.opened(request.param, request, tmp_path) as store:
        yield staged(store)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """One database, for what does not depend on which."""
    with contract.opened("sqlite", request, tmp_path) as store:
        yield staged(store)


def running(file: Path, **changed: object) -> Path:
    """A list of one running proposal, with other cells by the words of the heading."""
    cells = dict(zip(HEAD, (*row(Năm_kế_hoạch=2022), *FUNDED), strict=True))
    cells["Ngày kết thúc"] = "30/11/2022"
    for word, value in changed.items():
        cells[word.replace("_", " ")] = value
    return workbook(file, [tuple(cells), tuple(cells.values())])


def entries(stage: Stage, code: str = CODE) -> Any:
    assert isinstance(stage.store, Database)
    with stage.store.look() as lists:
        return lists.history(code)


def said(error: Refused) -> list[str]:
    return [sentence(unmet.code, unmet.params) for unmet in error.unmet]


def do(stage: Stage, action: str, who: str, *papers: str, at: datetime = LATER, **facts: FactValue) -> None:
    documents = tuple(stage.keep(key, "a.pdf", b"x") for key in papers)
    request = Request(code=CODE, action=action, facts=facts, documents=documents)
    act(stage.store, stage.house, request, by=actor(stage, who), at=at)


def test_a_running_proposal_comes_in_with_one_opening_entry(stage: Stage, tmp_path: Path) -> None:
    """Created, then opened: state, milestone, day of the paper, facts so far; a replay rebuilds it."""
    (opened,) = bring(stage, running(tmp_path / "a.xlsx"), who=FUNDER).outcomes

    kinds = [entry.kind for entry in entries(stage)]
    with stage.store.read() as uow:
        proposal = uow.proposal(CODE)
        rebuilt = replay(entries(stage), uow.process)
    check_chain(entries(stage))
    assert (opened.status, opened.code) == ("opened", CODE)
    assert kinds == ["created", "opened"]
    assert rebuilt == proposal
    assert (proposal.state, proposal.milestone) == ("funded", "funded")
    assert proposal.last_on == date(2021, 2, 1)
    assert proposal.data["approved_amount"] == 180_000_000
    assert proposal.total("allocate", "allocated_amount") == 180_000_000
    assert proposal.total("advance", "amount") == 50_000_000
    assert not [key for key in proposal.data if "." in key]


def test_deadlines_run_from_then_on_and_nobody_hears_of_the_past(stage: Stage, tmp_path: Path) -> None:
    """As if the state had just been entered: months to come are owed, no notice is written, reminders lie ahead."""
    bring(stage, running(tmp_path / "a.xlsx"), who=FUNDER)

    assert isinstance(stage.store, Database)
    with stage.store.look() as lists, stage.store.read() as uow:
        reminders, notices, deadlines = lists.reminders(CODE), lists.notices(CODE), uow.deadlines(CODE)
    last = {(one.rule, one.period): one.last_day for one in deadlines if one.state == "running"}
    assert last["contract_end", ""] == date(2022, 11, 30)
    assert min(period for rule, period in last if rule == "monthly_report") == "2021-03"
    assert notices == ()
    assert {one.rule for one in reminders} == {rule for rule, _ in last}
    assert all(legal_day(one.fire_at) > legal_day(NOON) for one in reminders)


def test_an_overdue_duty_is_reminded_of_the_next_working_morning(sqlite: Stage, tmp_path: Path) -> None:
    """A contract that ended long ago fires one reminder, and not during the import."""
    bring(sqlite, running(tmp_path / "a.xlsx", Ngày_kết_thúc="15/02/2021"), who=FUNDER)

    assert isinstance(sqlite.store, Database)
    with sqlite.store.look() as lists:
        rows = [one for one in lists.reminders(CODE) if one.rule == "contract_end"]
    assert rows
    assert {legal_day(one.fire_at) for one in rows} == {date(2021, 3, 11)}


@pytest.mark.parametrize(
    ("state", "facts", "rules"),
    [
        ("approved", {**UNSIGNED, "Kinh phí đã giao": 180_000_000}, {"contracting", "plan_year_end"}),
        ("approved", {**UNSIGNED, "Kinh phí đã giao": 0}, {"plan_year_end"}),
        ("submitted", {}, {"base_appraisal"}),
        ("appraised", {}, {"approval"}),
        ("completed", {}, {"acceptance"}),
        ("evaluated", {"Kinh phí nghiệm thu": 150_000_000, "Ngày nghiệm thu": "01/03/2021"}, set()),
        ("monitored", {"Kinh phí nghiệm thu": 150_000_000, "Ngày nghiệm thu": "01/03/2021"}, {"settlement_dossier"}),
    ],
)
def test_each_state_starts_the_clocks_of_its_own(
    sqlite: Stage, tmp_path: Path, state: str, facts: dict[str, object], rules: set[str]
) -> None:
    """Also those that start with the step into it, or with money that was brought along."""
    given = {word.replace(" ", "_"): value for word, value in facts.items()}
    who = {
        "approved": "chu-tich.ubnd-lai-chau",
        "submitted": "tham-dinh.sct-lai-chau",
        "appraised": "tham-dinh.stc-lai-chau",
        "completed": "tham-dinh.sct-lai-chau",
        "monitored": "tham-dinh.sct-lai-chau",
        "evaluated": "danh-gia.sct-lai-chau",
    }[state]

    (opened,) = bring(sqlite, running(tmp_path / "a.xlsx", Trạng_thái=state, **given), who=who).outcomes

    with sqlite.store.read() as uow:
        live = {one.rule for one in uow.deadlines(CODE) if one.is_live}
    assert opened.status == "opened", opened.unmet
    assert live == rules


NOT_OURS = "thuộc thẩm quyền của Sở Công Thương tỉnh Lai Châu"
REFUSED: dict[str, tuple[dict[str, object], str, str]] = {
    "not-the-owner": ({}, "can-bo.ttkc-lai-chau", NOT_OURS),
    "of-another-province": ({}, "tai-vu.sct-quang-nam", NOT_OURS),
    "own-file": ({"Trạng thái": "submitted"}, "can-bo.ttkc-lai-chau", "cơ quan đã quyết định hoặc tiếp nhận"),
    "no-approved-amount": ({"Kinh phí được duyệt": None}, FUNDER, "bắt buộc: Kinh phí được phê duyệt (đồng)."),
    "no-contract-end": ({"Ngày kết thúc": None}, FUNDER, "Thiếu thông tin bắt buộc: Ngày kết thúc hợp đồng."),
    "nothing-said-of-payments": ({"Đã cấp": None}, FUNDER, "Chưa ghi số tiền đã có của “Tạm ứng lần đầu"),
    "paid-above-contract": ({"Đã cấp": 175_000_000}, FUNDER, "175.000.000 đ vượt mức cao nhất 170.000.000 đ."),
    "contract-above-allocation": (
        {"Kinh phí đã giao": 1_000_000},
        FUNDER,
        "170.000.000 đ vượt mức cao nhất 1.000.000 đ.",
    ),
    "contract-above-approval": ({"Giá trị HĐ": 185_000_000}, FUNDER, "185.000.000 đ vượt mức cao nhất 180.000.000 đ."),
    "signed-tomorrow": ({"Ngày hợp đồng": "11/03/2021"}, FUNDER, "(11/03/2021) không được sau ngày hôm nay"),
    "group": ({"Là đề án nhóm": "x"}, FUNDER, "Đề án nhóm không nhập được ở trạng thái “Đã ký hợp đồng"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_brought_in_says_why(sqlite: Stage, tmp_path: Path, kind: str) -> None:
    """Nobody opens a file past his own desk, and nothing that later steps are held against is left out."""
    cells, who, words = REFUSED[kind]
    given = {word.replace(" ", "_"): value for word, value in cells.items()}

    (refused,) = bring(sqlite, running(tmp_path / "a.xlsx", **given), who=who).outcomes

    assert refused.status == "refused"
    lines = [sentence(unmet.code, unmet.params) for unmet in refused.unmet]
    assert any(words in line for line in lines), lines


def test_what_was_paid_before_counts_against_what_may_still_be_paid(stage: Stage, tmp_path: Path) -> None:
    """70 % of 170 million are 119; 50 are paid, so 69 are left."""
    bring(stage, running(tmp_path / "a.xlsx"), who=FUNDER)
    do(
        *(stage, "inspect", "kiem-tra.sct-lai-chau", "bien_ban_kiem_tra"),
        visit_date=date(2021, 3, 11),
        finding="met",
        confirmed_percent=80,
    )

    paid: dict[str, FactValue] = {"paid_on": date(2021, 3, 11), "treasury_ref": "1"}
    with pytest.raises(Refused) as refused:
        do(stage, "advance", "giam-doc.sct-lai-chau", "ho_so_tam_ung", amount=70_000_000, **paid)  # type: ignore[arg-type]
    do(stage, "advance", "giam-doc.sct-lai-chau", "ho_so_tam_ung", amount=69_000_000, **paid)  # type: ignore[arg-type]

    assert any("69.000.000 đ" in line for line in said(refused.value))
    with stage.store.read() as uow:
        assert uow.proposal(CODE).total("advance", "amount") == 119_000_000


def test_what_was_not_seen_here_is_not_taken_for_done(sqlite: Stage, tmp_path: Path) -> None:
    """Guards that ask for an earlier step find none: money still waits for the Sở's own look at the site."""
    bring(sqlite, running(tmp_path / "a.xlsx"), who=FUNDER)

    with pytest.raises(Refused) as refused:
        do(sqlite, "advance", FUNDER, "ho_so_tam_ung", amount=1, paid_on=date(2021, 3, 11), treasury_ref="1")

    assert any("Khối lượng được xác nhận là 0 %" in line for line in said(refused.value))


def test_who_brought_it_in_stands_for_the_steps_before(sqlite: Stage, tmp_path: Path) -> None:
    """Four eyes: the chairman who opens a file as appraised cannot also approve it; a colleague's file he can."""
    cells = {"Trạng_thái": "appraised", "Giá_trị_HĐ": None, "Đã_cấp": None, "Kinh_phí_đã_giao": None}
    bring(sqlite, running(tmp_path / "a.xlsx", **cells), who="tham-dinh.stc-lai-chau")
    chairman = actor(sqlite, "chu-tich.ubnd-lai-chau")
    appraiser = actor(sqlite, "tham-dinh.stc-lai-chau")
    both = changed(chairman, person=appraiser.person)

    def codes(by: Any) -> set[str]:
        case = look(sqlite.store, sqlite.house, code=CODE, by=by, at=LATER)
        offer = next(one for one in case.offers if one.view.transition.action == "approve")
        return {unmet.code for unmet in offer.view.unmet}

    assert "unmet.not_same_person" in codes(both)
    assert "unmet.not_same_person" not in codes(chairman)


def test_a_running_row_that_differs_is_told_and_not_written(stage: Stage, tmp_path: Path) -> None:
    """The list does not overrule what was decided here."""
    bring(stage, running(tmp_path / "a.xlsx"), who=FUNDER)
    before = entries(stage)
    other = running(tmp_path / "b.xlsx", Kinh_phí_được_duyệt=190_000_000, Đã_cấp=60_000_000, Trạng_thái="completed")

    (differs,) = bring(stage, other, who=FUNDER, at=LATER).outcomes
    (same,) = bring(stage, running(tmp_path / "a.xlsx"), who=FUNDER, at=LATER).outcomes

    assert differs.status == "differs"
    assert [(one.key, one.before, one.after) for one in differs.changes] == [
        ("state", "Đã ký hợp đồng, đang triển khai", "Đã báo cáo hoàn thành, chờ nghiệm thu"),
        ("approved_amount", 180_000_000, 190_000_000),
        ("advance.amount", 50_000_000, 60_000_000),
    ]
    assert same.status == "unchanged"
    assert entries(stage) == before


def test_papers_of_a_running_proposal_stand_in_its_opening_entry(sqlite: Stage, tmp_path: Path) -> None:
    """Files beside the list are kept and named by their hash."""
    (tmp_path / "qd.pdf").write_bytes(b"%PDF quyet dinh")

    bring(sqlite, running(tmp_path / "a.xlsx", Tài_liệu="qd.pdf"), who=FUNDER)

    opened = entries(sqlite)[-1]
    assert b'"key":"ho_so"' in opened.body
    assert b'"row":2' in opened.body


def test_a_draft_is_not_opened_by_a_later_list(sqlite: Stage, tmp_path: Path) -> None:
    """It moves by its steps; the list is told so."""
    bring(sqlite, workbook(tmp_path / "a.xlsx", [HEADING, GOOD]))

    (differs,) = bring(sqlite, running(tmp_path / "b.xlsx"), who=FUNDER).outcomes

    assert differs.status == "differs"
    assert differs.changes[0].key == "state"
