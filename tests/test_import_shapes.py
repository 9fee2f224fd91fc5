"""Lists in the shapes that provinces give them: titles, two-row headings, units, groups, totals, signatures, merges."""

from pathlib import Path

import pytest

from definitions.bundle import shipped
from exchange.folding import fold
from exchange.headings import synonyms, words_of
from language.catalogue import sentence
from tests.listing import GOOD, HEADING, reading, row, rows_of, workbook
from workflow.opening import opening_fields
from workflow.service.row_deciding import PAID_IN_ALL

TITLES = (
    ("SỞ CÔNG THƯƠNG TỈNH LAI CHÂU",),
    ("BIỂU TỔNG HỢP ĐỀ ÁN KHUYẾN CÔNG NĂM 2022",),
    ("(Kèm theo Công văn số 12/SCT ngày 03 tháng 2 năm 2021)",),
    (None, None, None, "Đơn vị tính: triệu đồng"),
)
TWO_ROWS = (
    ("TT", "Tên đề án", "Đơn vị thụ hưởng", "Kinh phí thực hiện", None, None, "Ghi chú"),
    (None, None, None, "Tổng số", "KCĐP", "Vốn đối ứng", None),
    ("(1)", "(2)", "(3)", "(4)=(5)+(6)", "(5)", "(6)", "(7)"),
)
LIST = (
    *TITLES,
    *TWO_ROWS,
    ("I", "Huyện Tân Uyên", None, 900, 300, 600, None),
    (1, "Máy sấy chè", "HTX A", 600, 200, 400, None),
    (None,) * 7,
    (2, "Máy sao chè", "HTX B", "1,2 tỷ", "0,3 tỷ", 900, "ưu tiên"),
    (None, "Tổng cộng", None, 1800, 500, 1300, None),
    (None, "NGƯỜI LẬP BIỂU", None, None, "GIÁM ĐỐC", None, None),
)


def test_a_provinces_list_is_read_as_it_is_kept(tmp_path: Path) -> None:
    """Titles, a heading in two rows, the unit above, a group, an empty row, a total, a signature."""
    file = workbook(tmp_path / "a.xlsx", LIST, merged=["A2:G2", "D5:F5", "B5:B6"])

    rows = rows_of(file)

    read = [(one.number, one.title, one.skipped.code if one.skipped else "") for one in rows]
    assert read == [
        (8, "Huyện Tân Uyên", "row.group"),
        (9, "Máy sấy chè", ""),
        (11, "Máy sao chè", ""),
        (12, "Tổng cộng", "row.total"),
        (13, "NGƯỜI LẬP BIỂU", "row.note"),
    ]
    assert dict(rows[1].values) == {
        "name": "Máy sấy chè",
        "beneficiary": "HTX A",
        "plan_year": 2022,
        "total_cost": 600_000_000,
        "requested_amount": 200_000_000,
        "own_capital": 400_000_000,
    }
    assert rows[2].values["total_cost"] == 1_200_000_000
    assert rows[2].values["own_capital"] == 900_000_000


@pytest.mark.parametrize("name", ["Công nghệ sấy chè", "Cộng đồng làm du lịch", "Tổng kho lạnh", "Tổ hợp máy"])
def test_a_proposal_is_never_taken_for_a_total(tmp_path: Path, name: str) -> None:
    """Only words that mean a sum, alone in their row, make one."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, row(Tên_đề_án=name)])

    (only,) = rows_of(file)

    assert only.skipped is None


@pytest.mark.parametrize("words", ["TỔNG CỘNG", "Tổng số", "Cộng", "Cộng I", "Tổng cộng (I+II)", "Tổng cộng: 15 đề án"])
def test_a_total_is_no_proposal(tmp_path: Path, words: str) -> None:
    """It is told as left out, with its words."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD, (words, *[None] * 6, 1, 2, 3, 4)])

    total = rows_of(file)[-1]

    assert total.skipped is not None
    assert sentence(total.skipped.code, total.skipped.params) == f"Dòng tổng “{words}”: không phải đề án, bỏ qua."


def test_columns_stand_in_any_order_and_spelling(tmp_path: Path) -> None:
    """The same values come of another order, other words, other letters."""
    words = {
        "Tên đề án": "TEN  DE-AN:",
        "Kinh phí hỗ trợ": "kinh phí khuyến công hỗ trợ",
        "Địa điểm": "Địa bàn thực hiện",
    }
    turned = [words.get(word, word.upper()) for word in reversed(HEADING)]
    other = workbook(tmp_path / "b.xlsx", [turned, list(reversed(GOOD))])

    assert rows_of(other)[0].values == rows_of(workbook(tmp_path / "a.xlsx", [HEADING, GOOD]))[0].values


