"""A database with any number of entries: the courses of the sandbox's proposals, copied with hashes of their own.

Every copy is a real history: its own code, papers, numbers of rows and chain, and a place in the sealed log. The cases
of a wave lie between each other as their acts did, so a case is spread over the log as in an office. Codes grow with
time, as an office gives them, so cases beside each other by their codes are of about the same time.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Boolean, Table

from audit.keys import introduce
from audit.notes import Signer
from audit.sealing import seal
from benchmarks.measuring import driver_url
from khuyencong.demo.build import guide_first_year
from khuyencong.demo.others import others
from khuyencong.demo.samples import samples
from khuyencong.demo.stage import play, scenes
from store.address import file_of, parse
from store.database import open_database
from store.history_guard import guards
from store.migrations import upgrade
from store.revisions import HEAD
from store.sealed_log import SqlSealedLog
from store.tables import Row
from tests.staging import OPENING, staged
from workflow.administration import operator
from workflow.service.keys_of_log import record_key

SIGNER = Signer(name="khuyencong-bench/log", seed=bytes(32))
#: After every step.
LATE = datetime(2030, 1, 1, tzinfo=UTC)
#: Entries under one checkpoint: what an office of that size writes between two sealings is far less.
SEALED_AT_ONCE = 1000
_TABLES = ("document", "proposal", "entry", "opening", "deadline", "attachment")
_NUMBERED = ("proposal", "entry", "deadline")
_NUMBERS = ("id", "entry_id", "proposal_id")
_TEXTS = ("data", "past", "papers", "opinions", "signings", "replaced")


def kept(folder: Path, entries: int) -> str:
    """The URL of a sealed SQLite database with about so many entries; made once, and kept in ``folder``."""
    file = folder / f"copied-{HEAD}-{entries}.db"
    if not file.exists():
        draft = file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        fill(f"sqlite:///{draft}", entries)
        draft.rename(file)
    return f"sqlite:///{file}"


def fill(url: str, entries: int) -> None:
    """Plays the sandbox's proposals, copies them until there are so many entries, and seals everything."""
    upgrade(url)
    database = open_database(url)
    stage = staged(database)
    record_key(database, stage.house, introduce(SIGNER, None), by=operator(), at=OPENING)
    guide_first_year(stage)
    for scene in scenes((*samples(), *others())):
        play(stage, scene)
    database.close()
    with _unguarded(url) as raw:
        wave = _Wave(raw)
        for number in range(1, entries // wave.entries):
            wave.put(raw, number)
    database = open_database(url)
    while True:
        with database.transaction(writes=True) as transaction:
            if seal(SqlSealedLog(transaction), lambda: SIGNER, at=LATE, most=SEALED_AT_ONCE, sandbox=False) is None:
                break
    database.close()
    with closing(sqlite3.connect(file_of(parse(url)))) as raw:
        raw.execute("ANALYZE")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _unguarded(url: str) -> Iterator[sqlite3.Connection]:
    """A connection for which history can be written as it is; the guards stand again at the end."""
    raw = sqlite3.connect(file_of(parse(url)), isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        raw.execute(f"PRAGMA {pragma}")
    raw.execute("BEGIN")
    for guard in guards("sqlite"):
        raw.execute(f"DROP TRIGGER {guard.name}")
    yield raw
    for guard in guards("sqlite"):
        raw.execute(guard.statement)
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode=WAL")
    raw.close()


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a table that belong to cases, and the statement that writes more of them."""

    sql: str
    columns: list[str]
    rows: list[dict[str, Any]]

    def put(self, raw: sqlite3.Connection, changes: Iterable[Mapping[str, Any]]) -> None:
        """Writes its rows again with these changes."""
        made = ({**row, **changed} for row, changed in zip(self.rows, changes, strict=True))
        raw.executemany(self.sql, ([row[column] for column in self.columns] for row in made))


def _read(raw: sqlite3.Connection, name: str, where: str) -> _Table:
    found = raw.execute(f"SELECT * FROM {name} WHERE {where} ORDER BY 1, 2")
    columns = [column[0] for column in found.description]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    marks = ", ".join("?" for _ in columns)
    return _Table(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", columns, rows)


class _Wave:
    """All cases of the sandbox, to be written again under other codes."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        numbered = "SELECT subject FROM entry WHERE kind = 'numbered'"  # A number of a series is given once.
        codes = f"SELECT code FROM proposal WHERE code NOT IN ({numbered})"
        entries = f"subject IN ({codes}) AND seq IS NOT NULL"
        of_entry = f"entry_id IN (SELECT id FROM entry WHERE {entries})"
        where = {
            "document": f"sha256 IN (SELECT sha256 FROM attachment WHERE {of_entry})",
            "proposal": f"code IN ({codes})",
            "entry": entries,
            "deadline": f"proposal_id IN (SELECT id FROM proposal WHERE code IN ({codes}))",
        }
        self._tables = {name: _read(raw, name, where.get(name, of_entry)) for name in _TABLES}
        self._apart = max(row["id"] for name in _NUMBERED for row in self._tables[name].rows)
        self._codes = re.compile(f'"({"|".join(re.escape(row["code"]) for row in self._rows("proposal"))})"')
        self._papers = {row["sha256"] for row in self._rows("document")}

    @property
    def entries(self) -> int:
        """How many entries one more wave has."""
        return len(self._tables["entry"].rows)

    def put(self, raw: sqlite3.Connection, number: int) -> None:
        """Writes the cases once more."""
        entries, ends = self._entries(number)
        self._tables["document"].put(raw, ({"sha256": _paper(row["sha256"], number)} for row in self._rows("document")))
        self._tables["proposal"].put(raw, (self._proposal(row, number, ends) for row in self._rows("proposal")))
        self._tables["entry"].put(raw, entries)
        for name in ("opening", "deadline", "attachment"):
            self._tables[name].put(raw, (self._moved(row, number) for row in self._rows(name)))
        raw.executemany("INSERT INTO unsealed VALUES (?)", ((entry["id"],) for entry in entries))

    def _rows(self, name: str) -> list[dict[str, Any]]:
        return self._tables[name].rows

    def _text(self, text: str, number: int) -> str:
        """A text with the codes and papers of the copy."""
        named = self._codes.sub(lambda found: f'"{_named(found[1], number)}"', text)
        return _SHA256.sub(lambda found: self._paper(found[1], number), named)

    def _paper(self, sha: str, number: int) -> str:
        return f'"{_paper(sha, number) if sha in self._papers else sha}"'

    def _entries(self, number: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """What changes of each entry, and the hash at the end of each chain."""
        made, ends = list[dict[str, Any]](), dict[str, str]()
        for row in self._rows("entry"):
            subject = _named(row["subject"], number)
            previous, body = ends.get(subject), self._text(row["body"].decode(), number)
            if previous is not None:
                body = body.replace(f'"previous":"{row["previous_hash"]}"', f'"previous":"{previous}"')
            ends[subject] = sha256(body.encode()).hexdigest()
            changes = {"subject": subject, "body": body.encode(), "hash": ends[subject], "previous_hash": previous}
            made.append({**changes, "id": row["id"] + number * self._apart})
        return made, ends

    def _proposal(self, row: Mapping[str, Any], number: int, ends: Mapping[str, str]) -> dict[str, Any]:
        code = _named(row["code"], number)
        texts = {name: self._text(row[name], number) for name in _TEXTS}
        search = row["search"].replace(row["code"].lower(), code.lower())
        return {**texts, **self._moved(row, number), "code": code, "search": search, "last_hash": ends[code]}

    def _moved(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The numbers of rows, and the hash of a paper."""
        numbers = {name: row[name] + number * self._apart for name in _NUMBERS if name in row}
        return numbers | ({"sha256": _paper(row["sha256"], number)} if "sha256" in row else {})


_SHA256 = re.compile('"([0-9a-f]{64})"')


def _named(code: str, number: int) -> str:
    """``LC-2026-0001`` of the seventh wave is ``LC-00007-2026-0001``: codes grow with time in each province."""
    province, _, rest = code.partition("-")
    return f"{province}-{number:05d}-{rest}"


def _paper(sha: str, number: int) -> str:
    return sha256(f"{number} {sha}".encode()).hexdigest()


def copy_to_postgres(source: str, url: str) -> None:
    """Puts everything of such a database into an empty one on PostgreSQL."""
    upgrade(url)
    with (
        closing(sqlite3.connect(file_of(parse(source)))) as raw,
        psycopg.connect(driver_url(url), autocommit=True) as target,
    ):
        target.execute("SET session_replication_role = replica")
        for table in Row.metadata.sorted_tables:
            if table.name not in _SEARCHED:
                _copy(raw, target, table)
        target.execute("VACUUM ANALYZE")


#: Filled by triggers, or by the migration itself.
_SEARCHED = ("proposal_words", "alembic_version")


def _copy(raw: sqlite3.Connection, target: psycopg.Connection[Any], table: Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    truths = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    with target.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in raw.execute(f'SELECT {names} FROM "{table.name}"'):
            values = list(row)
            for place in truths:
                values[place] = None if row[place] is None else bool(row[place])
            copy.write_row(values)
