"""What cells of provinces' lists say: money, days, choices and places in every spelling that offices use."""

from datetime import date, datetime
from pathlib import Path

import pytest

from exchange import cells
from exchange.cells import BadCell
from exchange.headings import unit_in
from language.catalogue import sentence
from tests.listing import GOOD, HEADING, row, rows_of, workbook

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - of spreadsheets.
MILLION = 10**6


@pytest.mark.parametrize(
    ("cell", "unit", "amount"),
    [
        (300_000_000, 1, 300_000_000),
        (300_000_000.0, 1, 300_000_000),
        ("300.000.000", 1, 300_000_000),
        ("300 000 000", 1, 300_000_000),
        ("300,000,000", 1, 300_000_000),
        ("300.000.000 đồng", 1, 300_000_000),
        ("300.000.000 VNĐ", 1, 300_000_000),
        ("300 triệu", 1, 300_000_000),
        ("300tr", 1, 300_000_000),
        ("1,2 tỷ", 1, 1_200_000_000),
        ("1.5 tỷ", 1, 1_500_000_000),
        ("1,2 tỉ đồng", 1, 1_200_000_000),
        (300, MILLION, 300_000_000),
        (0.5, MILLION, 500_000),
        ("1.250,5", MILLION, 1_250_500_000),
        ("300 triệu", MILLION, 300_000_000),
        (299_999_999.9999, 1, 300_000_000),
        (0, 1, 0),
        ("-", 1, None),
        ("   ", 1, None),
        (None, 1, None),
    ],
)
def test_money_is_read_as_offices_write_it(cell: object, unit: int, amount: int | None) -> None:
    """Whole đồng; a word in the cell stands above the unit of the column."""
    assert cells.money(cell, unit=unit) == amount


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (-5, "cell.money_negative"),
        ("-300.000.000", "cell.money_negative"),
        ("(300.000.000)", "cell.money_negative"),
        ("khoảng 300", "cell.money"),
        ("300 000,5", "cell.money_not_whole"),
        (0.5, "cell.money_not_whole"),
        ("300,000", "cell.money_comma"),
        (True, "cell.money"),
        (datetime(2026, 1, 1), "cell.money"),  # noqa: DTZ001 - a cell.
        (float("inf"), "cell.money"),
        (10**14, "cell.money_doubtful"),
        ("#REF!", "cell.error"),
    ],
)
def test_other_money_is_refused_by_name(cell: object, code: str) -> None:
    """Nothing ambiguous is guessed."""
    with pytest.raises(BadCell) as refused:
        cells.money(cell)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2026, 3, 5, 7, 30), date(2026, 3, 5)),  # noqa: DTZ001 - a cell.
        ("05/03/2026", date(2026, 3, 5)),
        ("5/3/2026", date(2026, 3, 5)),
        ("05.03.2026", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("ngày 05 tháng 3 năm 2026", date(2026, 3, 5)),
        (46086, date(2026, 3, 5)),
        (46086.0, date(2026, 3, 5)),
        ("46086", date(2026, 3, 5)),
        ("", None),
    ],
)
def test_days_are_read_as_offices_write_them(cell: object, day: date | None) -> None:
    """Date cells, serial numbers, dd/mm/yyyy and words."""
    assert cells.day(cell, epoch=EPOCH) == day


def test_a_serial_number_counts_from_the_books_own_epoch() -> None:
    """Workbooks of old Macintosh programs count from 1904."""
    assert cells.day(44624, epoch=datetime(1904, 1, 1)) == date(2026, 3, 5)  # noqa: DTZ001 - of spreadsheets.


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Kinh phí (triệu đồng)", MILLION),
        ("Kinh phí (Tr.đ)", MILLION),
        ("Tổng vốn (nghìn đồng)", 1000),
        ("Tổng vốn (1.000 đ)", 1000),
        ("Tổng (tỷ đồng)", 10**9),
        ("Tổng kinh phí (đồng)", 1),
        ("Tổng kinh phí", None),
        ("Chương trình", None),
    ],
)
def test_the_unit_of_a_column_stands_in_its_heading(heading: str, unit: int | None) -> None:
    """A number under "triệu đồng" counts millions."""
    assert unit_in(heading) == unit


