"""The control sheet of a case as a paper in the form of offices, and as text."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from audit.control_sheet import NOTE, TITLE, ControlSheet, HandOver
from exchange.docx import Grid, Paragraph, Part, write_docx
from language.formats import VIETNAM, day, instant

HEADINGS = (
    *("STT", "Cơ quan giao", "Cơ quan nhận, giải quyết", "Trạng thái hồ sơ", "Thời gian nhận", "Thời gian giao"),
    *("Hạn xử lý", "Số ngày làm việc", "Kết quả", "Nội dung giải quyết"),
)
_WIDTHS = (5, 15, 15, 13, 11, 11, 11, 8, 11, 17)


def write_control_paper(path: Path, sheet: ControlSheet, *, asked_by: str, at: datetime) -> None:
    """Writes the sheet as a .docx."""
    write_docx(path, list(_parts(sheet, asked_by=asked_by, at=at)))


def _parts(sheet: ControlSheet, *, asked_by: str, at: datetime) -> Iterator[Part]:
    head = sheet.handled_by[0].upper() if sheet.handled_by else sheet.applicant.upper()
    nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
    yield Grid(rows=[(head, nation)], widths=(1, 1), size=13, lines=False)
    yield Paragraph(text=place_and_day(at.astimezone(VIETNAM).date()), italic=True, align="right", after=12)
    yield Paragraph(text=TITLE, size=14, bold=True, align="center", after=10)
    for label, value in about(sheet):
        yield Paragraph(text=f"{label}: {value}")
    yield Grid(rows=[HEADINGS, *(cells(number, row) for number, row in enumerate(sheet.rows, 1))], widths=_WIDTHS)
    yield Paragraph(text="", after=2)
    yield Paragraph(text=NOTE, size=11, italic=True, align="both", after=2)
    made = f"Người lập: {asked_by}; thời điểm lập: {instant(at)}. Mã băm của bản ghi cuối: {sheet.last_hash}"
    yield Paragraph(text=made, size=11, italic=True, after=12)


def place_and_day(on: date) -> str:
    """``ngày 05 tháng 01 năm 2026``: a leading 0 for days below 10 and the months 1 and 2 (Nghị định 30/2020/NĐ-CP)."""
    month = f"{on.month:02}" if on.month <= 2 else str(on.month)  # noqa: PLR2004 - the decree's rule.
    return f"……, ngày {on.day:02} tháng {month} năm {on.year}"


def about(sheet: ControlSheet) -> Iterator[tuple[str, str]]:
    """What stands above the table."""
    yield "Mã số hồ sơ", sheet.code
    yield "Tên đề án", sheet.title
    yield "Đơn vị nộp hồ sơ", sheet.applicant
    yield "Cơ quan giải quyết hồ sơ", "; ".join(sheet.handled_by) or "chưa có"
    yield "Cơ quan phối hợp giải quyết hồ sơ", "; ".join(sheet.asked) or "không có"
    yield "Thời điểm lập hồ sơ", instant(sheet.received)


def cells(number: int, row: HandOver) -> tuple[str, ...]:
    """A row of the table."""
    return (
        str(number),
        row.giver,
        row.taker,
        row.state,
        instant(row.received),
        instant(row.passed_on) if row.passed_on else "",
        day(row.last_day) if row.last_day else "",
        str(row.working_days),
        row.result,
        row.note,
    )
