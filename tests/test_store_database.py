"""A database that cannot be used says so in a sentence, without its password, and nothing is half-written."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from store.database import Database, open_database
from store.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnreachable,
    MemoryRefused,
    RolledBack,
    SchemaOutdated,
    UnknownDatabase,
)
from store.migrations import upgrade
from store.pinned import Pinned
from store.types import NaiveInstant
from store.unit_of_work import SqlUnitOfWork
from tests import contract
from tests.contract import creation, furnish
from tests.postgres import Server
from workflow.changing import changed
from workflow.errors import UnknownProposal


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty one of each kind."""
    with contract.opened(request.param, request, tmp_path) as opened:
        assert isinstance(opened, Database)
        yield opened


#: In a URL as ``user:password``, built so that no line of this file looks like a kept secret.
LOGIN = ":".join(("an", "secret"))


@pytest.mark.parametrize("url", [f"mysql://{LOGIN}@h/d", "sqlite+aiosqlite:///x", f"postgresql+asyncpg://{LOGIN}@h/d"])
def test_other_databases_are_refused(url: str) -> None:
    """With what would be understood."""
    with pytest.raises(UnknownDatabase, match="neither sqlite:///FILE nor postgresql://") as refused:
        open_database(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "khuyencong.db", "://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """With an example of one."""
    with pytest.raises(UnknownDatabase, match="it looks like sqlite:///"):
        open_database(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    """For opening and for making: everything would be lost with the process."""
    with pytest.raises(MemoryRefused, match="lost with the process"):
        open_database(url)
    with pytest.raises(MemoryRefused, match="lost with the process"):
        upgrade(url)


def test_an_absent_file_is_not_made_by_opening(tmp_path: Path) -> None:
    """Only init makes one."""
    with pytest.raises(SchemaOutdated, match="run khuyencong init"):
        open_database(f"sqlite:///{tmp_path}/a.db")

    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_needs_init(postgres_url: str) -> None:
    """As does one of an older revision."""
    with pytest.raises(SchemaOutdated, match="it has no tables yet"):
        open_database(postgres_url)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    """And left as it is."""
    file = tmp_path / "a.db"
    file.write_bytes(b"xin chao " * 200)

    for act in (open_database, upgrade):
        with pytest.raises(DatabaseUnreachable, match="not a database"):
            act(f"sqlite:///{file}")

    assert file.read_bytes() == b"xin chao " * 200


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Nothing is made on the way."""
    with pytest.raises(DatabaseUnreachable):
        upgrade(f"sqlite:///{tmp_path}/none/a.db")

    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    """For opening and for making."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://{LOGIN}@127.0.0.1:{taken.getsockname()[1]}/d"

        for act in (open_database, upgrade):
            with pytest.raises(DatabaseUnreachable) as refused:
                act(url)
            assert "secret" not in str(refused.value)
            assert "127.0.0.1" in str(refused.value)


def test_a_dropped_connection_is_replaced(postgres_server: Server) -> None:
    """The server restarted overnight; the first officer of the morning does not notice."""
    with postgres_server.database() as url:
        upgrade(url)
        database, other = open_database(url), open_database(url)
        with other.transaction(writes=True) as transaction:
            transaction.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        with database.read() as uow:
            assert uow.tail("x") is None

        database.close()
        other.close()


def test_a_reader_cannot_write(database: Database) -> None:
    """Neither by mistake."""
    with pytest.raises(DatabaseReadOnly), database.read() as uow:
        uow.take_code("TT", 2021)


def draw_and_fail(database: Database) -> None:
    with database.transaction(writes=True) as transaction:
        SqlUnitOfWork(transaction, Pinned(), writes=True).take_code("TT", 2021)
        with suppress(SchemaOutdated):
            transaction.execute("SELECT * FROM nothing")


def test_a_failed_statement_passed_over_commits_nothing_on_postgresql(request: pytest.FixtureRequest) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK there; it is never taken for success."""
    with contract.opened("postgresql", request, Path()) as database:
        assert isinstance(database, Database)
        with pytest.raises(RolledBack):
            draw_and_fail(database)

        with database.write() as uow:
            assert uow.take_code("TT", 2021) == "TT-2021-0001"


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the file; trying again may work, and does."""
    monkeypatch.setattr("store.sqlite.PATIENCE", 0.1)
    upgrade(f"sqlite:///{tmp_path}/a.db")
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseBusy), database.write():
        pass
    holder.execute("ROLLBACK")
    holder.close()

    with database.write() as uow:
        assert uow.take_code("TT", 2021) == "TT-2021-0001"
    database.close()


def test_sqlite_flushes_in_full_and_keeps_foreign_keys(tmp_path: Path) -> None:
    """What an approval is written with (architecture, Storage)."""
    upgrade(f"sqlite:///{tmp_path}/a.db")
    database = open_database(f"sqlite:///{tmp_path}/a.db")
    pragmas = {}
    for writes in (True, False):
        connection, _ = database._connections[writes].take()
        for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "query_only", "busy_timeout"):
            pragmas[name, writes] = connection.execute(f"PRAGMA {name}").fetchone()[0]
        connection.close()
    database.close()

    for writes in (True, False):
        assert pragmas["journal_mode", writes] == "wal"
        assert pragmas["synchronous", writes] == 2
        assert pragmas["foreign_keys", writes] == pragmas["recursive_triggers", writes] == 1
        assert pragmas["query_only", writes] == (not writes)
        assert pragmas["busy_timeout", writes] == 10_000


def test_a_relative_path_means_the_folder_of_the_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later change of the working folder makes no second database."""
    monkeypatch.chdir(tmp_path)
    upgrade("sqlite:///a.db")
    database = open_database("sqlite:///a.db")
    (tmp_path / "other").mkdir()

    os.chdir(tmp_path / "other")
    with database.write() as uow:
        uow.take_code("TT", 2021)

    database.close()
    assert list((tmp_path / "other").iterdir()) == []


def test_a_path_may_hold_any_letter(tmp_path: Path) -> None:
    """Question marks, percent signs and Vietnamese included."""
    folder = tmp_path / "Đề án 100% #1"
    folder.mkdir()

    upgrade(f"sqlite:///{folder}/a.db")
    open_database(f"sqlite:///{folder}/a.db").close()

    assert (folder / "a.db").exists()


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    """Nobody could say later which moment it meant; the transaction writes nothing."""
    furnish(database)
    made = creation()
    naive = changed(made.after, created_at=datetime(2021, 3, 1, 5, 0))  # noqa: DTZ001 - the point of the test.

    with pytest.raises(NaiveInstant), database.write() as uow:
        uow.add(changed(made, after=naive))

    with database.read() as uow, pytest.raises(UnknownProposal):
        uow.proposal(made.after.code)


def test_connections_are_used_again(database: Database) -> None:
    """One transaction after the other takes one connection, a nested reader a second one."""
    for _ in range(3):
        with database.read() as uow:
            uow.tail("x")
        with database.write() as uow:
            uow.tail("x")
    idle = {writes: len(connections._idle) for writes, connections in database._connections.items()}

    assert idle == {True: 1, False: 1}
