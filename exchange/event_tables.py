"""History as tables: one row for each entry, as a workbook, as text for a spreadsheet, or as JSON line by line."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import orjson

from exchange.exports import About, Named, Row, write_list
from exchange.sheets import Column
from exchange.spool import Line, Spool
from language.formats import read_instant_text

_NAMED = Named(title="NHẬT KÝ GIẢI QUYẾT ĐỀ ÁN KHUYẾN CÔNG", sheet="Nhật ký", key="events")
_COLUMNS = tuple(
    Column(key=key, label=label, type=kind, width=width)
    for key, label, kind, width in (
        ("code", "Mã đề án", "text", 15),
        ("title", "Tên đề án", "text", 34),
        ("programme", "Chương trình", "text", 20),
        ("seq", "Số thứ tự bản ghi", "number", 9),
        ("label", "Nội dung thực hiện", "text", 28),
        ("before_label", "Trạng thái trước", "text", 20),
        ("after_label", "Trạng thái sau", "text", 20),
        ("recorded_at", "Thời điểm ghi nhận", "text", 19),
        ("effective_on", "Ngày văn bản", "date", 12),
        ("days_back", "Số ngày ghi lùi", "number", 9),
        ("actor", "Người thực hiện", "text", 22),
        ("person", "Mã định danh người thực hiện", "text", 20),
        ("agency_name", "Cơ quan", "text", 26),
        ("role", "Vai trò", "text", 16),
        ("capacity", "Tư cách ký", "text", 9),
        ("on_behalf_of", "Thực hiện thay", "text", 16),
        ("channel", "Kênh", "text", 9),
        ("facts", "Dữ liệu ghi nhận", "text", 34),
        ("papers", "Tài liệu (SHA-256)", "text", 34),
        ("hash", "Mã băm", "text", 34),
    )
)


def write_events(path: Path, form: str, about: About, spool: Spool) -> None:
    """Writes every event of the spool as ``xlsx``, ``csv`` or ``jsonl``. Raises UnreadableFile for too many rows."""
    if form == "jsonl":
        _write_lines(path, about, spool)
        return
    write_list(path, "xlsx" if form == "xlsx" else "csv", about, _COLUMNS, _rows(spool), named=_NAMED)


def _rows(spool: Spool) -> Iterator[Row]:
    for case, event in spool.events():
        yield {key: value for key, value in _row(case, event).items() if value is not None}


def _row(case: Line, event: Line) -> Line:
    day = event["effective_on"]
    papers = "\n".join(f"{one['key']}: {one['sha256']}" for one in event["papers"])
    facts = "\n".join(f"{key}: {value}" for key, value in sorted(event["facts"].items()))
    return {
        **event,
        **{key: case[key] for key in ("code", "title", "programme")},
        "recorded_at": read_instant_text(event["recorded_at"]),
        "effective_on": date.fromisoformat(day) if day else None,
        "facts": facts,
        "papers": papers,
    }


def _write_lines(path: Path, about: About, spool: Spool) -> None:
    """The first line says who asked for what; each other is one event."""
    head = {
        "asked_by": about.asked_by,
        "asked_at": about.asked_at.isoformat(),
        "filters": dict(about.filters),
        "cases": spool.counts.cases,
        "events": spool.counts.events,
    }
    with path.open("wb") as opened:
        opened.write(orjson.dumps({"export": head}) + b"\n")
        for case, event in spool.events():
            opened.write(orjson.dumps({"case": case["code"], "programme": case["programme"], **event}) + b"\n")
