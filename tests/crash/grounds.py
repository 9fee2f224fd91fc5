"""The installation that is crashed: a folder with everything in it, put back to how it was as often as need be."""

import os
import shutil
from collections.abc import Hashable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

import psycopg
from psycopg import sql

from tests.crash.rows import WATCHING, Reader, Rows
from tests.postgres import Server

_DATABASE = "khuyencong.db"
_SECONDS = 20.0
#: Size, time and rights of a file; then what no two files of one path share.
Mark = tuple[int, int, int, int, int]


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

    def rows(self) -> Rows:
        """What the database holds for good. Looking leaves everything for the next run as it was."""

    def beside_rows(self) -> Hashable:
        """What no row tells and a next run may depend on."""


def environment_of(ground: Ground) -> dict[str, str]:
    """The settings of the installation."""
    return {
        "KHUYENCONG_DATABASE_URL": ground.url,
        "KHUYENCONG_DOCUMENTS_DIR": str(ground.work / "documents"),
        "KHUYENCONG_MAIL_DIR": str(ground.work / "mail"),
        "KHUYENCONG_IDENTITY_KEY_FILE": str(ground.work / "identity-key"),
        "KHUYENCONG_LOG_KEY_FILE": str(ground.work / "log-key"),
    }


def rows_of(ground: Ground) -> Rows:
    """What the database holds for good."""
    ground.settle()
    return ground.rows()


def files_of(ground: Ground) -> Mapping[str, str]:
    """The files of the installation but for the database, by their path, with the hash of each."""
    found = {path: mark for path, mark in _marks(str(ground.work)).items() if not path.startswith(_DATABASE)}
    return {path: _hash(f"{ground.work}/{path}", mark) for path, mark in sorted(found.items())}


def marks_of(ground: Ground) -> Mapping[str, Mark]:
    """The same files and every folder, by their path."""
    found = {
        one.path[len(str(ground.work)) + 1 :]: _mark(one.stat(follow_symlinks=False))
        for one in _below(str(ground.work))
    }
    return {path: mark for path, mark in found.items() if not path.startswith(_DATABASE)}


@lru_cache(maxsize=4096)
def _hash(path: str, _mark: Mark) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()


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

    def rows(self) -> Rows:
        """What a copy of the file and of its log holds: to open the file itself would tidy up what a death left."""
        with self._copied() as reader:
            return reader.rows()

    def beside_rows(self) -> Hashable:
        """The tables and their guards, and how large the file and its log are."""
        sizes = frozenset((path.name, path.stat().st_size) for path in self.work.glob(f"{_DATABASE}*"))
        with self._copied() as reader:
            return sizes, reader.beside_rows()

    @contextmanager
    def _copied(self) -> Iterator[Reader]:
        seen = self._root / "seen"
        shutil.rmtree(seen, ignore_errors=True)
        seen.mkdir()
        for name in (_DATABASE, f"{_DATABASE}-wal"):
            if (self.work / name).exists():
                shutil.copyfile(self.work / name, seen / name)
        with closing(Reader(f"sqlite:///{seen / _DATABASE}")) as reader:
            yield reader


class PostgresGround:
    """The database is one of a server; each state that is kept is another one, which it is made from again."""

    kind = "postgresql"

    def __init__(self, root: Path, server: Server) -> None:
        self._root, self.work, self._server = root, root / "work", server
        self.work.mkdir()
        self._admin = self._connect()
        self._mark, self._names = f"crash_{os.getpid()}_{id(self):x}", {"work"}
        self._make("work", "template0")
        self._reader = Reader(self.url)

    @property
    def url(self) -> str:
        """Its database."""
        return self._server.url(f"{self._mark}_work")

    def save(self, name: str) -> None:
        """Keeps how it is now under a name."""
        _copy(self.work, self._root / name)
        self._reader.close()
        self.settle()
        self._drop(name)
        self._make(name, f"{self._mark}_work")

    def reset(self, name: str) -> None:
        """Makes it again as it was."""
        _copy(self._root / name, self.work)
        self._reader.close()
        self._drop("work")
        self._make("work", f"{self._mark}_{name}")

    def settle(self) -> None:
        """Waits until no process but this one is connected."""
        end = monotonic() + _SECONDS
        while self._execute(_CONNECTED, (f"{self._mark}_work",)).fetchone() is not None:
            if monotonic() > end:
                raise TimeoutError("a connection of a process that died is still open")
            sleep(0.002)

    def rows(self) -> Rows:
        """What is committed."""
        try:
            return self._reader.rows()
        except psycopg.OperationalError:  # The server was restarted meanwhile.
            self._reader.close()
            return self._reader.rows()

    def beside_rows(self) -> Hashable:
        """The tables and their guards, and the numbers given out."""
        return self._reader.beside_rows()

    def close(self) -> None:
        """Leaves nothing on the server."""
        self._reader.close()
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


_CONNECTED = f"SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name <> '{WATCHING}' LIMIT 1"  # noqa: S608 - a name of ours.


def _copy(source: Path, target: Path) -> None:
    """Makes a folder as another one is; what is so already, by size, time and rights, is left where it is."""
    target.mkdir(exist_ok=True)
    wanted, found = _marks(str(source)), _marks(str(target))
    for path in sorted(found.keys() - wanted.keys()):
        (target / path).unlink()
    for path, mark in wanted.items():
        if found.get(path, ())[:3] != mark[:3]:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path)
    for folder in sorted(_folders(str(target)) - _folders(str(source)), reverse=True):
        (target / folder).rmdir()
    for folder in sorted(_folders(str(source)) - _folders(str(target))):
        (target / folder).mkdir()


def _marks(folder: str) -> dict[str, Mark]:
    """The files below a folder, each with what tells whether it was written since."""
    found = (one for one in _below(folder) if not one.is_dir(follow_symlinks=False))
    return {one.path[len(folder) + 1 :]: _mark(one.stat(follow_symlinks=False)) for one in found}


def _mark(about: os.stat_result) -> Mark:
    return about.st_size, about.st_mtime_ns, about.st_mode, about.st_ino, about.st_ctime_ns


def _folders(folder: str) -> set[str]:
    return {one.path[len(folder) + 1 :] for one in _below(folder) if one.is_dir(follow_symlinks=False)}


def _below(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)


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
