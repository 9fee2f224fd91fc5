"""Where a process can die: before and after each statement, each file operation, each command to a mail server.

Nothing of the product is asked to help. Statements are counted where the drivers take them: every cursor of sqlite3,
every wait of psycopg for its server, however many statements travel in it. The count follows whatever the store does.
"""

import hashlib
import io
import itertools
import os
import random
import signal
import smtplib
import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

import psycopg

#: What changes a folder or a file, or makes a change last.
_FILE_OPERATIONS = (
    *("open", "replace", "rename", "link", "symlink", "unlink", "remove", "mkdir", "rmdir"),
    *("fsync", "fdatasync", "write", "truncate", "ftruncate", "chmod"),
)
_WORDS = 60
Saw = Callable[[str], None]


class Points:
    """Counts the points that this process passes and dies at one of them, or does something else ``instead``.

    ``saw`` hears of each point passed.
    """

    def __init__(self, kill: int | None, saw: Saw, *, instead: Callable[[], None] | None = None) -> None:
        self._kill, self._saw, self.passed = kill, saw, 0
        self._strike = instead or _die
        self._inside = False

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """Passes a point, calls, and passes another; what happens inside the call belongs to it."""
        if self._inside:
            return call()
        self._pass(f"before {name}")
        self._inside = True
        try:
            return call()
        finally:
            self._inside = False
            self._pass(f"after {name}")

    def _pass(self, name: str) -> None:
        self.passed += 1
        if self.passed == self._kill:
            self._strike()
        self._inside = True
        self._saw(name)
        self._inside = False


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def install(points: Points) -> None:
    """Sets the points in this process, for good."""
    _count_sqlite(points)
    _count_postgres(points)
    _count_files(points)
    _count_mail(points)


def _count_sqlite(points: Points) -> None:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *rest: Any) -> Any:
            return points.around(_shown(sql), lambda: super(Cursor, self).execute(sql, *rest))

        def executemany(self, sql: str, *rest: Any) -> Any:
            return points.around(_shown(sql), lambda: super(Cursor, self).executemany(sql, *rest))

    class Connection(sqlite3.Connection):
        """Its own ``execute`` and ``executemany`` go through ``cursor`` too."""

        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            points.around("COMMIT", super().commit)

        def rollback(self) -> None:
            points.around("ROLLBACK", super().rollback)

        def backup(self, *args: Any, **options: Any) -> None:
            points.around("backup", lambda: super(Connection, self).backup(*args, **options))

        def close(self) -> None:
            points.around("close", super().close)

    sqlite3.connect = _made_by(sqlite3.connect, Connection)


def _made_by(connect: Callable[..., Any], factory: type[sqlite3.Connection]) -> Any:
    @wraps(connect)
    def made(*args: Any, **options: Any) -> Any:
        return connect(*args, **{"factory": factory, **options})

    return made


def _count_postgres(points: Points) -> None:
    wait: Callable[..., Any] = psycopg.Connection.wait

    def counted(self: Any, gen: Any, *args: Any, **options: Any) -> Any:
        return points.around(_asked(gen), lambda: wait(self, gen, *args, **options))

    psycopg.Connection.wait = counted  # type: ignore[method-assign]


def _asked(gen: Any) -> str:
    """The statement that a generator of psycopg is about, else what it does."""
    query = gen.gi_frame.f_locals.get("query") if getattr(gen, "gi_frame", None) else None
    text = query.decode() if isinstance(query, bytes) else query
    return _shown(text) if isinstance(text, str) else str(getattr(gen, "__name__", "wait"))


def _count_files(points: Points) -> None:
    for name in _FILE_OPERATIONS:
        setattr(os, name, _counted(points, name, getattr(os, name)))
    opened = io.open

    def opening(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wxa+"):
            return opened(file, mode, *args, **options)
        return points.around(f"open {os.path.basename(file)}", lambda: opened(file, mode, *args, **options))  # noqa: PTH119 - the path may be of any kind.

    io.open = opening


def _counted(points: Points, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def counted(*args: Any, **options: Any) -> Any:
        if name == "open" and not _writes(*args, **options):
            return operation(*args, **options)
        return points.around(f"{name} {_name_of(args)}", lambda: operation(*args, **options))

    return counted


def _writes(_path: Any, flags: int, *_: Any, **__: Any) -> bool:
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _name_of(args: tuple[Any, ...]) -> str:
    return str(args[0]).rpartition("/")[2] if args and not isinstance(args[0], int) else ""


def _count_mail(points: Points) -> None:
    send: Callable[..., Any] = smtplib.SMTP.send

    def counted(self: smtplib.SMTP, what: Any) -> Any:
        text = what if isinstance(what, str) else what[:_WORDS].decode("ascii", "replace")
        return points.around(f"mail {_shown(text)}", lambda: send(self, what))

    smtplib.SMTP.send = counted  # type: ignore[assignment,method-assign]


def _shown(text: str) -> str:
    return " ".join(text.split())[:_WORDS]


def load_dice(seed: int) -> None:
    """Makes this process's randomness a stream that the seed tells, so that two runs write the very same bytes."""
    stream = itertools.count()

    def told(size: int) -> bytes:
        blocks = (hashlib.sha256(f"{seed}/{next(stream)}".encode()).digest() for _ in range(size // 32 + 1))
        return b"".join(blocks)[:size]

    os.urandom = told
    random._urandom = told  # type: ignore[attr-defined]