def test_text_merged_downwards_counts_for_each_row_and_money_for_none(tmp_path: Path) -> None:
    """One beneficiary of two proposals is theirs; one amount of two proposals is nobody's."""
    second = row(Tên_đề_án="Máy sao chè", Đơn_vị_thụ_hưởng=None)
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD, second], merged=["B2:B3", "H2:H3"])

    rows = rows_of(file)

    assert [one.values["beneficiary"] for one in rows] == ["HTX Chè Pắc Ta"] * 2
    assert [[sentence(fault.code, fault.params) for fault in one.faults] for one in rows] == [
        [f"Ô H{number} (Tổng kinh phí): số tiền gộp chung cho nhiều dòng; hãy bỏ gộp ô và ghi số tiền của từng đề án."]
        for number in (2, 3)
    ]


def test_a_row_merged_across_is_the_heading_of_a_group(tmp_path: Path) -> None:
    """It names no proposal."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, ("Huyện Sìn Hồ",), GOOD], merged=["A2:K2"])

    first, second = rows_of(file)

    assert first.skipped is not None
    assert second.skipped is None


def test_a_formula_counts_as_it_was_last_calculated(tmp_path: Path) -> None:
    """Where a program kept the result beside the formula."""
    import zipfile  # noqa: PLC0415 - only here.

    plain = workbook(tmp_path / "a.xlsx", [HEADING, GOOD])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                text = text.replace(b"<v>600000000</v>", b"<f>I2+0</f><v>600000000</v>", 1)
            new.writestr(part, text)

    (only,) = rows_of(tmp_path / "b.xlsx")

    assert only.values["total_cost"] == 600_000_000
    assert only.faults == ()


def test_a_year_in_the_title_gives_way_to_a_column_and_to_two_years(tmp_path: Path) -> None:
    """Only one year in the titles, and no column of years, says the plan year."""
    both = workbook(tmp_path / "a.xlsx", [("KẾ HOẠCH NĂM 2022 VÀ NĂM 2023",), ("Tên đề án", "Tổng kinh phí"), ("A", 1)])
    column = workbook(tmp_path / "b.xlsx", [("KẾ HOẠCH NĂM 2022",), ("Tên đề án", "Năm"), ("A", None)])

    assert "plan_year" not in rows_of(both)[0].values
    assert "plan_year" not in rows_of(column)[0].values


def test_unknown_columns_are_told(tmp_path: Path) -> None:
    """What is not read is named; a remark column is not worth a word."""
    file = workbook(tmp_path / "a.xlsx", [(*HEADING, "Ghi chú", "Màu sắc"), (*GOOD, "x", "đỏ")])

    assert reading(file).heading.unknown == ("Màu sắc",)


def test_every_synonym_names_a_field_and_no_word_names_two() -> None:
    """The table of words cannot point to what no process has."""
    process = shipped().process("kcdp")
    known = synonyms()
    facts = {*opening_fields(process), PAID_IN_ALL}
    meant: dict[str, set[str]] = {}
    for section in ("row", "data", "fact"):
        for key, texts in known[section].items():
            for text in texts:
                meant.setdefault(fold(text), set()).add(key)

    assert set(known["data"]) <= {field.key for field in process.data}
    assert set(known["fact"]) <= facts
    assert set(known["export"]["facts"]) <= facts
    assert {word for word, keys in meant.items() if len(keys) > 1} == set()
    assert {word for word, keys in meant.items() if {words_of(process).key(word)} != keys} == set()


def test_papers_are_looked_for_in_their_folder_alone(tmp_path: Path) -> None:
    """A list cannot name a file of the machine."""
    (tmp_path / "qd.pdf").write_bytes(b"%PDF")
    file = workbook(tmp_path / "a.xlsx", [(*HEADING, "Tài liệu"), (*GOOD, "qd.pdf; thieu.pdf; ../../etc/passwd")])

    (only,) = rows_of(file)

    assert [Path(paper.path).name for paper in only.papers] == ["qd.pdf"]
    assert [sentence(fault.code, fault.params) for fault in only.faults] == [
        "Dòng 2: không có tệp giấy tờ “thieu.pdf”.",
        "Dòng 2: tệp “../../etc/passwd” nằm ngoài thư mục giấy tờ.",
    ]
