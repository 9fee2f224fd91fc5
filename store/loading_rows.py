"""Makes the tables of an empty database and puts rows into them, in one transaction with every guard of history."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from sqlalchemy import Table
from sqlalchemy.engine import URL

from store import postgres, sqlite
from store.address import shown
from store.archive import ArchiveDamaged, member_of, tables
from store.migrations import connected, upgrade_within
from store.statements import DIALECTS, Transaction

_WRONG = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, psycopg.IntegrityError, psycopg.DataError)


class Loader(Protocol):
    """An open transaction on a database that nobody else writes to meanwhile."""

    @property
    def transaction(self) -> Transaction:
        """For statements on what was loaded."""

    def load(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Inserts rows."""

    def settle(self) -> None:
        """What remains once every row is there: pointers hold, and numbers go on after the last one given."""


@contextmanager
def loading(url: URL) -> Iterator[Loader]:
    """A transaction that makes or upgrades the tables, for loading; commits when left normally, else rolls back.

    Raises StorageFault, and ArchiveDamaged for rows that the tables do not take.
    """
    address = url.render_as_string(hide_password=False)
    with connected(address) as connection:
        upgrade_within(connection, address)
        bare: Any = connection.connection.driver_connection
        loader = _IntoSqlite if url.get_backend_name() == "sqlite" else _IntoPostgres
        yield loader(bare, shown(url))


@contextmanager
def _naming(table: Table) -> Iterator[None]:
    try:
        yield
    except _WRONG as error:
        raise ArchiveDamaged(member_of(table.name), str(error).splitlines()[0]) from error


class _IntoSqlite:
    def __init__(self, connection: sqlite3.Connection, url: str) -> None:
        self._connection = connection
        connection.execute("PRAGMA defer_foreign_keys=ON")
        self.transaction = Transaction("sqlite", connection.cursor(), sqlite.translator(url))

    def load(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" for _ in table.columns)
        insert = f"INSERT INTO {table.name} ({_columns(table, 'sqlite')}) VALUES ({marks})"  # noqa: S608 - names of our own tables.
        with _naming(table):
            self._connection.executemany(insert, rows)

    def settle(self) -> None:
        loose = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if loose is not None:
            raise ArchiveDamaged(member_of(loose[0]), f"row {loose[1]} points at a row of {loose[2]} that is not there")


class _IntoPostgres:
    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self._connection, connection.cursor_factory = connection, postgres.Prepared
        connection.execute(f"LOCK TABLE {', '.join(_name(table) for table in tables())} IN ACCESS EXCLUSIVE MODE")
        self.transaction = Transaction("postgresql", connection.cursor(), postgres.translator(url))

    def load(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        statement = f"COPY {_name(table)} ({_columns(table, 'postgresql')}) FROM STDIN"
        with _naming(table), self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self) -> None:
        for table in tables():
            self._connection.execute(f"ANALYZE {_name(table)}")
            if (numbered := table.autoincrement_column) is not None:
                last = f"SELECT setval(pg_get_serial_sequence('{table.name}', '{numbered.name}'), max({numbered.name}))"
                self._connection.execute(f"{last} FROM {_name(table)} HAVING max({numbered.name}) IS NOT NULL")


def _name(table: Table) -> str:
    return DIALECTS["postgresql"].identifier_preparer.format_table(table)


def _columns(table: Table, dialect: str) -> str:
    return ", ".join(DIALECTS[dialect].identifier_preparer.quote(column.name) for column in table.columns)
