"""The installation that is crashed: a folder with everything in it, put back to how it was as often as need be."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

import psycopg
from psycopg import sql

from tests.crash.rows import Rows, read_rows
from tests.postgres import Server

_DATABASE = "khuyencong.db"
_SECONDS = 20.0


class Ground(Protocol):
    """An installation on one kind of database. ``work`` is the folder that calls run in."""

    kind: str
    work: Path

    @property
    def url(self) -> str:
        """Its database."""

    def save(self, name: str) -> None:
        """Keeps how it is now under a name."""

    def reset(self, name: str) -> None:
        """Makes it again as it was."""

    def settle(self) -> None:
        """Waits until the database has let go of a process that died."""


def environment_of(ground: Ground) -> dict[str, str]:
    """The settings of the installation."""
    return {
        "KHUYENCONG_DATABASE_URL": ground.url,
        "KHUYENCONG_DOCUMENTS_DIR": str(ground.work / "documents"),
        "KHUYENCONG_MAIL_DIR": str(ground.work / "mail"),
        "KHUYENCONG_IDENTITY_KEY_FILE": str(ground.work / "identity-key"),
    }


def rows_of(ground: Ground) -> Rows:
    """What the database holds for good."""
    ground.settle()
    return read_rows(ground.url)


def files_of(ground: Ground) -> Mapping[str, str]:
    """The files of the installation but for the database, by their path, with the hash of each."""
    found = (path for path in sorted(ground.work.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(ground.work)): sha256(path.read_bytes()).hexdigest()
        for path in found
        if not (path.parent == ground.work and path.name.startswith(_DATABASE))
    }


def age(ground: Ground, days: int = 2) -> None:
    """Makes everything look as if nobody had written to it for days."""
    for path in (*ground.work.rglob("*"), ground.work):
        then = path.stat().st_mtime - days * 86_400
        os.utime(path, (then, then))


class SqliteGround:
    """The database is a file of the folder."""

    kind = "sqlite"

    def __init__(self, root: Path) -> None:
        self._root, self.work = root, root / "work"
        self.work.mkdir()

    @property
    def url(self) -> str:
        """Its database."""
        return f"sqlite:///{self.work / _DATABASE}"

    def save(self, name: str) -> None:
        """Keeps how it is now under a name."""
        _copy(self.work, self._root / name)

    def reset(self, name: str) -> None:
        """Makes it again as it was."""
        _copy(self._root / name, self.work)

    def settle(self) -> None:
        """A file keeps nobody waiting."""


class PostgresGround:
    """The database is one of a server; each state that is kept is another one, which it is made from again."""

    kind = "postgresql"

    def __init__(self, root: Path, server: Server) -> None:
        self._root, self.work, self._server = root, root / "work", server
        self.work.mkdir()
        self._admin = self._connect()
        self._mark, self._names = f"crash_{os.getpid()}_{id(self):x}", {"work"}
        self._make("work", "template0")

    @property
    def url(self) -> str:
        """Its database."""
        return self._server.url(f"{self._mark}_work")

    def save(self, name: str) -> None:
        """Keeps how it is now under a name."""
        _copy(self.work, self._root / name)
        self.settle()
        self._drop(name)
        self._make(name, f"{self._mark}_work")

    def reset(self, name: str) -> None:
        """Makes it again as it was."""
        _copy(self._root / name, self.work)
        self._drop("work")
        self._make("work", f"{self._mark}_{name}")

    def settle(self) -> None:
        """Waits until no process but this one is connected."""
        end = monotonic() + _SECONDS
        while self._execute(_CONNECTED, (f"{self._mark}_work",)).fetchone() is not None:
            if monotonic() > end:
                raise TimeoutError("a connection of a process that died is still open")
            sleep(0.002)

    def close(self) -> None:
        """Leaves nothing on the server."""
        for name in self._names:
            self._drop(name)
        self._admin.close()

    def _make(self, name: str, template: str) -> None:
        self._names.add(name)
        self._ask("CREATE DATABASE {} TEMPLATE {}", f"{self._mark}_{name}", template)

    def _drop(self, name: str) -> None:
        self._ask("DROP DATABASE IF EXISTS {} WITH (FORCE)", f"{self._mark}_{name}")

    def _ask(self, statement: str, *names: str) -> None:
        self._execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _execute(self, query: Any, values: Any = None) -> Any:
        """Once more on a new connection where the server was restarted meanwhile."""
        try:
            return self._admin.execute(query, values)
        except psycopg.OperationalError:
            self._admin.close()
            self._admin = self._connect()
            return self._admin.execute(query, values)

    def _connect(self) -> psycopg.Connection[Any]:
        target = self._server.address.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(target, autocommit=True)


_CONNECTED = "SELECT 1 FROM pg_stat_activity WHERE datname = %s LIMIT 1"


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


@contextmanager
def ground_on(kind: str, root: Path, server: Server | None) -> Iterator[Ground]:
    """An empty installation on that kind of database."""
    root.mkdir(parents=True, exist_ok=True)
    if server is None or kind == "sqlite":
        yield SqliteGround(root)
        return
    ground = PostgresGround(root, server)
    try:
        yield ground
    finally:
        ground.close()
