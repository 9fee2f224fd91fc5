"""Files that are no lists, or not safe to open: each gets its sentence, and nothing of it is read."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from openpyxl import Workbook

from definitions.bundle import shipped
from exchange.errors import UnreadableFile
from exchange.opening import open_list
from exchange.rows import read_rows
from language.catalogue import sentence
from tests.listing import GOOD, HEADING, reading, rows_of, workbook

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _bytes(content: bytes) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        file.write_bytes(content)

    return make


def _rows(*rows: tuple[object, ...]) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        workbook(file, rows)

    return make


def _archive(**parts: bytes) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name.replace("__", "/").replace("_", "."), content)

    return make


def _changed(part: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A good workbook with one part changed."""

    def make(file: Path) -> None:
        good = workbook(file.with_suffix(".good"), [HEADING, GOOD])
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
            for one in old.infolist():
                content = old.read(one)
                new.writestr(one.filename, change(content) if one.filename == part else content)

    return make


def _cut(file: Path) -> None:
    workbook(file, [HEADING, GOOD])
    file.write_bytes(file.read_bytes()[:-400])


def _locked(file: Path) -> None:
    """A workbook whose parts are marked as encrypted."""
    workbook(file, [HEADING, GOOD])
    content = bytearray(file.read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        flags = struct.unpack_from("<H", content, place + 8)[0]
        struct.pack_into("<H", content, place + 8, flags | 1)
        place = content.find(b"PK\x01\x02", place + 4)
    file.write_bytes(bytes(content))


def _hidden(file: Path) -> None:
    book = Workbook()
    book.active.append(list(HEADING))
    book.active.sheet_state = "veryHidden"
    book.create_sheet("Bìa")
    book.active = 1
    book["Bìa"].append(["Danh sách ở trang ẩn"])
    book.save(file)


_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

MALFORMED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "empty": ("a.xlsx", _bytes(b""), "Tệp “a.xlsx” rỗng."),
    "folder": ("a.xlsx", lambda file: file.mkdir(), "“a.xlsx” là một thư mục"),
    "random": ("a.xlsx", _bytes(b"\x01\x02\x03 no workbook"), "mang tên bảng tính nhưng không phải bảng tính Excel"),
    "old-xls": ("a.xlsx", _bytes(_OLE + b"\0" * 2000), "thuộc định dạng Excel cũ (.xls)"),
    "password": (
        "a.xlsx",
        _bytes(_OLE + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le")),
        "được đặt mật khẩu; hãy bỏ mật khẩu rồi nhập lại",
    ),
    "locked-parts": ("a.xlsx", _locked, "được đặt mật khẩu"),
    "pdf": ("a.xlsx", _bytes(b"%PDF-1.7 ..."), "là PDF; cần bảng tính .xlsx hoặc .csv"),
    "web-page": ("a.xls", _bytes(b"<html><table><tr><td>x</td></tr></table>"), "thực chất là một trang web"),
    "old-xml": ("a.xls", _bytes(b'<?xml version="1.0"?><Workbook/>'), "là XML; hãy mở bằng Excel"),
    "word": ("a.xlsx", _archive(word__document_xml=b"<x/>"), "là tệp Word (.docx), không phải bảng tính"),
    "libreoffice": ("a.xlsx", _archive(content_xml=b"<x/>"), "là tệp OpenDocument (.ods)"),
    "zip": ("a.xlsx", _archive(ghi_chu_txt=b"x"), "là tệp .zip, không phải bảng tính"),
    "xlsb": ("a.xlsx", _archive(xl__workbook_bin=b"x"), "là bảng tính nhị phân (.xlsb)"),
    "bomb": (
        "a.xlsx",
        _archive(xl__workbook_xml=b"<x/>", xl__worksheets__sheet1_xml=b" " * (40 * 2**20)),
        "khi giải nén lớn bất thường",
    ),
    "cut-off": ("a.xlsx", _cut, "bị hỏng hoặc không đúng định dạng .xlsx"),
    "broken-sheet": (
        "a.xlsx",
        _changed("xl/worksheets/sheet1.xml", lambda text: text[: len(text) // 2]),
        "bị hỏng hoặc không đúng định dạng .xlsx",
    ),
    "broken-book": ("a.xlsx", _changed("xl/workbook.xml", lambda _: b"<no"), "bị hỏng hoặc không đúng định dạng .xlsx"),
    "entities": (
        "a.xlsx",
        _changed("xl/worksheets/sheet1.xml", lambda text: _LAUGHS + text[text.index(b"<worksheet") :]),
        "có khai báo XML không an toàn",
    ),
    "no-rows": ("a.xlsx", _rows(), "Không có dòng nào chứa dữ liệu."),
    "no-heading": ("a.xlsx", _rows(("một", "hai"), (1, 2)), "Không tìm thấy dòng tiêu đề"),
    "hidden-only": ("a.xlsx", _hidden, "Không tìm thấy dòng tiêu đề"),
    "no-names": (
        "a.xlsx",
        _rows(("Đơn vị thụ hưởng", "Tổng kinh phí"), ("HTX", 1)),
        "Dòng tiêu đề 1 không có cột “Tên đề án”. Các cột đọc được: Đơn vị thụ hưởng, Tổng kinh phí.",
    ),
    "heading-twice": (
        "a.xlsx",
        _rows(("Tên đề án", "Tổng kinh phí", "Tổng mức đầu tư"), ("A", 1, 2)),
        "Hai cột cùng nghĩa: B1 “Tổng kinh phí” và C1 “Tổng mức đầu tư”",
    ),
    "binary-csv": ("a.csv", _bytes(bytes(range(256)) * 20), "không phải bảng tính, cũng không phải văn bản"),
    "odd-encoding": ("a.csv", _bytes("Tên đề án;Năm\nA;".encode() + b"\xd2\xff\x9d\x9e\n"), "Không đọc được bảng mã"),
    "open-quote": (
        "a.csv",
        _bytes('Tên đề án;Năm kế hoạch\n"A;2026\n'.encode() + b"x;1\n" * 60_000),
        "có một ô dài bất thường (có thể do thiếu dấu ngoặc kép đóng)",
    ),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_file_that_is_no_list_is_told_what_it_is(kind: str, tmp_path: Path) -> None:
    """By its content, whatever its name says; an officer reads what to do about it."""
    name, make, said = MALFORMED[kind]
    make(tmp_path / name)

    with pytest.raises(UnreadableFile) as refused:
        list(read_rows(reading(tmp_path / name)))

    assert said in sentence(refused.value.code, refused.value.params)


def test_a_sheet_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    """The sheets that there are are named."""
    file = workbook(tmp_path / "a.xlsx", [HEADING, GOOD], sheet="Năm 2022")

    with pytest.raises(UnreadableFile) as refused:
        open_list(file, shipped().process("kcdp"), sheet="Năm 2023")

    assert sentence(refused.value.code, refused.value.params) == (
        "Không có trang tính “Năm 2023”. Các trang tính: Năm 2022."
    )


def test_a_cell_of_five_megabytes_is_refused_and_the_next_row_read(tmp_path: Path) -> None:
    """A cell that no program writes keeps nothing else out."""
    big = f'<c r="A2" t="inlineStr"><is><t>{"x" * 5_000_000}</t></is></c>'.encode()

    def change(sheet: bytes) -> bytes:
        start = sheet.index(b'<c r="A2"')
        return sheet[:start] + big + sheet[sheet.index(b"</c>", start) + 4 :]

    _changed("xl/worksheets/sheet1.xml", change)(tmp_path / "a.xlsx")

    (fault,) = rows_of(tmp_path / "a.xlsx")[0].faults

    assert sentence(fault.code, fault.params) == "Ô A2 (Tên đề án): dài 5000000 ký tự, tối đa 4000."


CSV = "Tên đề án;Năm kế hoạch;Tổng kinh phí\r\nChế biến gỗ Đồng Tâm;2022;1,2 tỷ\r\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CSV.encode(), id="utf-8"),
        pytest.param(CSV.encode("utf-8-sig"), id="utf-8-mark"),
        pytest.param(CSV.encode("utf-16"), id="utf-16-mark"),
        pytest.param(CSV.encode("utf-16-le"), id="utf-16-bare"),
        pytest.param(CSV.replace(";", "\t").encode(), id="tab"),
        pytest.param(CSV.replace(";", ",").replace("1,2 tỷ", '"1,2 tỷ"').encode(), id="comma"),
        pytest.param(b"sep=;\r\n" + CSV.encode(), id="named-separator"),
        pytest.param(("\r\n;;\r\nDANH SÁCH;;\r\n" + CSV).encode(), id="titles"),
    ],
)
def test_text_tables_are_read_in_the_forms_that_offices_write(tmp_path: Path, content: bytes) -> None:
    """UTF-8 and UTF-16 with and without a mark; semicolon, tab and comma."""
    (tmp_path / "a.csv").write_bytes(content)

    (only,) = rows_of(tmp_path / "a.csv")

    assert dict(only.values) == {"name": "Chế biến gỗ Đồng Tâm", "plan_year": 2022, "total_cost": 1_200_000_000}


def test_the_old_vietnamese_encoding_is_read(tmp_path: Path) -> None:
    """Windows-1258 writes tones as letters of their own."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    text = "".join(
        normalize("NFC", "".join(part for part in normalize("NFD", letter) if part not in tones))
        + "".join(part for part in normalize("NFD", letter) if part in tones)
        for letter in CSV
    )
    (tmp_path / "a.csv").write_bytes(text.encode("cp1258"))

    (only,) = rows_of(tmp_path / "a.csv")

    assert only.values["name"] == "Chế biến gỗ Đồng Tâm"
    assert only.values["total_cost"] == 1_200_000_000
