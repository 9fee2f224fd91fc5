"""An answer of any length is told once, kept aside, and shown row by row; every way of showing it says the same."""

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from exchange.row_spool import kept_aside
from khuyencong.cli.printing import Printer

ROWS: list[dict[str, Any]] = [
    {"code": f"LC-{number}", "on": date(2026, 1, number), "at": datetime(2026, 1, number, 3, 4, 5, 678, tzinfo=UTC)}
    for number in (1, 2, 3)
]


def test_rows_come_back_as_they_were() -> None:
    """As often as they are read, with days as days and instants to the microsecond; absent days stay absent."""
    with kept_aside(iter([*ROWS, {"code": "LC-4", "on": None}]), days=["on", "left"]) as spool:
        once, again = list(spool), list(spool)

    assert once == again == [*ROWS, {"code": "LC-4", "on": None}]
    assert spool.count == 4


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_document_written_by_rows_is_the_document(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The same text as if all of it had been in memory."""
    head: dict[str, Any] = {"title": "Hồ sơ", "filters": {"rows": []}, "rows": [], "count": number}
    rows = [{"code": row["code"], "parts": [1, {"x": None}]} for row in ROWS[:number]]
    printer = Printer(as_json=True, lang="vi")

    printer.say_rows(head, "rows", iter(rows), lambda _: "", last="")

    whole = orjson.dumps({**head, "rows": rows}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    assert capsys.readouterr().out == whole.decode()


def test_a_long_answer_is_shown_in_several_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with as many rows as fit, and one last line."""
    printer = Printer(as_json=False, lang="vi")
    tables: list[int] = []

    def table(some: Any) -> str:
        tables.append(len(some))
        return f"{some[0]['n']} to {some[-1]['n']}"

    printer.say_rows({}, "rows", ({"n": number} for number in range(2500)), table, last="2500 rows")

    assert tables == [1000, 1000, 500]
    assert capsys.readouterr().out.splitlines() == ["0 to 999", "1000 to 1999", "2000 to 2499", "2500 rows"]
