"""Lists that come in, on every database: all or nothing, the same file twice, drafts edited, owners only."""

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from khuyencong.demo.stage import Stage
from language.catalogue import sentence
from store.database import Database
from store.log import verify
from tests import contract
from tests.listing import (
    FUNDED,
    GOOD,
    HEADING,
    NOON,
    PROGRAMME,
    RUNNING,
    bring,
    many,
    row,
    workbook,
)
from tests.staging import staged
from workflow.incoming import Outcome


@pytest.fixture(params=contract.KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Each kind of store with the demonstration's people and no proposals."""
    with contract.opened(request.param, request, tmp_path) as store:
        yield staged(store)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """One database, for what does not depend on which."""
    with contract.opened("sqlite", request, tmp_path) as store:
        yield staged(store)


def said(outcome: Outcome) -> list[str]:
    """The sentences of a refusal."""
    return [sentence(unmet.code, unmet.params) for unmet in outcome.unmet]


def data_of(stage: Stage, code: str) -> dict[str, Any]:
    """What a proposal says now."""
    with stage.store.read() as uow:
        return dict(uow.proposal(code).data)


def whole(stage: Stage) -> bool:
    """Whether history is whole and leads to what is stored."""
    assert isinstance(stage.store, Database)
    with stage.store.transaction(writes=False) as transaction:
        return verify(transaction).holds


def test_a_trial_tells_everything_and_writes_nothing(stage: Stage, tmp_path: Path) -> None:
    """What would come in is known before anything does."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD])

    tried = bring(stage, file, mode="try")
    again = bring(stage, file, mode="try")

    assert tried.statuses == again.statuses == ["created"]
    assert not tried.imported.written
    assert tried.outcomes[0].code == ""


def test_the_same_file_twice_changes_nothing_the_second_time(stage: Stage, tmp_path: Path) -> None:
    """A row keeps its key, so nobody is registered twice."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD, row(Tên_đề_án="Máy sao chè")])

    first, second = bring(stage, file), bring(stage, file, at=NOON + timedelta(days=1))

    assert first.statuses == ["created", "created"]
    assert [one.code for one in first.outcomes] == ["LC-2022-0001", "LC-2022-0002"]
    assert second.statuses == ["unchanged", "unchanged"]
    assert [one.code for one in second.outcomes] == ["LC-2022-0001", "LC-2022-0002"]


def test_one_refused_row_keeps_all_others_out(stage: Stage, tmp_path: Path) -> None:
    """All or nothing, and yet every row is told."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD, row(Tên_đề_án=None), row(Tên_đề_án="C")])

    kept_out = bring(stage, file)

    assert kept_out.statuses == ["created", "refused", "created"]
    assert said(kept_out.outcomes[1]) == ["Thiếu thông tin bắt buộc: Tên đề án."]
    assert not kept_out.imported.written
    assert bring(stage, file, mode="try").statuses == ["created", "refused", "created"]


def test_partly_means_the_rows_that_can_come_in(stage: Stage, tmp_path: Path) -> None:
    """Each in a transaction of its own."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD, row(Tên_đề_án=None), row(Tên_đề_án="C")])

    partly = bring(stage, file, mode="each")

    assert partly.statuses == ["created", "refused", "created"]
    assert bring(stage, file, mode="each").statuses == ["unchanged", "refused", "unchanged"]


def test_a_changed_row_edits_its_draft_and_says_what(stage: Stage, tmp_path: Path) -> None:
    """Only what differs is written; an empty cell empties nothing."""
    bring(stage, workbook(tmp_path / "a.xlsx", [HEADING, GOOD]))
    changed = row(Kinh_phí_hỗ_trợ="250 triệu", Vốn_đối_ứng=350_000_000, Địa_điểm=None)

    (edited,) = bring(stage, workbook(tmp_path / "b.xlsx", [HEADING, changed]), at=NOON + timedelta(days=1)).outcomes

    assert edited.status == "edited"
    assert [(one.key, one.before, one.after) for one in edited.changes] == [
        ("requested_amount", 200_000_000, 250_000_000),
        ("own_capital", 400_000_000, 350_000_000),
    ]
    assert data_of(stage, "LC-2022-0001")["requested_amount"] == 250_000_000
    assert data_of(stage, "LC-2022-0001")["commune"] == "pac-ta"


def test_what_a_draft_still_lacks_or_exceeds_is_only_noticed(sqlite: Stage, tmp_path: Path) -> None:
    """A draft may be filled in later; the step itself will hold it to the law."""
    over = row(Kinh_phí_hỗ_trợ=590_000_000, Vốn_đối_ứng=10_000_000, Phạm_vi=None, Năm_kế_hoạch=2025)
    since = datetime(2025, 6, 1, 5, tzinfo=UTC)  # The ceiling of Lai Châu is on record from 05/05/2025 on.

    (created,) = bring(sqlite, workbook(tmp_path / "a.xlsx", [HEADING, over]), at=since).outcomes

    remarks = [sentence(one.code, one.params) for one in created.remarks]
    assert created.status == "created"
    assert "Hồ sơ đề án chưa ghi: Phạm vi thực hiện." in remarks
    assert any("vượt mức hỗ trợ tối đa 300.000.000 đ" in remark for remark in remarks)


REFUSED: dict[str, tuple[tuple[object, ...], str]] = {
    "no-name": (row(Tên_đề_án="  "), "Thiếu thông tin bắt buộc: Tên đề án."),
    "no-year": (row(Năm_kế_hoạch=None), "Thiếu thông tin bắt buộc: Năm kế hoạch."),
    "year-outside": (row(Năm_kế_hoạch=2031), "2021"),
    "activity-not-of-the-programme": (row(Nội_dung_hoạt_động="ginseng"), "không có trong danh mục"),
    "negative": (row(Tổng_kinh_phí=-1), "số tiền không được âm: “-1”."),
    "zero-cost": (row(Tổng_kinh_phí=0), "Tổng kinh phí thực hiện (đồng): 0 đ nhỏ hơn mức thấp nhất 1 đ."),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_row_that_cannot_come_in_says_why(sqlite: Stage, tmp_path: Path, kind: str) -> None:
    """In the words of an office, with the cell where there is one."""
    cells, words = REFUSED[kind]

    (refused,) = bring(sqlite, workbook(tmp_path / "a.xlsx", [HEADING, cells])).outcomes

    assert refused.status == "refused"
    assert any(words in line for line in said(refused)), said(refused)


@pytest.mark.parametrize(
    ("word", "cell", "words"),
    [
        ("Mã đề án", "LC 01/2022", "mã đề án “LC 01/2022” chỉ được gồm chữ không dấu"),
        ("Đơn vị thực hiện", "Trung tâm Khuyến công tỉnh Lai Chau", "không có trong danh mục"),
        ("Trạng thái", "đã kí hợp đồng đang triễn khai nhé", "Có phải là “Đã ký hợp đồng, đang triển khai”?"),
        ("Trạng thái", "Chờ bổ sung hồ sơ", "Không đưa đề án vào hệ thống ở trạng thái “Chờ bổ sung hồ sơ” được."),
        ("Chương trình", "quang-nam-2021-2025", "Đề án thuộc chương trình “quang-nam-2021-2025”"),
        ("Email", "không có", "không đúng mẫu, ví dụ: coso@example.vn."),
        ("Là đề án nhóm", "có lẽ", "không rõ là có hay không"),
        ("Ngày QĐ", "31/02/2021", "“31/02/2021”: tháng 02/2021 chỉ có 28 ngày."),
        ("Ngày QĐ", "12/13/2021", "“12/13/2021”: không có tháng này."),
        ("Ngày QĐ", "hôm qua", "“hôm qua” không phải ngày, ví dụ: 23/11/2026."),
    ],
)
def test_another_column_that_cannot_be_read_says_why(
    sqlite: Stage, tmp_path: Path, word: str, cell: object, words: str
) -> None:
    """Every column has its sentence."""
    file = workbook(tmp_path / "a.xlsx", [(*HEADING, word), (*GOOD, cell)])

    (refused,) = bring(sqlite, file).outcomes

    assert refused.status == "refused"
    assert any(words in line for line in said(refused)), said(refused)


def test_two_rows_of_one_key_are_one_too_many(stage: Stage, tmp_path: Path) -> None:
    """The second names the first; a code tells them apart."""
    again = row(Tên_đề_án="ỨNG DỤNG MÁY SẤY CHÈ!")
    coded = [("Mã đề án", *HEADING), ("LC-A", *GOOD), ("LC-B", *GOOD)]

    twice = bring(stage, workbook(tmp_path / "a.xlsx", [HEADING, GOOD, again]))
    apart = bring(stage, workbook(tmp_path / "b.xlsx", coded))

    assert twice.statuses == ["created", "refused"]
    assert said(twice.outcomes[1])[0].startswith("Trùng với dòng 2 (“ỨNG DỤNG MÁY SẤY CHÈ!”)")
    assert [one.code for one in apart.outcomes] == ["LC-A", "LC-B"]


@pytest.mark.parametrize("who", ["tham-dinh.sct-lai-chau", "can-bo.ttkc-quang-nam", "thanh-tra"])
def test_only_the_implementer_registers_drafts(sqlite: Stage, tmp_path: Path, who: str) -> None:
    """A list gives nobody a right that they have not by hand."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD])

    (refused,) = bring(sqlite, file, who=who).outcomes

    assert refused.status == "refused"
    assert refused.unmet[0].lifted_by == ("implementer@ttkc-lai-chau",)


def test_history_tells_a_list_as_it_tells_an_office(sqlite: Stage, tmp_path: Path) -> None:
    """Every chain replays to what is stored."""
    heading = (*HEADING, *RUNNING)
    bring(sqlite, workbook(tmp_path / "a.xlsx", [HEADING, GOOD]))
    bring(sqlite, workbook(tmp_path / "b.xlsx", [HEADING, row(Tổng_kinh_phí="700 triệu")]), at=NOON + timedelta(days=1))
    bring(
        sqlite,
        workbook(tmp_path / "c.xlsx", [heading, (*row(Tên_đề_án="Đang làm"), *FUNDED)]),
        who="giam-doc.sct-lai-chau",
    )

    assert whole(sqlite)


def test_hundreds_of_rows_twice_change_nothing_the_second_time(stage: Stage, tmp_path: Path) -> None:
    """On every store alike."""
    file = workbook(tmp_path / "a.xlsx", many(300))

    first, second = bring(stage, file), bring(stage, file, at=NOON + timedelta(days=1))

    assert (first.counts, second.counts) == ({"created": 300}, {"unchanged": 300})


def test_five_thousand_rows_twice_change_nothing_the_second_time(sqlite: Stage, tmp_path: Path) -> None:
    """The size of a province's whole programme, in one transaction."""
    file = workbook(tmp_path / "a.xlsx", many(5000))

    first, second = bring(sqlite, file), bring(sqlite, file, at=NOON + timedelta(days=1))

    assert (first.counts, second.counts) == ({"created": 5000}, {"unchanged": 5000})


def test_memory_does_not_grow_with_the_list(sqlite: Stage, tmp_path: Path) -> None:
    """Rows are read, decided and forgotten one at a time; only their keys are remembered."""
    small, large = workbook(tmp_path / "a.xlsx", many(200)), workbook(tmp_path / "b.xlsx", many(2200))
    bring(sqlite, small, mode="try")

    peaks = [peak(sqlite, file) for file in (small, large)]

    assert peaks[1] - peaks[0] < 2000 * 1024  # A kilobyte for each further row, its outcome in this test included.


def peak(stage: Stage, file: Path) -> int:
    """The most memory that a trial holds at once, in bytes."""
    gc.collect()
    tracemalloc.start()
    bring(stage, file, mode="try")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_row_of_another_programme_is_not_taken_over(stage: Stage, tmp_path: Path) -> None:
    """A code that another programme has given is refused, not edited."""
    coded = workbook(tmp_path / "a.xlsx", [("Mã đề án", *HEADING), ("LC-A", *GOOD)])
    bring(stage, coded)

    other = workbook(
        tmp_path / "b.xlsx", [("Mã đề án", "Chương trình", *HEADING), ("LC-A", "lai-chau-2015-2020", *GOOD)]
    )
    (refused,) = bring(stage, other).outcomes

    assert said(refused) == [f"Đề án thuộc chương trình “lai-chau-2015-2020”, không phải “{PROGRAMME}”."]
