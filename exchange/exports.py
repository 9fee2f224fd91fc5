"""Lists that go out: the same rows as a workbook, as text for a spreadsheet, or as JSON, with who asked for which."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import orjson

from definitions.process import Process
from exchange.errors import UnreadableFile
from exchange.headings import synonyms
from exchange.sheets import Column, Sheet, new_book, writable
from exchange.sources import is_empty
from language.formats import day, instant
from workflow.opening import opening_fields
from workflow.proposal import FactValue
from workflow.service.row_deciding import PAID_IN_ALL

Format = Literal["xlsx", "csv", "json"]
FORMATS: tuple[Format, ...] = ("xlsx", "csv", "json")
Row = Mapping[str, FactValue]
#: What a sheet of a workbook can hold, with room for the heading.
_MOST_ROWS = 1_048_000
_WIDTHS = {"money": 16, "date": 12, "number": 9, "bool": 9, "choice": 22}
_WIDE = {"beneficiary": 28}
#: Columns of the row itself, in front; the last three are told and never read back.
_FIRST = (
    *(("code", "Mã đề án", "text", 15), ("name", "Tên đề án", "text", 40), ("state", "Trạng thái", "text", 20)),
    *(("programme", "Chương trình", "text", 20), ("implementer", "Đơn vị thực hiện", "text", 26)),
    *(("province", "Tỉnh", "text", 12), ("milestone", "Cột mốc", "text", 16)),
    *(("holder", "Cơ quan đang giữ", "text", 26), ("last_day", "Hạn xử lý", "date", 12)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a list is called: its title, the name of its sheet, and the key of its rows in JSON."""

    title: str
    sheet: str
    key: str


_PROPOSALS = Named(title="DANH SÁCH ĐỀ ÁN KHUYẾN CÔNG", sheet="Đề án", key="proposals")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Who took a list, when, and which rows were asked for: in words for people, and as the options that were given."""

    asked_by: str
    asked_at: datetime
    words: str
    filters: Mapping[str, str | bool]
    count: int

    def lines(self) -> list[str]:
        """The block above the list."""
        return [
            f"Người xuất: {self.asked_by}",
            f"Thời điểm xuất: {instant(self.asked_at)}",
            f"Bộ lọc: {self.words}",
            f"Số lượng: {self.count}",
        ]


def columns_of(processes: Iterable[Process], used: AbstractSet[str]) -> tuple[Column, ...]:
    """The columns of an export: the row itself, the fields of a draft, then what was decided and paid.

    Fields that no row of the list has are left out, so that it can be read and printed.
    """
    columns = {key: Column(key=key, label=label, type=kind, width=width) for key, label, kind, width in _FIRST}
    known = {key: one for process in processes for key, one in opening_fields(process).items()}
    drafted = {one.key: one for process in processes for one in process.data}
    words = synonyms()["fact"]
    for key, one in drafted.items():
        columns.setdefault(key, _column(key, one.label, one.type))
    for key in synonyms()["export"]["facts"]:
        kind = "money" if key == PAID_IN_ALL else known[key].type if key in known else ""
        if kind:
            columns[key] = _column(key, words[key][0], kind)
    first = {key for key, *_ in _FIRST}
    return tuple(column for key, column in columns.items() if key in first or key in used)


def _column(key: str, label: str, kind: str) -> Column:
    return Column(key=key, label=label, type=kind, width=_WIDE.get(key, _WIDTHS.get(kind, 18)))


def write_list(
    file: Path,
    form: Format,
    about: About,
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    named: Named = _PROPOSALS,
) -> None:
    """Writes the rows in their order, one at a time. Raises UnreadableFile for more than a workbook can hold."""
    writers = {"xlsx": _write_workbook, "csv": _write_text, "json": _write_json}
    writers[form](file, about, columns, rows, named)


def _write_workbook(file: Path, about: About, columns: Sequence[Column], rows: Iterable[Row], named: Named) -> None:
    if about.count > _MOST_ROWS:
        raise UnreadableFile("export.too_many_rows", {"n": about.count, "most": _MOST_ROWS})
    book = new_book()
    sheet = Sheet(book, named.sheet, columns)
    sheet.head(named.title, about.lines())
    for row in rows:
        sheet.row([row.get(column.key) for column in columns])
    book.save(file)


def _write_text(file: Path, about: About, columns: Sequence[Column], rows: Iterable[Row], named: Named) -> None:
    """UTF-8 with a mark and semicolons: what a Vietnamese Excel opens rightly by a double click."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened, delimiter=";", lineterminator="\r\n")
        writer.writerows([writable(line)] for line in (named.title, *about.lines()))
        writer.writerow([])
        writer.writerow([column.label for column in columns])
        writer.writerows([_plain(row.get(column.key)) for column in columns] for row in rows)


def _plain(value: FactValue | None) -> str:
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, date):
        return day(value)
    return "" if is_empty(value) else writable(str(value))


def _write_json(file: Path, about: About, columns: Sequence[Column], rows: Iterable[Row], named: Named) -> None:
    keys = [column.key for column in columns]
    head = {
        "asked_by": about.asked_by,
        "asked_at": about.asked_at.isoformat(),
        "filters": dict(about.filters),
        "count": about.count,
        "columns": {column.key: column.label for column in columns},
    }
    with file.open("wb") as opened:
        opened.write(orjson.dumps(head)[:-1] + f',"{named.key}":['.encode())
        for number, row in enumerate(rows):
            opened.write(b",\n" if number else b"\n")
            opened.write(orjson.dumps({key: row[key] for key in keys if key in row}))
        opened.write(b"\n]}\n")
