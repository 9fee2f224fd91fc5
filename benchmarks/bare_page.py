"""The least that can draw the case list: the driver, the very same statements, the template of its rows."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any

from shapes.badges import Badge
from web.assets import Assets
from web.pages_of import Pages

_HEAD = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Hồ sơ đề án</title></head><body>
<table>
<thead><tr><th>Mã</th><th>Tên</th><th>Kinh phí</th><th>Trạng thái</th><th>Đang ở</th><th>Hạn</th></tr></thead>
<tbody>
"""
_FOOT = "</tbody></table></body></html>"
_BADGE = Badge(kind="left", words="Còn 5 ngày")


class BarePage:
    """An ASGI application of one page."""

    def __init__(self, file: str, statements: Sequence[str]) -> None:
        self._file, self._statements, self._pages = file, statements, Pages(Assets())
        self._connection: sqlite3.Connection | None = None

    async def __call__(self, scope: Any, _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return
        body = self._drawn().encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _drawn(self) -> str:
        if self._connection is None:
            self._connection = sqlite3.connect(self._file)
            self._connection.row_factory = sqlite3.Row
        answers = [self._connection.execute(one).fetchall() for one in self._statements]
        lines = max((found for found in answers if found and "title" in set(found[0].keys())), key=len)
        data = {
            row["code"]: json.loads(row["data"])
            for found in answers
            for row in found
            if {"code", "data"} <= set(row.keys())
        }
        rows = [_row(line, data.get(line["code"], {})) for line in lines]
        return _HEAD + self._pages.render("cases/rows.html", "vi", {"rows": rows, "list_query": "?ds="}) + _FOOT


def _row(line: sqlite3.Row, data: dict[str, Any]) -> SimpleNamespace:
    """What the template of a row names, as it comes from the database."""
    return SimpleNamespace(
        code=line["code"],
        title=line["title"],
        state_label=line["state"],
        open=line["open"],
        holder_agency_name=line["holder"],
        officer_name=line["officer"],
        last_day=line["due"][:10],
        last_at=line["last_at"],
        badge=_BADGE,
        mine=False,
        beneficiary=data.get("beneficiary", ""),
        amount=data.get("approved_amount") or data.get("requested_amount"),
        approved="approved_amount" in data,
    )
