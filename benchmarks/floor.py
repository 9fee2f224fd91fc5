"""The floor: the rows of a move in SQL written by hand for each database, with every value prepared beforehand.

Nothing of the product runs here. The move is guarded (who holds it, its state and revision), its rows are the product's
own (``tests/test_benchmarks.py`` compares all tables), and it is committed with the same durability on one long-lived
connection. Tables, indexes, foreign keys and the guards of history are the database's and stay as they are.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

#: Values of a row in the order of the columns below, as the driver takes them.
Row = tuple[Any, ...]

PROPOSAL = (
    *("state", "milestone", "revision", "holder", "open", "data", "past", "papers", "opinions"),
    *("last_at", "last_on", "last_seq", "last_hash", "replaced", "due", "contract"),
)
ENTRY = ("kind", "subject", "seq", "recorded_at", "body", "hash", "previous_hash", "format")
OPENING = ("path", "salt", "value")
DOCUMENT = ("sha256", "size", "media_type", "recorded_at")
ATTACHMENT = ("number", "key", "sha256")
#: How the scheduled reminders of one deadline end.
ENDED = ("state", "reason", "rule", "period")
DEADLINE = (
    *("rule", "period", "epoch", "seat", "allowance", "unit", "started_by", "started_on", "consumed"),
    *("running_since", "last_day", "due", "provisional", "calendar", "state", "reason"),
)
REMINDER = (
    *("rule", "period", "epoch", "offset", "seat", "notice", "channel", "fire_at", "missed", "escalation"),
    *("repeat_every", "state", "reason", "fired_at"),
)
NOTICE = (
    *("key", "seq", "notice", "to_seat", "to_person", "to_name", "to_address", "channel", "variables"),
    *("templates_sha256", "send_after", "state", "attempts", "next_attempt_at", "last_error"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a move is decided on, and the rows that it leaves."""

    code: str
    holder: str
    state: str
    revision: int
    proposal: Row
    entry: Row
    openings: tuple[Row, ...]
    documents: tuple[Row, ...]
    attachments: tuple[Row, ...]
    ended: tuple[Row, ...]
    deadlines: tuple[Row, ...]
    reminders: tuple[Row, ...]
    notices: tuple[Row, ...]
    #: How many rows that is: inserted, or changed.
    rows: int


class Outrun(Exception):
    """The proposal is not as the move was decided on."""


def _names(columns: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in columns)


def _marks(columns: Iterable[str], mark: str) -> str:
    return ", ".join(mark for _ in columns)


def _sets(columns: Iterable[str], to: str) -> str:
    return ", ".join(f'"{name}" = {to.format(name)}' for name in columns)


# SQLite: twelve prepared statements on one connection, which no network parts from the database.

_DEADLINE_ID = "(SELECT id FROM deadline WHERE rule = ? AND period = ? AND proposal_id = ?)"
_LOAD = "SELECT id, holder, state, revision FROM proposal WHERE code = ?"
_CHANGE = f"UPDATE proposal SET {_sets(PROPOSAL, '?')} WHERE id = ? AND revision = ?"
_ENTRY = f"INSERT INTO entry ({_names(ENTRY)}) VALUES ({_marks(ENTRY, '?')})"
_UNSEALED = "INSERT INTO unsealed (entry_id) VALUES (?)"
_OPENING = f"INSERT INTO opening (entry_id, {_names(OPENING)}) VALUES (?, {_marks(OPENING, '?')})"
_DOCUMENT = f"INSERT INTO document ({_names(DOCUMENT)}) VALUES ({_marks(DOCUMENT, '?')}) ON CONFLICT DO NOTHING"
_ATTACHMENT = (
    f"INSERT INTO attachment (entry_id, proposal_id, {_names(ATTACHMENT)}) VALUES (?, ?, {_marks(ATTACHMENT, '?')})"
)
_END = f"UPDATE reminder SET state = ?, reason = ? WHERE deadline_id = {_DEADLINE_ID} AND state = 'scheduled'"
_DEADLINE = (
    f"INSERT INTO deadline (proposal_id, {_names(DEADLINE)}) VALUES (?, {_marks(DEADLINE, '?')}) "
    f"ON CONFLICT (proposal_id, rule, period) DO UPDATE SET {_sets(DEADLINE[2:], 'excluded.{}')}"
)
_REMINDER = (
    f"INSERT INTO reminder (deadline_id, {_names(REMINDER[2:])}) VALUES ({_DEADLINE_ID}, {_marks(REMINDER[2:], '?')})"
)
_NOTICE = f"INSERT INTO notice (proposal_id, {_names(NOTICE)}) VALUES (?, {_marks(NOTICE, '?')})"


