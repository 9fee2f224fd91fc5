"""Every row of every table as plain values, so that two databases, or one at two moments, can be held together."""

import sqlite3
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import psycopg
from sqlalchemy import Table
from sqlalchemy.engine import make_url

from store.archive import tables
from store.revisions import HEAD
from store.tables import Row

Line = tuple[Any, ...]
VERSION = "alembic_version"
_SHOWN = 400


@dataclass(frozen=True)
class Rows:
    """The lines of every table as the database gives them; empty where there are no tables."""

    lines: Mapping[str, Sequence[Line]]

    @cached_property
    def mark(self) -> int:
        """Equal for equal rows in whatever order; in one process only."""
        return self.mark_without(())

    def mark_without(self, left_out: Iterable[str]) -> int:
        """The same without tables (``heartbeat``) and columns (``sandbox.since``)."""
        return sum(hash((name, line)) for name, lines in self._without(frozenset(left_out)) for line in lines)

    def _without(self, left_out: frozenset[str]) -> Iterator[tuple[str, Iterable[Line]]]:
        for name in self.lines.keys() - left_out:
            gone = {place for place, one in enumerate(columns_of(name)) if f"{name}.{one}" in left_out}
            lines = self.lines[name]
            yield name, lines if not gone else [_less(line, gone) for line in lines]

    def __reduce__(self) -> tuple[Any, ...]:
        """Marks stay behind: another process hashes otherwise."""
        return Rows, (self.lines,)

    def each(self, table: str) -> Iterable[dict[str, Any]]:
        """The lines of a table by the names of their columns."""
        names = columns_of(table)
        return (dict(zip(names, line, strict=True)) for line in self.lines.get(table, ()))


def _less(line: Line, gone: set[int]) -> Line:
    return tuple(value for place, value in enumerate(line) if place not in gone)


def without_entries(rows: Rows, kind: str) -> Rows:
    """The rows without the entries of a kind and what hangs on them."""
    gone = {row["id"] for row in rows.each("entry") if row["kind"] == kind}
    if not gone:
        return rows
    kept = dict(rows.lines)
    for table, column in (("entry", "id"), ("opening", "entry_id"), ("unsealed", "entry_id")):
        place = columns_of(table).index(column)
        kept[table] = [line for line in rows.lines[table] if line[place] not in gone]
    return Rows(kept)


class Reader:
    """Reads a database while others write to it. It may not be there yet."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._connection: Any = None
        self._mark: Any = None

    def changed(self) -> bool:
        """Whether a transaction may have ended since this was last asked."""
        mark = self._asked()
        changed, self._mark = bool(mark != self._mark), mark
        return changed

    def rows(self) -> Rows:
        """Everything committed. Of tables of another revision only which one that is: their columns are others."""
        if (connection := self._open()) is None:
            return Rows({})
        is_sqlite = self._url.get_backend_name() == "sqlite"
        if connection.execute(_IS_THERE[is_sqlite]).fetchone() is None:
            return Rows({})
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        known = [one.name for one in tables()] if version == [(HEAD,)] else []
        together = nullcontext() if is_sqlite else connection.pipeline()
        with together:
            answers = {name: connection.execute(_asking(name, is_sqlite=is_sqlite)) for name in known}
        lines = {name: answer.fetchall() for name, answer in answers.items()}
        return Rows({VERSION: version, **lines})

    def beside_rows(self) -> Hashable:
        """Tables, indexes, guards and rights, and the last number of each sequence: what no row tells."""
        if (connection := self._open()) is None:
            return ()
        asking = _BESIDE_ROWS[self._url.get_backend_name() == "sqlite"]
        return tuple(frozenset(connection.execute(one).fetchall()) for one in asking)

    def close(self) -> None:
        """Lets go of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _asked(self) -> Any:
        if (connection := self._open()) is None:
            return None
        if self._url.get_backend_name() == "sqlite":
            return connection.execute("PRAGMA data_version").fetchone()
        # With the transactions that are still open: one may end after another that was begun later (autovacuum's).
        return connection.execute("SELECT pg_current_snapshot()::text").fetchone()

    def _open(self) -> Any:
        if self._connection is None:
            if self._url.get_backend_name() == "sqlite":
                with suppress(sqlite3.OperationalError):
                    file = f"file:{self._url.database}?mode=rw"
                    self._connection = sqlite3.connect(file, uri=True, isolation_level=None, timeout=10)
            else:
                address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                self._connection = psycopg.connect(address, autocommit=True, application_name=WATCHING)
        return self._connection


