"""Many proposals at once: rows as ten years of thirty provinces would leave them, put straight into the tables.

One proposal in five is open, and the first province has a quarter of everything. So lists fill a page at 10,000
already, and at a million its appraiser has an inbox of 30,000: far more than any office, and it should not be felt.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.measuring import driver_url
from store.address import file_of, parse
from store.tables import NO_DUE
from store.types import UTC
from store.words import searchable
from workflow.entries import instant

NOW = datetime(2026, 10, 7, 3, 0, tzinfo=UTC)
PROVINCES = 30
OFFICERS = 2
#: On both databases together with their indexes, in bytes; measured, with room to spare.
BYTES_EACH = 4_000
#: Columns that a later migration adds have a value of their own accord.
_COLUMNS = (
    *("id", "code", "title", "search", "programme", "process", "process_sha256", "programme_sha256"),
    *("templates_sha256", "implementer", "province", "state", "milestone", "revision", "holder", "open", "waiting"),
    *("due", "plan_year", "activity", "data", "past", "officer", "papers", "opinions", "replaced", "parent"),
    *("created_at", "last_at", "last_on", "last_seq", "last_hash"),
)

_WHAT = ("máy móc, thiết bị tiên tiến", "dây chuyền công nghệ", "công nghệ mới", "máy tự động")
_DOES = ("sản xuất", "chế biến", "đóng gói", "gia công")
_PRODUCTS = (
    *("gỗ", "chè", "cà phê", "tơ lụa", "gạch không nung", "nông sản", "mây tre đan", "cơ khí", "may mặc", "gốm sứ"),
    *("miến dong", "đá xây dựng", "tinh dầu", "thủy sản", "rượu ngô", "bún khô", "giấy dó", "thổ cẩm", "mắc ca", "quế"),
)
#: States of open proposals, the seat that holds each, and in how many of twenty.
_OPEN = (
    *(("submitted", "base_appraiser", "sct"),) * 6,
    *(("completed", "base_appraiser", "sct"),) * 6,
    *(("returned", "implementer", "ttkc"),) * 2,
    *(("funded", "implementer", "ttkc"),) * 3,
    *(("appraised", "approver", "ubnd"),) * 2,
    ("approved", "funder", "sct"),
)
_ENDS = ("evaluated", "evaluated", "evaluated", "rejected", "withdrawn")
_DATA = json.dumps({"name": "", "activity": "machinery", "requested_amount": 250_000_000, "beneficiary": "x" * 300})
_PAST = json.dumps([{"action": "submit", "agency": "so-cu", "facts": {}, "note": "x" * 60}] * 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Hashes of definitions that are published in the database."""

    process: str
    programme: str
    templates: str


class DiskTooSmall(Exception):
    """There is no room for so many proposals; the message says how much is wanted and where."""


def check_room(folder: Path, proposals: int) -> None:
    """Raises DiskTooSmall."""
    free, wanted = shutil.disk_usage(folder).free, proposals * BYTES_EACH
    if free < wanted:
        raise DiskTooSmall(f"{folder} has {free >> 20:,} MiB free; {proposals:,} proposals need {wanted >> 20:,} MiB")


def _pick(number: int, salt: int, of: int) -> int:
    """Evenly spread and the same at every run."""
    mixed = (number * 2_654_435_761 + salt * 40_503_403) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 13)) % of


def title_of(number: int) -> str:
    """``máy`` stands in half of the titles, each product in one of twenty, ``kiểu`` in one of a hundred."""
    rare = f" kiểu lạ {number % 1000:03d}" if _pick(number, 7, 100) == 0 else ""
    unique = " Ngọc Linh" if number in (777, 2_222, 4_444, 6_006, 9_999) else ""
    product = _PRODUCTS[_pick(number, 5, len(_PRODUCTS))]
    kind = "Hỗ trợ ứng dụng" if _pick(number, 8, 3) else "Xây dựng mô hình trình diễn"
    return f"{kind} {_WHAT[_pick(number, 3, 4)]} trong {_DOES[_pick(number, 4, 4)]} {product}{rare}{unique}"


def rows(number: int, law: Law) -> Iterator[tuple[Any, ...]]:
    """So many rows of ``proposal`` in the order of its columns, the oldest first."""
    start, step = NOW - timedelta(days=3650), timedelta(days=3650) / number
    for count in range(1, number + 1):
        yield tuple(map(_row(count, start + step * count, law).__getitem__, _COLUMNS))


