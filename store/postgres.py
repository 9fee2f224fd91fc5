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
)

#: How long a writer waits for a row that another one holds.
_OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c client_min_messages=warning"


class _Prepared(psycopg.Cursor[Any]):
    """A cursor whose statements are prepared at once: all of them are constant."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Prepared":
        """Runs it as a prepared statement if it takes values."""
        options.setdefault("prepare", bool(params))
        super().execute(query, params or None, **options)
        return self


def connect(url: URL) -> psycopg.Connection[Any]:
    """A connection without transactions of its own, so that BEGIN can say which kind it is."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(
        address,
        autocommit=True,
        connect_timeout=10,
        options=_OPTIONS,
        application_name="khuyencong",
        cursor_factory=_Prepared,
    )


def translator(url: str) -> Callable[[Exception], Exception]:
    """What turns psycopg's errors into ours."""
    return partial(_translate, url)


def _translate(url: str, error: Exception) -> Exception:
    match error:
        case errors.UniqueViolation():
            return NotUnique(error.diag.table_name or "", str(error))
        case errors.RaiseException():
            return HistoryProtected(url, str(error).splitlines()[0])
        case errors.LockNotAvailable() | errors.DeadlockDetected() | errors.SerializationFailure():
            return DatabaseBusy(url, "another transaction held what this one needed")
        case errors.ReadOnlySqlTransaction() | errors.InsufficientPrivilege():
            return DatabaseReadOnly(url, str(error).splitlines()[0])
        case errors.UndefinedTable() | errors.UndefinedColumn():
            return SchemaOutdated(url, found="", wanted=str(error).splitlines()[0])
        case psycopg.OperationalError():
            return DatabaseUnreachable(url, str(error).strip().splitlines()[0])
        case _:
            return error
