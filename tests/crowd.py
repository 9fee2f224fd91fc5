"""Proposals put straight into the tables, as a restore puts them there, and a plain reading of them to compare with."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from json import loads
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from store.database import Database, open_database
from store.lists import Wanted
from store.loading_rows import loading
from store.tables import NO_DUE, ProposalRow, table
from store.types import CanonicalJson
from store.words import searchable, words_of
from tests import contract
from tests.contract import NOON
from workflow.entries import instant

Row = dict[str, Any]
#: How a code begins that somebody types: the letters, a dash, and some of the year.
BEGINNING = re.compile(r"[A-Z][A-Z0-9]*-[0-9][0-9-]*")
_TABLE = table(ProposalRow)
_EMPTY = {"past": "[]", "papers": "[]", "opinions": "[]", "signings": "[]"}


def row(number: int, **given: Any) -> Row:
    """A proposal of that number; ended where the state is ``withdrawn``."""
    code, state = given.pop("code", f"TT-2021-{number:04d}"), given.pop("state", "submitted")
    is_open = state != "withdrawn"
    known: Row = {column.name: "{}" if isinstance(column.type, CanonicalJson) else None for column in _TABLE.columns}
    known |= _EMPTY | {"id": number, "code": code, "title": f"Đề án {number}", "programme": "tinh-thu-2021-2022"}
    known |= {"process": "tiny@2021.1", "process_sha256": contract.PROCESS_TEXT.sha256}
    known |= {"programme_sha256": contract.PROGRAMME_TEXT.sha256, "templates_sha256": contract.TEMPLATES_SHA256}
    known |= {"implementer": "so-cu", "province": "tinh-thu", "state": state, "milestone": "drafted", "revision": 1}
    known |= {"holder": "appraiser@so-cu" if is_open else None, "open": is_open, "waiting": state == "returned"}
    known |= {"due": NOON + timedelta(hours=number) if is_open else NO_DUE, "plan_year": 2022, "activity": "machinery"}
    known |= {"created_at": NOON, "last_at": NOON + timedelta(minutes=number), "last_seq": 2, "last_hash": "0"}
    made = known | given
    return made | {"search": searchable(f"{made['code']} {made['title']} {made['implementer']}")}


@contextmanager
def crowded(
    kind: str, request: pytest.FixtureRequest, folder: Path, rows: Sequence[Row]
) -> Iterator[tuple[Database, str]]:
    """A database of that kind with exactly these proposals, and its URL."""
    with contract.url_of(kind, request, folder) as url:
        database = open_database(url)
        try:
            contract.furnish(database)
            fill(url, rows)
            yield database, url
        finally:
            database.close()


def fill(url: str, rows: Iterable[Row]) -> None:
    """Adds the rows."""
    with loading(make_url(url)) as loader:
        loader.load(_TABLE, ([_plain(one[column.name]) for column in _TABLE.columns] for one in rows))


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value


def codes_of(rows: Iterable[Row], wanted: Wanted) -> list[str]:
    """What a list must show, in its order, found by looking at every row."""
    found = [one for one in rows if _is_wanted(one, wanted)]
    if wanted.text is not None and wanted in (Wanted(text=wanted.text), Wanted(text=wanted.text, open=False)):
        found = _newest(rows, found, wanted.text.strip().upper())
    elif wanted.open is False:
        found.sort(key=lambda one: (one["last_at"], one["id"]), reverse=True)
    else:
        found.sort(key=lambda one: (one["due"], one["id"]))
    return [one["code"] for one in found]


def _newest(rows: Iterable[Row], found: list[Row], text: str) -> list[Row]:
    """A whole code finds that alone; the beginning of one those that begin so, by code; else the newest come first."""
    if whole := [one for one in found if one["code"] == text]:
        return whole
    if BEGINNING.fullmatch(text) and any(one["code"].startswith(text) for one in rows):
        begun = [one for one in found if one["code"].startswith(text)]
        return sorted(begun, key=lambda one: str(one["code"]), reverse=True)
    return sorted(found, key=lambda one: -int(one["id"]))


def _is_wanted(one: Row, wanted: Wanted) -> bool:
    same = (
        *("programme", "state", "implementer", "province", "officer", "open", "waiting"),
        *("milestone", "plan_year", "activity"),
    )
    return (
        all(getattr(wanted, name) in (None, one[name]) for name in same)
        and (wanted.holders is None or one["holder"] in wanted.holders)
        and (one["holder"] is None or one["holder"] not in wanted.not_held_by)
        and (wanted.inbox is None or _is_in(one, wanted))
        and (wanted.due_after is None or (one["open"] and one["due"] > wanted.due_after))
        and (wanted.due_by is None or (one["open"] and one["due"] <= wanted.due_by))
        and (wanted.last_by is None or (one["open"] and one["last_at"] <= wanted.last_by))
        and (wanted.process is None or one["process"].startswith(f"{wanted.process}@"))
        and (wanted.target is None or _is_counted(one, wanted.target))
        and (wanted.text is None or _has_words(one, wanted.text))
    )


def _is_counted(one: Row, target: str) -> bool:
    return bool(one["milestone"] == "evaluated" and loads(one["data"]).get("target_key") == target)


def _is_in(one: Row, wanted: Wanted) -> bool:
    inbox = wanted.inbox
    assert inbox is not None
    return one["officer"] == inbox.person or (one["officer"] is None and one["holder"] in inbox.seats)


def _has_words(one: Row, text: str) -> bool:
    has = words_of(f"{one['code']} {one['title']} {one['implementer']}")
    wanted = words_of(text)
    return bool(wanted) and all(any(word.startswith(part) for word in has) for part in wanted)