class SqliteFloor:
    """The floor on an SQLite file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def prepare(self, written: Written) -> Written:
        """What ``move`` takes."""
        return written

    def move(self, moved: Written) -> None:
        """Writes one move, durably. Raises Outrun where another came first."""
        run, many = self._connection.execute, self._connection.executemany
        run("BEGIN IMMEDIATE")
        mine, *found = run(_LOAD, (moved.code,)).fetchone()
        if found != [moved.holder, moved.state, moved.revision]:
            run("ROLLBACK")
            raise Outrun(moved.code)
        run(_CHANGE, (*moved.proposal, mine, moved.revision))
        entry = run(_ENTRY, moved.entry).lastrowid
        run(_UNSEALED, (entry,))
        many(_OPENING, [(entry, *row) for row in moved.openings])
        many(_DOCUMENT, moved.documents)
        many(_ATTACHMENT, [(entry, mine, *row) for row in moved.attachments])
        many(_END, [(*row, mine) for row in moved.ended])
        many(_DEADLINE, [(mine, *row) for row in moved.deadlines])
        many(_REMINDER, [(row[0], row[1], mine, *row[2:]) for row in moved.reminders])
        many(_NOTICE, [(mine, *row) for row in moved.notices])
        run("COMMIT")

    def close(self) -> None:
        """Lets go of the connection."""
        self._connection.close()


# PostgreSQL: one prepared statement, one round trip. Rows of which a move has several go in as one JSON text for each
# table: of the forms tried it took the least CPU of client and server together (arrays for unnest 9 % more, a pipeline
# flushed once 54 % more, VALUES of as many rows as there are 134 % more).

_TYPES = {
    **dict.fromkeys(
        ("epoch", "allowance", "started_by", "consumed", "repeat_every", "seq", "number", "attempts"), "int"
    ),
    **dict.fromkeys(("due", "fire_at", "fired_at", "send_after", "next_attempt_at", "recorded_at"), "timestamptz"),
    **dict.fromkeys(("started_on", "running_since", "last_day"), "date"),
    **dict.fromkeys(("provisional", "escalation"), "bool"),
    "salt": "bytea",
    "size": "bigint",
}


def _given(columns: Iterable[str]) -> str:
    """The rows of a JSON text, as a table named ``g``."""
    typed = ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in columns)
    return f"json_to_recordset(%s::json) AS g ({typed})"


_MOVE = f"""
WITH moved AS (
  UPDATE proposal SET {_sets(PROPOSAL, "%s")}
  WHERE code = %s AND holder = %s AND state = %s AND revision = %s RETURNING id
), entered AS (
  INSERT INTO entry ({_names(ENTRY)}) SELECT {_marks(ENTRY, "%s")} FROM moved RETURNING id
), left_unsealed AS (
  INSERT INTO unsealed (entry_id) SELECT id FROM entered
), opened AS (
  INSERT INTO opening (entry_id, {_names(OPENING)}) SELECT entered.id, {_names(OPENING, "g.")}
  FROM entered, {_given(OPENING)}
), kept AS (
  INSERT INTO document ({_names(DOCUMENT)}) SELECT {_names(DOCUMENT, "g.")}
  FROM moved, {_given(DOCUMENT)} ON CONFLICT DO NOTHING
), attached AS (
  INSERT INTO attachment (entry_id, proposal_id, {_names(ATTACHMENT)})
  SELECT entered.id, moved.id, {_names(ATTACHMENT, "g.")} FROM moved, entered, {_given(ATTACHMENT)}
), ended AS (
  UPDATE reminder SET state = g.state, reason = g.reason FROM moved, deadline, {_given(ENDED)}
  WHERE deadline.proposal_id = moved.id AND deadline.rule = g.rule AND deadline.period = g.period
  AND reminder.deadline_id = deadline.id AND reminder.state = 'scheduled'
), dated AS (
  INSERT INTO deadline (proposal_id, {_names(DEADLINE)}) SELECT moved.id, {_names(DEADLINE, "g.")}
  FROM moved, {_given(DEADLINE)}
  ON CONFLICT (proposal_id, rule, period) DO UPDATE SET {_sets(DEADLINE[2:], "excluded.{}")} RETURNING id, rule, period
), reminded AS (
  INSERT INTO reminder (deadline_id, {_names(REMINDER[2:])}) SELECT dated.id, {_names(REMINDER[2:], "g.")}
  FROM {_given(REMINDER)} JOIN dated USING (rule, period)
), told AS (
  INSERT INTO notice (proposal_id, {_names(NOTICE)}) SELECT moved.id, {_names(NOTICE, "g.")}
  FROM moved, {_given(NOTICE)}
)
SELECT id FROM moved"""


class PostgresFloor:
    """The floor on a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._cursor = self._connection.cursor()
        # A statement of this size takes longer to plan than to run, and its plan never depends on the values.
        self._cursor.execute("SET plan_cache_mode = force_generic_plan")

    def prepare(self, written: Written) -> Row:
        """What ``move`` takes."""
        groups = (
            *((OPENING, written.openings), (DOCUMENT, written.documents), (ATTACHMENT, written.attachments)),
            *((ENDED, written.ended), (DEADLINE, written.deadlines), (REMINDER, written.reminders)),
            (NOTICE, written.notices),
        )
        guard = (written.code, written.holder, written.state, written.revision)
        return (*written.proposal, *guard, *written.entry, *(_json(columns, rows) for columns, rows in groups))

    def move(self, moved: Row) -> None:
        """Writes one move, durably. Raises Outrun where another came first."""
        if self._cursor.execute(_MOVE, moved, prepare=True).fetchone() is None:
            raise Outrun

    def close(self) -> None:
        """Lets go of the connection."""
        self._connection.close()


def _json(columns: Iterable[str], rows: Iterable[Row]) -> str:
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=_text, ensure_ascii=False)


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value.isoformat())
