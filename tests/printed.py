"""The Vietnamese page of ``deadline explain``, read as a person reads it: nothing but what is printed there.

What is read has the form that ``tests.histories.by_hand`` counts.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from datetime import date, datetime
from typing import Any

from khuyencong.cli.deadlines import page
from khuyencong.cli.printing import Printer

_DAY = r"(\d{2}/\d{2}/\d{4})"
_HEAD = re.compile(r"^.* \[(?P<rule>\w+)\] – (?P<badge>.+)$")
_COUNTED = re.compile(rf"^(\d+) (ngày làm việc|ngày), tính từ ngày sau ngày {_DAY} \(.+\)\.$")
_CAP = re.compile(rf"^Không muộn hơn ngày {_DAY}\.$")
_PAUSE = re.compile(rf"^Tạm dừng từ sau ngày {_DAY}(?: đến hết ngày {_DAY})?: .+\.$")
_RESULT = re.compile(rf"^Ngày cuối cùng(?: trước khi tạm dừng)?: {_DAY}(, TẠM TÍNH .*)? \(lịch .+\)\.$")
_DOUBT = ("Các dòng trên tính theo lịch hiện nay", "Đang chờ tính lại")


def text_of(row: Mapping[str, Any]) -> str:
    """The page of one deadline, as it goes to standard output."""
    out, printer = io.StringIO(), Printer(as_json=False, lang="vi")
    with redirect_stdout(out):
        printer.say({}, lambda: page(printer, [dict(row)]))
    return out.getvalue()


def read_page(text: str) -> dict[str, Any]:
    """What a page says: start, allowance, unit, cap, each printed day, pauses, and the last day."""
    said: dict[str, Any] = {"not_after": None, "lines": [], "pauses": [], "doubtful": False}
    for line in text.splitlines():
        said["doubtful"] |= line.startswith(_DOUBT)
        if found := _HEAD.match(line):
            said |= {"rule": found["rule"], "badge": found["badge"]}
        elif found := _COUNTED.match(line):
            unit = "working" if found[2] == "ngày làm việc" else "calendar"
            said |= {"allowance": int(found[1]), "unit": unit, "started_on": _iso(found[3])}
        elif found := _CAP.match(line):
            said["not_after"] = _iso(found[1])
        elif found := _PAUSE.match(line):
            said["pauses"].append({"from": _iso(found[1]), "until": _iso(found[2]) if found[2] else None})
        elif found := _RESULT.match(line):
            said["last_day"] = _iso(found[1])
    said["lines"] = list(_lines(text))
    return said


def _lines(text: str) -> Iterator[dict[str, Any]]:
    """The rows of the table: a day, its number, and why it has none or is a day off all the same."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("│")]
        if len(cells) != len(("day", "number", "why")) or not re.fullmatch(_DAY, cells[0]):
            continue
        day, number, why = cells
        yield {
            "day": _iso(day),
            "number": int(number) if number else None,
            "counts": bool(number),
            "working": not why.startswith(("không tính: ", "ngày nghỉ, vẫn tính: ")),
            "name": why.partition(": ")[2],
        }


def _iso(day: str) -> str:
    return datetime.strptime(day, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day has no zone.


def last_day(said: Mapping[str, Any]) -> date:
    """The last day that a page names."""
    return date.fromisoformat(said["last_day"])