@pytest.mark.parametrize(
    ("words", "cell", "key", "value"),
    [
        ("Nội dung hoạt động", "machinery", "activity", "machinery"),
        ("Nội dung hoạt động", "ỨNG DỤNG MÁY MÓC THIẾT BỊ TIÊN TIẾN", "activity", "machinery"),
        ("Nội dung hoạt động", "Ung dung may moc, thiet bi tien tien", "activity", "machinery"),
        ("Địa điểm", "xã Bình Lư", "commune", "binh-lu"),
        ("Địa điểm", "Bình Lư, tỉnh Lai Châu", "commune", "binh-lu"),
        ("Địa điểm", "binh-lu", "commune", "binh-lu"),
        ("Địa điểm", "thị trấn Tân Uyên", "commune", "tan-uyen"),
        ("Phạm vi", "trong một tỉnh, thành phố", "scope", "one_province"),
        ("Năm kế hoạch", "Năm 2022", "plan_year", 2022),
        ("Tên đề án", "  Máy\n sấy   chè ", "name", "Máy sấy chè"),
        ("Tên đề án", "'=Máy sấy", "name", "=Máy sấy"),
    ],
)
def test_choices_and_places_are_known_by_key_and_by_words(
    tmp_path: Path, words: str, cell: object, key: str, value: object
) -> None:
    """Labels count in any case, with or without marks."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, row(**{words.replace(" ", "_"): cell})])

    only = rows_of(file)[0]

    assert only.faults == ()
    assert only.values[key] == value


@pytest.mark.parametrize(
    ("words", "cell", "said"),
    [
        ("Tổng kinh phí", -5, "Ô H2 (Tổng kinh phí): số tiền không được âm: “-5”."),
        ("Tổng kinh phí", "nhiều", "“nhiều” không phải số tiền, ví dụ: 300.000.000; 300 triệu; 1,2 tỷ."),
        ("Tổng kinh phí", "300,000", "không rõ dấu phẩy ngăn hàng nghìn hay phần thập phân"),
        ("Tổng kinh phí", 10**14, "được hiểu là 100.000.000.000.000 đ, lớn bất thường"),
        ("Tổng kinh phí", "0,5", "“0,5” không phải số đồng nguyên."),
        ("Tổng kinh phí", "#REF!", "công thức bị lỗi #REF!."),
        ("Tổng kinh phí", "=1+1", "công thức chưa có kết quả"),
        ("Năm kế hoạch", "hai nghìn", "Ô G2 (Năm kế hoạch): “hai nghìn” không phải số nguyên."),
        ("Năm kế hoạch", 2022.5, "“2022.5” không phải số nguyên."),
        ("Nội dung hoạt động", "Ứng dụng máy móc", "Có phải là “Ứng dụng máy móc, thiết bị tiên tiến”?"),
        ("Nội dung hoạt động", "Nuôi cá", "“Nuôi cá” không có trong danh mục:"),
        ("Ngành nghề", "Sản xuất vật liệu xây dưng mới", "Có phải là “Sản xuất vật liệu xây dựng”?"),
        ("Địa điểm", "xã Pắc Tă Mới", "Có phải là “xã Pắc Ta”?"),
        ("Tên đề án", "x" * 5_000_000, "dài 32767 ký tự, tối đa 4000."),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_place(
    tmp_path: Path, words: str, cell: object, said: str
) -> None:
    """Whoever made the list finds the cell and what to write there."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, row(**{words.replace(" ", "_"): cell})])

    faults = rows_of(file)[0].faults

    assert [sentence(fault.code, fault.params) for fault in faults if said in sentence(fault.code, fault.params)]
    assert len(faults) == 1


def test_text_in_decomposed_letters_is_composed(tmp_path: Path) -> None:
    """Lists from Macintosh programs come in NFD."""
    import unicodedata  # noqa: PLC0415 - only here.

    decomposed = [unicodedata.normalize("NFD", str(cell)) if isinstance(cell, str) else cell for cell in GOOD]
    heading = [unicodedata.normalize("NFD", word) for word in HEADING]
    file = workbook(tmp_path / "a.xlsx", [heading, decomposed])

    only = rows_of(file)[0]

    assert only.faults == ()
    assert only.values == rows_of(workbook(tmp_path / "b.xlsx", [HEADING, GOOD]))[0].values
