"""One consistent moment of a database, read in full while others go on writing."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import psycopg
from sqlalchemy import Select, Table, select
from sqlalchemy.engine import URL

from store import postgres, sqlite
from store.address import file_of, shown
from store.archive import kinds_of
from store.archive_writing import COPYING
from store.errors import SchemaOutdated
from store.revisions import HEAD
from store.statements import DIALECTS, Transaction

_TYPES = {"text": "text", "int": "int8", "bool": "bool", "bytes": "bytea", "day": "date", "instant": "timestamptz"}


class Snapshot(Protocol):
    """All rows of one moment."""

    @property
    def transaction(self) -> Transaction:
        """For statements on the same moment."""

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        """Every row of a table by its key, in the driver's values."""


@contextmanager
def snapshot(url: URL, folder: Path) -> Iterator[Snapshot]:
    """The database as it is now. Writers are not kept waiting.

    SQLite's is a copy of its pages in ``folder``, made at once: a long reader would keep the log of writes from being
    taken in. PostgreSQL's is one REPEATABLE READ transaction. Raises StorageFault.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    translate = (sqlite if is_sqlite else postgres).translator(shown(url))
    if is_sqlite and not file_of(url).is_file():
        raise SchemaOutdated(shown(url), found="", wanted=HEAD)
    try:
        with _of_sqlite(url, folder) if is_sqlite else _of_postgres(url) as taken:
            yield taken
    except (sqlite3.Error, psycopg.Error) as error:
        raise translate(error) from error


def _all(table: Table) -> Select[Any]:
    return select(*table.columns).order_by(*table.primary_key.columns)


class _SqliteSnapshot:
    def __init__(self, connection: sqlite3.Connection, url: str) -> None:
        self._connection = connection
        self.transaction = Transaction("sqlite", connection.cursor(), sqlite.translator(url))

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        yield from self._connection.execute(str(_all(table).compile(dialect=DIALECTS["sqlite"])))


@contextmanager
def _of_sqlite(url: URL, folder: Path) -> Iterator[_SqliteSnapshot]:
    with TemporaryDirectory(prefix=COPYING, dir=folder) as aside:
        copy = sqlite.connect(Path(aside) / "copy.db", writes=True, create=True)
        try:
            source = sqlite.connect(file_of(url), writes=False)
            try:
                source.backup(copy)
            finally:
                source.close()
            yield _SqliteSnapshot(copy, shown(url))
        finally:
            copy.close()


class _PostgresSnapshot:
    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self._connection = connection
        self.transaction = Transaction("postgresql", connection.cursor(), postgres.translator(url))

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        statement = f"COPY ({_all(table).compile(dialect=DIALECTS['postgresql'])}) TO STDOUT"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_TYPES[kind] for kind in kinds_of(table).names])
            yield from copy.rows()


@contextmanager
def _of_postgres(url: URL) -> Iterator[_PostgresSnapshot]:
    with postgres.connect(url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield _PostgresSnapshot(connection, shown(url))
        connection.execute("ROLLBACK")
