"""The database behind a URL: opens it, checks its tables, lends transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import URL

from store import postgres, sqlite
from store.address import file_of, parse, shown
from store.connections import Connections
from store.errors import DatabaseUnreachable, RolledBack, SchemaOutdated
from store.pinned import Pinned
from store.queries import Queries
from store.revisions import HEAD, revision_of
from store.statements import Transaction
from store.unit_of_work import SqlUnitOfWork

_BEGIN = {
    ("sqlite", True): "BEGIN IMMEDIATE",
    ("sqlite", False): "BEGIN DEFERRED",
    ("postgresql", True): "BEGIN",
    ("postgresql", False): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


class Database:
    """A store on SQLite or PostgreSQL; satisfies ``workflow.storage.Store``. Threads may share it."""

    def __init__(self, url: URL) -> None:
        self.url = shown(url)
        self.dialect = url.get_backend_name()
        self._pinned = Pinned()
        self._translate = (sqlite if self.dialect == "sqlite" else postgres).translator(self.url)
        self._connections = {writes: Connections(url, writes=writes) for writes in (True, False)}

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that may write; commits when left normally, rolls back when left by an exception."""
        with self.transaction(writes=True) as transaction:
            yield SqlUnitOfWork(transaction, self._pinned, writes=True)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """A transaction that only reads one consistent moment."""
        with self.transaction(writes=False) as transaction:
            yield SqlUnitOfWork(transaction, self._pinned, writes=False)

    @contextmanager
    def look(self) -> Iterator[Queries]:
        """The lists, as of one consistent moment."""
        with self.transaction(writes=False) as transaction:
            yield Queries(transaction)

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Transaction]:
        """An open transaction for statements: what ``write``, ``read`` and ``look`` stand on.

        Raises DatabaseUnreachable, DatabaseBusy, DatabaseReadOnly, SchemaOutdated, or RolledBack where a failed
        statement was passed over.
        """
        connections = self._connections[writes]
        connection, transaction = self._begin(connections, _BEGIN[self.dialect, writes])
        try:
            yield transaction
            if not transaction.commit():
                raise RolledBack(self.url)  # noqa: TRY301 - it goes the way of every other failure.
        except BaseException:
            _undo(transaction, connection, connections)
            raise
        connections.give(connection)

    def _begin(self, connections: Connections, begin: str) -> tuple[Any, Transaction]:
        """A connection in a transaction; one that died while nobody used it (the server restarted) is replaced."""
        while True:
            connection, fresh = self._take(connections)
            transaction = Transaction(self.dialect, connection.cursor(), self._translate)
            try:
                transaction.execute(begin)
            except DatabaseUnreachable:
                connection.close()
                if fresh:
                    raise
            except Exception:
                connection.close()
                raise
            else:
                return connection, transaction

    def _take(self, connections: Connections) -> tuple[Any, bool]:
        try:
            return connections.take()
        except Exception as error:
            raise self._translate(error) from error

    def check(self) -> None:
        """Raises SchemaOutdated unless the tables are of this software's revision."""
        with self.transaction(writes=False) as transaction:
            found = revision_of(transaction)
            if found != HEAD:
                raise SchemaOutdated(self.url, found=found, wanted=HEAD)

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        for connections in self._connections.values():
            connections.close()


def _undo(transaction: Transaction, connection: Any, connections: Connections) -> None:
    """Rolls back; a connection on which that fails is not used again."""
    try:
        transaction.execute("ROLLBACK")
    except Exception:  # The caller hears what went wrong first.
        connection.close()
    else:
        connections.give(connection)


def open_database(url: str) -> Database:
    """The store behind a URL, with its tables checked.

    Raises UnknownDatabase, MemoryRefused, DatabaseUnreachable, or SchemaOutdated where ``khuyencong init`` is needed.
    """
    database = open_tables(url)
    try:
        database.check()
    except BaseException:
        database.close()
        raise
    return database


def open_tables(url: str) -> Database:
    """The store behind a URL, whatever its tables are: for whoever looks at it before they are upgraded.

    Raises UnknownDatabase, MemoryRefused, or SchemaOutdated for a file that is not there.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite" and not file_of(parsed).is_file():
        raise SchemaOutdated(shown(parsed), found="", wanted=HEAD)
    return Database(parsed)
