"""Lists that go out: what a filter selects, who took it, nothing that a spreadsheet would run, and back again."""

import csv
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from khuyencong.cli.running import run
from tests.listing import FUNDED, HEADING, PROGRAMME, RUNNING, row, workbook
from tests.shell import Shell

AT = ("--at", "2021-03-10T12:00")
HEAD = "giam-doc.sct-lai-chau"
INTO = ("--programme", PROGRAMME, "--process", "kcdp")
RISKY = ("=HYPERLINK(1)", "+84 912", "-x", "@SUM(A1)")


@pytest.fixture
def full(office: Shell, tmp_path: Path) -> Shell:
    """An office with five drafts, of risky names too, and a running proposal."""
    drafts = workbook(tmp_path / "drafts.xlsx", [HEADING, row(), *(row(Tên_đề_án=f"'{name}") for name in RISKY)])
    funded = workbook(tmp_path / "funded.xlsx", [(*HEADING, *RUNNING), (*row(Tên_đề_án="Đang làm"), *FUNDED)])
    office.json("proposal", "import", str(drafts), *INTO, "--apply", *AT, "--as", "can-bo.ttkc-lai-chau")
    office.json("proposal", "import", str(funded), *INTO, "--apply", *AT, "--as", HEAD)
    return office


def export(shell: Shell, file: Path, *words: str) -> Any:
    return shell.json("proposal", "export", str(file), *words, *AT, "--as", HEAD)


def cells(file: Path) -> Iterator[tuple[Any, ...]]:
    book = load_workbook(file)
    yield from book["Đề án"].iter_rows(values_only=True)


def test_an_export_holds_exactly_what_the_list_shows(full: Shell, tmp_path: Path) -> None:
    """The same options select the same rows, in the same order."""
    for words in ((), ("--state", "funded"), ("--search", "hyperlink"), ("--overdue",), ("--holder", "ttkc-lai-chau")):
        listed = full.json("proposal", "list", *words, *AT)["proposals"]

        made = export(full, tmp_path / "a.json", *words)

        taken = orjson.loads((tmp_path / "a.json").read_bytes())
        assert [one["code"] for one in taken["proposals"]] == [one["code"] for one in listed]
        assert made["count"] == taken["count"] == len(listed)


def test_an_export_takes_the_options_of_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """A filter that a list learns, an export learns too."""
    options = {}
    for command in ("list", "export"):
        run(["proposal", command, "--help"], {})
        options[command] = set(re.findall(r"(--[a-z]+)", capsys.readouterr().out))

    assert options["list"] - options["export"] <= {"--limit", "--after"}


def test_a_workbook_says_who_took_which_rows_when(full: Shell, tmp_path: Path) -> None:
    """The block above the table; values are numbers, dates and words, the table is ready to print."""
    export(full, tmp_path / "a.xlsx", "--state", "funded")

    rows = list(cells(tmp_path / "a.xlsx"))
    sheet = load_workbook(tmp_path / "a.xlsx")["Đề án"]
    assert [line[0] for line in rows[:5]] == [
        "DANH SÁCH ĐỀ ÁN KHUYẾN CÔNG",
        rows[1][0],
        "Thời điểm xuất: 10/03/2021 12:00",
        "Bộ lọc: trạng thái: funded",
        "Số lượng: 1",
    ]
    assert str(rows[1][0]).startswith("Người xuất: ")
    only = dict(zip(rows[6], rows[7], strict=True))
    assert only["Trạng thái"] == "Đã ký hợp đồng, đang triển khai"
    assert only["Kinh phí được phê duyệt"] == 180_000_000
    assert only["Ngày kết thúc hợp đồng"].date().isoformat() == "2021-11-30"
    assert sheet.print_title_rows == "$7:$7"
    assert sheet.freeze_panes == "C8"
    assert sheet.page_setup.orientation == "landscape"


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_no_text_is_taken_for_a_formula(full: Shell, tmp_path: Path, form: str) -> None:
    """An apostrophe stands before = + - @, in workbooks the cell is text besides."""
    file = tmp_path / f"a.{form}"

    export(full, file, "--programme", PROGRAMME)

    if form == "xlsx":
        typed = [cell for line in load_workbook(file)["Đề án"].iter_rows() for cell in line if cell.value is not None]
        texts = [str(cell.value) for cell in typed if isinstance(cell.value, str)]
        assert not [cell for cell in typed if cell.data_type == "f"]
    else:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            texts = [cell for line in csv.reader(opened, delimiter=";") for cell in line]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert {f"'{name}" for name in RISKY} <= set(texts)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_went_out_comes_in_again_without_a_change(full: Shell, tmp_path: Path, form: str) -> None:
    """Drafts and running proposals, risky names and all."""
    file = tmp_path / f"a.{form}"
    export(full, file)
    before = full.rows()

    again = full.json("proposal", "import", str(file), *INTO, "--apply", *AT, "--as", HEAD)

    assert {key: number for key, number in again["counts"].items() if number} == {"unchanged": 6}
    assert again["unknown_columns"] == []
    assert full.rows() == before


def test_a_csv_opens_in_a_vietnamese_excel(full: Shell, tmp_path: Path) -> None:
    """UTF-8 with a mark, semicolons, lines as Windows ends them."""
    export(full, tmp_path / "a.csv")

    content = (tmp_path / "a.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert "Mã đề án;Tên đề án;" in content.decode("utf-8-sig")


def test_history_keeps_who_took_which_rows_and_the_hash(full: Shell, tmp_path: Path) -> None:
    """Words that were searched for are an opening that can be erased."""
    made = export(full, tmp_path / "a.xlsx", "--search", "hyperlink", "--programme", PROGRAMME)

    bodies = (orjson.loads(cell) for entry in full.rows()["entry"] for cell in entry if isinstance(cell, bytes))
    (body,) = [body for body in bodies if body["kind"] == "exported"]
    assert made["sha256"] == sha256((tmp_path / "a.xlsx").read_bytes()).hexdigest() == body["file_sha256"]
    assert (body["count"], body["form"], body["filters"]) == (1, "xlsx", {"programme": PROGRAMME})
    assert set(body["private"]) >= {"actor", "filters.search"}
    assert full.verified()["ok"]


def test_a_form_that_is_not_known_is_refused(office: Shell, tmp_path: Path) -> None:
    """Wrong usage, with the forms that there are, and no file."""
    answer = office("proposal", "export", str(tmp_path / "a.pdf"), *AT, "--as", HEAD)

    assert answer.status == 2
    assert answer.err.startswith("Không rõ định dạng của “")
    assert not (tmp_path / "a.pdf").exists()


def test_a_folder_that_takes_no_file_is_told(office: Shell, tmp_path: Path) -> None:
    """Nothing is recorded as taken."""
    answer = office("proposal", "export", str(tmp_path / "no" / "a.xlsx"), *AT, "--as", HEAD)

    assert answer.status == 1
    assert "Không ghi được tệp" in answer.err
    assert "exported" not in str(office.rows()["entry"])


def test_nobody_takes_a_list_without_a_name(office: Shell, tmp_path: Path) -> None:
    """Who takes it stands in the file and in history."""
    answer = office("proposal", "export", str(tmp_path / "a.xlsx"), *AT)

    assert answer.status == 1
    assert not (tmp_path / "a.xlsx").exists()