def read_rows(url: str) -> Rows:
    """Everything committed in a database."""
    with closing(Reader(url)) as reader:
        return reader.rows()


_IS_THERE = {
    True: "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'",
    False: "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'alembic_version'",
}


#: What a connection that only looks calls itself on PostgreSQL.
WATCHING = "watching"
_BESIDE_ROWS = {
    True: ("SELECT type, name, sql FROM sqlite_master",),
    False: (
        "SELECT relname, relkind, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT sequencename, last_value FROM pg_sequences",
    ),
}


@cache
def _asking(table: str, *, is_sqlite: bool) -> str:
    names = [f'"{name}"' for name in columns_of(table)]
    wanted = ", ".join(names if is_sqlite else [f"{name}::text" for name in names])
    return f'SELECT {wanted} FROM "{table}"'  # noqa: S608 - names of our own tables.


@cache
def columns_of(table: str) -> Sequence[str]:
    """The columns of a table in the order of its lines."""
    found = Row.metadata.tables.get(table)
    return tuple(column.name for column in found.columns) if found is not None else ("version_num",)


def differences(wanted: Rows, found: Rows, left_out: Iterable[str] = ()) -> list[str]:
    """The tables that differ, each with the lines that only one side has; empty where both are equal.

    ``left_out`` names tables (``heartbeat``) and columns (``sandbox.since``). Numbers that the database gives count by
    their rank: in PostgreSQL a transaction that came to nothing leaves gaps.
    """
    if wanted.mark == found.mark:
        return []
    names = frozenset(left_out)
    ours, theirs = _ranks(wanted), _ranks(found)
    told = []
    for table in sorted({*wanted.lines, *found.lines} - names):
        mine = Counter(_told(table, wanted.lines.get(table, ()), ours, names))
        other = Counter(_told(table, found.lines.get(table, ()), theirs, names))
        if mine != other:
            gone, new = list((mine - other).elements()), list((other - mine).elements())
            shown = f"without {gone[:2]}"[:_SHOWN], f"with {new[:2]}"[:_SHOWN]
            told.append(f"{table} ({mine.total()} lines, now {other.total()}) {shown[0]} {shown[1]}")
    return told


Ranks = Mapping[str, Mapping[int, int]]


def _ranks(rows: Rows) -> Ranks:
    return {name: _ranks_of(table, rows.lines.get(name, ())) for name, table in Row.metadata.tables.items()}


def _ranks_of(table: Table, lines: Iterable[Line]) -> Mapping[int, int]:
    if table.autoincrement_column is None:
        return {}
    place = list(table.columns).index(table.autoincrement_column)
    return {number: rank for rank, number in enumerate(sorted(int(line[place]) for line in lines), start=1)}


def _told(table: str, lines: Iterable[Line], ranks: Ranks, left_out: frozenset[str]) -> Iterable[Line]:
    numbered = _numbered(table)
    places = [place for place, name in enumerate(columns_of(table)) if f"{table}.{name}" not in left_out]
    for line in lines:
        yield tuple(_ranked(line[place], numbered[place], ranks) for place in places)


def _ranked(value: Any, of: str | None, ranks: Ranks) -> Any:
    return value if of is None or value is None else ranks[of].get(int(value), value)


@cache
def _numbered(table: str) -> Sequence[str | None]:
    """For each column the table whose given number stands there, or None."""
    known = Row.metadata.tables.get(table)
    return [_giver(column) for column in known.columns] if known is not None else [None]


def _giver(column: Any) -> str | None:
    if column is column.table.autoincrement_column:
        return str(column.table.name)
    target: Any = next((key.column for key in column.foreign_keys), None)
    is_given = target is not None and target is target.table.autoincrement_column
    return str(target.table.name) if is_given else None
