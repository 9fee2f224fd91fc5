"""Connections to PostgreSQL: UTC, transactions of our own, and errors in our words."""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy.engine import URL

from store.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnreachable,
    HistoryProtected,
    NotUnique,
    SchemaOutdated,
    StorageFault,
)

#: How long a writer waits for a row that another one holds.
_OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c client_min_messages=warning"


class Prepared(psycopg.RawCursor[Any]):
    """A cursor whose statements are prepared at once: all of them are constant."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Prepared":
        """Runs it as a prepared statement if it takes values."""
        options.setdefault("prepare", bool(params))
        super().execute(query, params or None, **options)
        return self


#: Long values (mails above all) packed by lz4 where the server knows it: the usual way costs more than all the rest.
_PACK = """SELECT set_config(name, 'lz4', false) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"""


def connect(url: URL, *, writes: bool = True) -> psycopg.Connection[Any]:
    """A connection without transactions of its own, so that BEGIN can say which kind it is."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(
        address,
        autocommit=True,
        connect_timeout=10,
        options=_OPTIONS,
        application_name="khuyencong",
        cursor_factory=Prepared,
    )
    if writes:
        connection.execute(_PACK)
    return connection


def translator(url: str) -> Callable[[Exception], Exception]:
    """What turns psycopg's errors into ours."""
    return partial(_translate, url)


def _translate(url: str, error: Exception) -> Exception:
    if not isinstance(error, psycopg.Error):
        return error
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, errors.UniqueViolation):
        return NotUnique(error.diag.table_name or "", said)
    if isinstance(error, errors.UndefinedTable | errors.UndefinedColumn):
        return SchemaOutdated(url, found="", wanted=said)
    found = next((fault for kind, fault in _FAULTS if isinstance(error, kind)), None)
    return found(url, f"PostgreSQL says: {said}") if found else error


#: The first that fits holds, so the general ones come last.
_FAULTS: tuple[tuple[type[psycopg.Error], type[StorageFault]], ...] = (
    (errors.RaiseException, HistoryProtected),
    (errors.LockNotAvailable, DatabaseBusy),
    (errors.DeadlockDetected, DatabaseBusy),
    (errors.SerializationFailure, DatabaseBusy),
    (errors.ReadOnlySqlTransaction, DatabaseReadOnly),
    (errors.InsufficientPrivilege, DatabaseReadOnly),
    (psycopg.OperationalError, DatabaseUnreachable),
)