def _row(count: int, at: datetime, law: Law) -> dict[str, Any]:
    province = 1 if _pick(count, 1, 4) == 0 else 2 + _pick(count, 2, PROVINCES - 1)
    place, year = f"tinh-{province:02d}", at.year
    code, title, implementer = f"T{province:02d}-{year}-{count:06d}", title_of(count), f"ttkc-{place}"
    is_open = _pick(count, 6, 5) == 0
    state, role, agency = (*(_OPEN[_pick(count, 9, 20)] if is_open else (_ENDS[_pick(count, 9, 5)], "", "")),)
    officer = f"o-{province}-{_pick(count, 11, OFFICERS)}" if is_open and _pick(count, 10, 2) else None
    return {
        "id": count,
        "code": code,
        "title": title,
        "search": searchable(f"{code} {title} {implementer}"),
        "programme": f"{place}-{year // 5 * 5 + 1}",
        "process": "tiny@2021.1",
        "process_sha256": law.process,
        "programme_sha256": law.programme,
        "templates_sha256": law.templates,
        "implementer": implementer,
        "province": place,
        "state": state,
        "milestone": "drafted",
        "revision": 3,
        "holder": f"{role}@{agency}-{place}" if is_open else None,
        "open": is_open,
        "waiting": state == "returned",
        "due": instant(_due(count) if is_open else NO_DUE),
        "plan_year": year + 1,
        "activity": "machinery",
        "data": _DATA,
        "past": _PAST,
        "officer": officer,
        "papers": "[]",
        "opinions": "[]",
        "replaced": "{}",
        "parent": None,
        "created_at": instant(at),
        "last_at": instant(at + timedelta(days=30)),
        "last_on": at.date().isoformat(),
        "last_seq": 4,
        "last_hash": "0" * 64,
    }


def _due(count: int) -> datetime:
    """One in five is overdue, one in five due within a week, one in ten has no deadline, the others half a year."""
    kind, spread = _pick(count, 12, 10), _pick(count, 13, 100_000) / 100_000
    if kind < 2:  # noqa: PLR2004 - of ten.
        return NOW - timedelta(days=30) * spread
    if kind < 4:  # noqa: PLR2004 - of ten.
        return NOW + timedelta(days=7) * spread
    return NO_DUE if kind == 4 else NOW + timedelta(days=7) + timedelta(days=180) * spread  # noqa: PLR2004 - of ten.


def fill(url: str, number: int, law: Law) -> None:
    """Puts the rows into an empty table, indexes last, and lets the database count what is in it."""
    with _sqlite(url) if url.startswith("sqlite") else _postgres(url) as target:
        target.fill(rows(number, law))


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fill(self, found: Iterator[tuple[Any, ...]]) -> None:
        run = self._connection.execute
        made = run("SELECT sql FROM sqlite_master WHERE tbl_name = 'proposal' AND type = 'index' AND sql IS NOT NULL")
        triggers = "SELECT sql FROM sqlite_master WHERE tbl_name = 'proposal' AND name LIKE 'proposal_words%'"
        again = [sql for (sql,) in (*made.fetchall(), *run(triggers).fetchall())]
        kinds = run(
            "SELECT type, name FROM sqlite_master WHERE tbl_name = 'proposal' AND type <> 'table' AND sql IS NOT NULL"
        )
        for kind, name in kinds.fetchall():
            run(f"DROP {kind} {name}")
        marks = ", ".join("?" for _ in _COLUMNS)
        self._connection.executemany(f"INSERT INTO proposal ({', '.join(_COLUMNS)}) VALUES ({marks})", found)
        for sql in (*again, "INSERT INTO proposal_words (proposal_words) VALUES ('rebuild')", "ANALYZE"):
            run(sql)


@contextmanager
def _sqlite(url: str) -> Iterator[_Sqlite]:
    connection = sqlite3.connect(file_of(parse(url)), isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    yield _Sqlite(connection)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


class _Postgres:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def fill(self, found: Iterator[tuple[Any, ...]]) -> None:
        run = self._connection.execute
        kept = "SELECT conindid FROM pg_constraint WHERE conindid <> 0"
        made = run(
            f"SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            f"WHERE indrelid IN ('proposal'::regclass, 'proposal_words'::regclass) AND indexrelid NOT IN ({kept})"
        ).fetchall()
        run("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        for name, _ in made:
            run(f"DROP INDEX {name}")
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY proposal ({', '.join(_COLUMNS)}) FROM STDIN") as copy,
        ):
            for row in found:
                copy.write_row(row)
        run(
            "INSERT INTO proposal_words SELECT id, array_to_tsvector(string_to_array(ltrim(search), ' ')) FROM proposal"
        )
        for _, sql in made:
            run(sql)


@contextmanager
def _postgres(url: str) -> Iterator[_Postgres]:
    with psycopg.connect(driver_url(url), autocommit=True) as connection:
        with connection.transaction():
            yield _Postgres(connection)
        connection.execute("VACUUM ANALYZE proposal")
        connection.execute("VACUUM ANALYZE proposal_words")
