"""Workbooks as an office would file them, written row by row: a heading block, a table that prints on A4 landscape."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

_FACE = "Times New Roman"
_TITLE, _ABOUT = Font(name=_FACE, size=14, bold=True), Font(name=_FACE, size=11, italic=True)
_HEAD, _BODY = Font(name=_FACE, size=11, bold=True), Font(name=_FACE, size=11)
_LINE = Side(style="thin", color="FF9AA5B1")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD_FILL = PatternFill("solid", fgColor="FFDCE6F1")
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TEXT, _RIGHT = Alignment(vertical="top", wrap_text=True), Alignment(horizontal="right", vertical="top")
_CENTRE = Alignment(horizontal="center", vertical="top")
_FORMATS = {"money": "#,##0", "date": "dd/mm/yyyy", "number": "0"}
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_A4, _A3 = 9, 8
#: Wider tables are printed on A3, and keep code and name in sight while they are scrolled.
_NARROW = 10
#: So many characters stand legibly side by side on A3.
_A3_WIDTH = 280
#: Of a line of text, and the most that a row can have, in points.
_LINE_HEIGHT, _HIGHEST = 15.0, 405.0
#: What a cell of a workbook may hold.
_LONGEST = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its heading, what its cells are, and how wide it is in characters."""

    key: str
    label: str
    type: str = "text"
    width: int = 18


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return f"'{text}" if text.startswith(_RISKY) else text


def writable(text: str) -> str:
    """Guarded text without what a workbook cannot hold (control characters, too much)."""
    kept = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    return guarded(kept)[:_LONGEST]


class Sheet:
    """A sheet that is written from top to bottom."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[Column], *, at: int | None = None) -> None:
        self._sheet: Any = book.create_sheet(name, at)
        self._columns = columns
        self._row = 0
        for number, column in enumerate(columns, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width

    def head(self, title: str, about: Iterable[str]) -> None:
        """The block above the table, and the table's heading, which is repeated on every printed page."""
        lines = list(about)
        self._print(len(lines) + 3)
        self._put([self._cell(title, _TITLE)])
        for line in lines:
            self._put([self._cell(writable(line), _ABOUT)])
        self._put([])
        labels = [column.label for column in self._columns]
        self._put([self._boxed(label, _HEAD, _MIDDLE, fill=_HEAD_FILL) for label in labels], self._height(labels))

    def _print(self, heading: int) -> None:
        """How the sheet is shown and printed; it has to be said before the first row."""
        sheet, wide = self._sheet, len(self._columns) > _NARROW
        sheet.freeze_panes = f"{'C' if wide else 'A'}{heading + 1}"
        sheet.print_title_rows = f"{heading}:{heading}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A3 if wide else _A4
        pages = -(-sum(column.width for column in self._columns) // _A3_WIDTH) if wide else 1
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
        sheet.print_title_cols = "A:B" if wide else None
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.6, 0.75, 0.3
        sheet.oddFooter.right.text = "Trang &P/&N"
        sheet.auto_filter.ref = f"A{heading}:{get_column_letter(len(self._columns))}{heading}"

    def _height(self, values: Sequence[object]) -> float:
        """How high a row must be for its texts to be read whole, in points; programs do not measure it themselves."""
        lines = 1
        for column, value in zip(self._columns, values, strict=True):
            if isinstance(value, str):
                lines = max(lines, sum(1 + len(part) // max(1, column.width - 1) for part in value.split("\n")))
        return min(_HIGHEST, _LINE_HEIGHT * lines + 1)

    def row(self, values: Sequence[object], *, fill: str = "") -> None:
        """One row of the table; ``fill`` colours it (ARGB)."""
        pattern = PatternFill("solid", fgColor=fill) if fill else None
        cells = [self._value(column, value, pattern) for column, value in zip(self._columns, values, strict=True)]
        self._put(cells, self._height(values))

    def _value(self, column: Column, value: object, fill: PatternFill | None) -> Any:
        if isinstance(value, bool):
            value = "Có" if value else "Không"
        if isinstance(value, str):
            return self._boxed(writable(value), _BODY, _TEXT, fill=fill)
        aligned = _RIGHT if column.type == "money" else _CENTRE
        cell = self._boxed(value, _BODY, aligned, fill=fill)
        if isinstance(value, int | date):
            cell.number_format = _FORMATS.get(column.type, "General")
        return cell

    def _boxed(self, value: object, font: Font, alignment: Alignment, *, fill: PatternFill | None = None) -> Any:
        cell = self._cell(value, font)
        cell.alignment, cell.border = alignment, _BOX
        if fill is not None:
            cell.fill = fill
        return cell

    def _cell(self, value: object, font: Font) -> Any:
        cell = WriteOnlyCell(self._sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"  # Never a formula, whatever it begins with.
        cell.font = font
        return cell

    def _put(self, cells: list[Any], height: float | None = None) -> None:
        self._row += 1
        if height is not None:
            self._sheet.row_dimensions[self._row].height = height
        self._sheet.append(cells)
        self._sheet.row_dimensions.pop(self._row, None)  # It is written; a long list must not pile up in memory.


def new_book() -> Workbook:
    """An empty workbook that is written from top to bottom."""
    return Workbook(write_only=True)
