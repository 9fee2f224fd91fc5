"""The report on a list that came in, row by row, as a workbook: what became of each row and why."""

from collections.abc import Iterable
from pathlib import Path

from exchange.safe_files import written
from exchange.sheets import Column, Sheet, new_book
from language.catalogue import sentence
from language.formats import day, money
from workflow.errors import Unmet
from workflow.incoming import STATUSES, Change, Imported, Outcome
from workflow.proposal import FactValue

_COLUMNS = (
    Column(key="number", label="Dòng", type="number", width=8),
    Column(key="code", label="Mã đề án", width=15),
    Column(key="title", label="Tên đề án", width=46),
    Column(key="status", label="Kết quả", width=20),
    Column(key="reasons", label="Lý do, lưu ý", width=70),
    Column(key="changes", label="Thay đổi (cũ → mới)", width=46),
)
_SUMMARY = (
    Column(key="status", label="Kết quả", width=44),
    Column(key="count", label="Số dòng", type="number", width=12),
)
_FILLS = {
    "refused": "FFF8D7DA",
    "differs": "FFFFF3CD",
    "created": "FFE2F0D9",
    "opened": "FFE2F0D9",
    "edited": "FFDDEBF7",
}


class Report:
    """A report that is written while the rows come in, memory flat."""

    def __init__(self) -> None:
        self._book = new_book()
        self._sheet = Sheet(self._book, "Từng dòng", _COLUMNS)
        self._sheet.head("KẾT QUẢ NHẬP DANH SÁCH ĐỀ ÁN: TỪNG DÒNG", ["Số dòng là số dòng của tệp đã nhập."])

    def add(self, outcome: Outcome) -> None:
        """The row of an outcome."""
        reasons = "\n".join(reasons_of(outcome, "vi"))
        changes = "\n".join(change_said(change) for change in outcome.changes)
        status = sentence(f"import.status.{outcome.status}", {}, "vi")
        values = (outcome.number, outcome.code, outcome.title, status, reasons, changes)
        self._sheet.row(values, fill=_FILLS.get(outcome.status, ""))

    def save(self, file: Path, imported: Imported, about: Iterable[str]) -> None:
        """Writes the workbook, with how many rows went which way on its first sheet. Raises UnreadableFile."""
        summary = Sheet(self._book, "Tổng hợp", _SUMMARY, at=0)
        code = "import.written" if imported.written else "import.not_written"
        summary.head("KẾT QUẢ NHẬP DANH SÁCH ĐỀ ÁN", [*about, sentence(code, {}, "vi")])
        for status in STATUSES:
            said = sentence(f"import.status.{status}", {}, "vi")
            summary.row((said, imported.counts[status]), fill=_FILLS.get(status, ""))
        with written(file) as path:
            self._book.save(path)


def reasons_of(outcome: Outcome, lang: str) -> list[str]:
    """Why a row was refused, then what was noticed about it, one sentence each."""
    refused = [sentence(unmet.code, unmet.params, lang) for unmet in outcome.unmet]
    return list(dict.fromkeys([*refused, *(remark_said(remark, lang) for remark in outcome.remarks)]))


def remark_said(remark: Unmet, lang: str) -> str:
    """A remark, which keeps nothing out; it says so."""
    said = sentence(remark.code, remark.params, lang)
    return said if remark.code.startswith("row.") else sentence("import.remark", {"sentence": said}, lang)


def change_said(change: Change) -> str:
    """``Tên đề án: cũ → mới``."""
    return f"{change.label}: {_shown(change.before, change.type)} → {_shown(change.after, change.type)}"


def _shown(value: FactValue | None, type_: str) -> str:
    match type_, value:
        case _, None:
            return "(trống)"
        case _, bool():
            return "có" if value else "không"
        case "money", int():
            return money(value)
        case "date", _:
            return day(str(value))
        case _:
            return str(value)
