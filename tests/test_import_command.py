"""``proposal import`` as a user types it: tried first, exit status, JSON, report, progress."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.listing import GOOD, HEADING, PROGRAMME, many, row, workbook
from tests.shell import Shell

AT = ("--at", "2021-03-10T12:00")
OFFICER = "can-bo.ttkc-lai-chau"
INTO = ("--programme", PROGRAMME, "--process", "kcdp", *AT, "--as", OFFICER)


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A list of two rows that nothing is wrong with."""
    return str(workbook(tmp_path / "tot.xlsx", [HEADING, GOOD, row(Tên_đề_án="Máy sao chè")]))


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    """A list of a good row and one that is refused."""
    return str(workbook(tmp_path / "lan.xlsx", [HEADING, GOOD, row(Tên_đề_án="B", Tổng_kinh_phí=-1)]))


def listed(office: Shell) -> int:
    return len(office.json("proposal", "list", *AT)["proposals"])


def test_without_apply_nothing_is_written(office: Shell, good: str) -> None:
    """A trial is what one gets without asking; --dry-run says the same."""
    before = office.rows()

    tried, said = office("proposal", "import", good, *INTO), office("proposal", "import", good, *INTO, "--dry-run")

    assert (tried.status, said.status) == (0, 0)
    assert "Chạy thử: chưa ghi gì vào hệ thống. Thêm --apply để ghi." in tried.out
    assert "Bản thảo mới: 2." in tried.out
    assert office.rows() == before


def test_with_apply_all_rows_are_written_once(office: Shell, good: str) -> None:
    """The second time says that nothing changed."""
    first = office("proposal", "import", good, *INTO, "--apply")
    second = office("proposal", "import", good, *INTO, "--apply")

    assert (first.status, second.status) == (0, 0)
    assert "Đã ghi vào hệ thống." in first.out
    assert "LC-2022-0001" in first.out
    assert "Không có gì thay đổi trong hệ thống." in second.out
    assert listed(office) == 2


def test_a_refused_row_makes_the_status_one_and_keeps_all_out(office: Shell, mixed: str) -> None:
    """Unless the others are asked for."""
    whole = office("proposal", "import", mixed, *INTO, "--apply")
    assert listed(office) == 0

    partly = office("proposal", "import", mixed, *INTO, "--apply", "--partial")

    assert (whole.status, partly.status) == (1, 1)
    assert "Chưa ghi gì vì có dòng không nhận được." in whole.out
    assert "Ô H3 (Tổng kinh phí): số tiền không được âm: “-1”." in whole.out
    assert listed(office) == 1


def test_programs_read_one_document(office: Shell, mixed: str) -> None:
    """Every row with its status, its reasons with code, params and sentence, and how the columns were read."""
    answer = office("--json", "proposal", "import", mixed, *INTO)

    document: Any = answer.document
    assert answer.status == 1
    assert set(document) == {
        *("file", "sha256", "programme", "process", "mode", "written", "counts", "sheet", "other_sheets"),
        *("heading_row", "plan_year", "columns", "unknown_columns", "rows"),
    }
    assert document["counts"] == {
        **dict.fromkeys(("opened", "edited", "unchanged", "differs", "skipped"), 0),
        "created": 1,
        "refused": 1,
    }
    assert (document["mode"], document["written"], document["sheet"]) == ("dry-run", False, "Đề án")
    assert document["columns"][0] == {"column": "A1", "text": "Tên đề án", "field": "name"}
    refused = document["rows"][1]
    assert set(refused) == {"row", "status", "code", "title", "state", "reasons", "remarks", "changes"}
    assert refused["reasons"] == [
        {
            "code": "cell.money_negative",
            "params": {"cell": "H3", "heading": "Tổng kinh phí", "text": "-1"},
            "sentence": "Ô H3 (Tổng kinh phí): số tiền không được âm: “-1”.",
        }
    ]


def test_a_changed_draft_shows_its_difference(office: Shell, good: str, tmp_path: Path) -> None:
    """Old and new, as offices write them."""
    office.json("proposal", "import", good, *INTO, "--apply")
    changed = str(workbook(tmp_path / "b.xlsx", [HEADING, row(Kinh_phí_hỗ_trợ="250 triệu", Vốn_đối_ứng="350 triệu")]))

    told = office("proposal", "import", changed, *INTO, "--apply").out
    history = office.json("proposal", "history", "LC-2022-0001")

    assert "Sửa bản thảo" in told
    assert "200.000.000 đ → 250.000.000 đ" in " ".join(told.split())
    assert [link["kind"] for link in history["entries"]] == ["created", "edited"]


