"""Connections to SQLite: WAL, full flushes, and errors in our words."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from store.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnreachable,
    HistoryProtected,
    NotUnique,
    SchemaOutdated,
    StorageFault,
)

#: How long a writer waits for another one, in seconds.
PATIENCE = 10.0
#: ``recursive_triggers``: else INSERT OR REPLACE deletes a history row past its delete trigger.
_PRAGMAS = ("foreign_keys=ON", "synchronous=FULL", "recursive_triggers=ON", "temp_store=MEMORY")
#: ``cache_size``: 8 MiB; a batch of mails changes more pages than 2 MiB hold, and would write some of them twice.
_WRITING = ("journal_mode=WAL", "cache_size=-8192")
#: ``cache_size``: 16 MiB; a search looks through some thousand rows, and with 2 MiB it would read each page again.
_READING = ("query_only=ON", "cache_size=-16384")


def connect(path: Path, *, writes: bool, create: bool = False) -> sqlite3.Connection:
    """A connection without transactions of its own; readers cannot write. The file must be there unless ``create``."""
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,  # A connection serves one transaction at a time, whichever thread that is on.
        cached_statements=256,
    )
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    for pragma in _WRITING if writes else _READING:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def translator(url: str) -> Callable[[Exception], Exception]:
    """What turns sqlite3's errors into ours."""
    return partial(_translate, url)


def _translate(url: str, error: Exception) -> Exception:
    if not isinstance(error, sqlite3.Error):
        return error
    name, text = getattr(error, "sqlite_errorname", "") or "", str(error)
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return NotUnique(text.rpartition("failed: ")[2].partition(".")[0], text)
    if text.startswith(("no such table", "no such column")):
        return SchemaOutdated(url, found="", wanted=text)
    found = next((fault for prefix, fault in _FAULTS if name.startswith(prefix)), None)
    return found(url, f"SQLite says: {text}") if found else error


_FAULTS: tuple[tuple[str, type[StorageFault]], ...] = (
    ("SQLITE_CONSTRAINT_TRIGGER", HistoryProtected),
    ("SQLITE_BUSY", DatabaseBusy),
    ("SQLITE_LOCKED", DatabaseBusy),
    ("SQLITE_READONLY", DatabaseReadOnly),
    ("SQLITE_FULL", DatabaseReadOnly),
    ("SQLITE_CANTOPEN", DatabaseUnreachable),
    ("SQLITE_IOERR", DatabaseUnreachable),
    ("SQLITE_NOTADB", DatabaseUnreachable),
    ("SQLITE_CORRUPT", DatabaseUnreachable),
)