def test_the_report_is_a_workbook_of_every_row(office: Shell, mixed: str, tmp_path: Path) -> None:
    """A sheet of counts, and a sheet with the reason of each row."""
    answer = office("proposal", "import", mixed, *INTO, "--report", str(tmp_path / "bao-cao.xlsx"))

    book = load_workbook(tmp_path / "bao-cao.xlsx")
    rows = list(book["Từng dòng"].iter_rows(min_row=5, values_only=True))
    assert answer.status == 1
    assert book.sheetnames == ["Tổng hợp", "Từng dòng"]
    assert ("Không nhận", 1) in list(book["Tổng hợp"].iter_rows(min_row=5, max_col=2, values_only=True))
    assert [one[:4] for one in rows] == [
        (2, None, "Ứng dụng máy sấy chè", "Bản thảo mới"),
        (3, None, "B", "Không nhận"),
    ]
    assert rows[1][4] == "Ô H3 (Tổng kinh phí): số tiền không được âm: “-1”."


def test_values_may_be_given_for_rows_that_say_nothing(office: Shell, tmp_path: Path) -> None:
    """A column that is missing in every row."""
    file = workbook(tmp_path / "a.xlsx", [("Tên đề án", "Kinh phí hỗ trợ"), ("A", "100 triệu")])

    bare = office("--json", "proposal", "import", str(file), *INTO)
    given = office("--json", "proposal", "import", str(file), *INTO, "--fact", "plan_year=2022")

    assert bare.document["rows"][0]["reasons"][0]["sentence"] == "Thiếu thông tin bắt buộc: Năm kế hoạch."
    assert given.status == 0


WRONG = (
    (("--apply", "--dry-run"), "Chỉ dùng một trong hai: --apply hoặc --dry-run."),
    (("--partial",), "--partial chỉ dùng cùng với --apply."),
    (("--report", "bao-cao.pdf"), "Báo cáo là tệp .xlsx; “bao-cao.pdf” không phải."),
    (("--state", "xong"), "Không có trạng thái “xong”."),
    (("--fact", "plan_year"), "plan_year"),
)


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_wrong_usage_is_told_with_status_two(office: Shell, good: str, words: tuple[str, ...], said: str) -> None:
    """Nothing is read then."""
    answer = office("proposal", "import", good, *INTO, *words)

    assert answer.status == 2
    assert said in answer.err


def test_what_is_not_there_is_told(office: Shell, good: str, tmp_path: Path) -> None:
    """An unknown programme, a missing file, a file that is no list, nobody signed in."""
    unknown = office("proposal", "import", good, "--programme", "lai-chau-2021-2052", *AT, "--as", OFFICER)
    missing = office("proposal", "import", str(tmp_path / "khong-co.xlsx"), *INTO)
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7")
    no_list = office("--json", "proposal", "import", str(tmp_path / "a.xlsx"), *INTO)
    nobody = office("proposal", "import", good, "--programme", PROGRAMME, "--process", "kcdp", *AT)

    assert (unknown.status, missing.status, no_list.status, nobody.status) == (1, 2, 1, 1)
    assert "lai-chau-2021-2025" in unknown.err
    assert no_list.document["type"] == "/problems/unreadable-file"
    assert "là PDF" in no_list.document["detail"]


def test_a_bar_on_standard_error_shows_how_far_it_is(office: Shell, tmp_path: Path) -> None:
    """Only at a terminal; standard output stays one document."""
    file = workbook(tmp_path / "a.xlsx", many(300))
    master, slave = pty.openpty()
    words = [sys.executable, "-m", "khuyencong", "--database", f"sqlite:///{office.file}", "--json"]

    done = subprocess.run(
        [*words, "proposal", "import", str(file), *INTO],
        stdout=subprocess.PIPE,
        stderr=slave,
        check=False,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(slave)
    shown = os.read(master, 65_536).decode("utf-8", "replace")
    os.close(master)

    assert done.returncode == 0
    assert done.stdout.startswith(b"{")
    assert "Đang kiểm tra" in shown
    assert "/300" in shown
