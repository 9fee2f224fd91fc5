"""The tables of both databases are those that are declared, and history refuses to be changed after every migration."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url

from store.database import open_database
from store.errors import DatabaseReadOnly, HistoryProtected, SchemaOutdated
from store.history_guard import grant_runtime, guards, missing_guards, protect
from store.migrations import connected, scripts, upgrade
from store.revisions import HEAD
from store.tables import Row
from tests.contract import creation, furnish, move
from tests.postgres import Server

REVISIONS = [step.revision for step in reversed(list(scripts().walk_revisions()))]
DATABASES = ("sqlite", "postgresql")
HISTORY = ("entry", "publication", "definition", "sandbox", "opening")
SANDBOX = "INSERT INTO sandbox VALUES (1, '2026-11-23T01:00:00Z', '2026-11-23T01:00:00Z')"


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/khuyencong.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def filled_url(empty_url: str) -> str:
    """A database with a row in every table of history."""
    _fill(empty_url)
    return empty_url


def test_head_is_the_last_migration() -> None:
    """What the software asks for is what its migrations make."""
    assert scripts().get_current_head() == HEAD
    assert REVISIONS[-1] == HEAD


def test_migrated_tables_are_the_declared_ones(empty_url: str) -> None:
    """Nothing is declared that no migration makes, and the other way round."""
    upgrade(empty_url)

    with connected(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _declared})
        assert compare_metadata(context, Row.metadata) == []


def _declared(name: str | None, kind: str, _: object) -> bool:
    """What the databases derive from ``proposal.search`` each in its own way is no declared table."""
    return kind != "table" or not (name or "").startswith("proposal_words")


def test_an_upgrade_is_repeatable(filled_url: str) -> None:
    """The second one finds nothing to do and loses nothing."""
    assert upgrade(filled_url) == HEAD

    database = open_database(filled_url)
    with database.read() as uow:
        assert uow.proposal("TT-2021-0001").revision == 1
    database.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_history_is_guarded_after_every_migration(empty_url: str, revision: str) -> None:
    """Each revision alone leaves the whole list of guards behind."""
    upgrade(empty_url, to=revision)

    with connected(empty_url) as connection:
        assert missing_guards(connection) == ()


def test_a_lost_guard_is_missed_and_put_back(filled_url: str) -> None:
    """Whoever drops or weakens a trigger is found out by name."""
    with connected(filled_url) as connection:
        on = " ON entry" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER guard_entry_update{on}")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE opening DISABLE TRIGGER guard_opening_delete")
            lost = {"guard_entry_update", "guard_opening_delete"}
        else:
            connection.exec_driver_sql("DROP TRIGGER guard_opening_update")
            connection.exec_driver_sql(
                "CREATE TRIGGER guard_opening_update BEFORE UPDATE ON opening WHEN 0 BEGIN SELECT 1; END"
            )
            lost = {"guard_entry_update", "guard_opening_update"}
        assert set(missing_guards(connection)) == lost

        protect(connection)

        assert missing_guards(connection) == ()


def test_a_weakened_guard_function_is_missed(postgres_url: str) -> None:
    """On PostgreSQL what refuses is a function, and its text counts."""
    upgrade(postgres_url)

    with connected(postgres_url) as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        assert "guard_entry_update" in missing_guards(connection)


ATTEMPTS = [
    *(f"DELETE FROM {table}" for table in HISTORY),  # noqa: S608 - names of our own tables.
    "UPDATE entry SET body = body",
    "UPDATE entry SET seq = NULL",
    "UPDATE publication SET sha256 = sha256",
    "UPDATE definition SET text = ''",
    "UPDATE sandbox SET clock_start = since",
    "UPDATE opening SET value = 'khác'",
    "UPDATE opening SET value = NULL",
    "UPDATE opening SET value = NULL, erased_by = 999999",
    "UPDATE opening SET value = NULL, erased_by = 1, path = 'x'",
    "UPDATE opening SET salt = NULL, erased_by = 1",
    "UPDATE opening SET value = NULL, erased_by = 1, salt = 'abc'",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_sqlite_refuses_to_change_history(sqlite_file: Path, attempt: str) -> None:
    """Whoever opens the file with any program hears it, whatever its settings."""
    connection = sqlite3.connect(sqlite_file)

    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|FOREIGN KEY"):
        connection.execute(attempt)

    connection.close()


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("table", HISTORY)
def test_sqlite_refuses_to_replace_history(sqlite_file: Path, table: str, recursive: str) -> None:
    """INSERT OR REPLACE removes the old row; without recursive triggers no delete trigger would see it."""
    connection = sqlite3.connect(sqlite_file)
    connection.execute(f"PRAGMA recursive_triggers={recursive}")

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608 - our own tables.

    connection.close()


def test_sqlite_refuses_a_second_entry_of_a_place(sqlite_file: Path) -> None:
    """Under another number, REPLACE would remove the entry that stands at that place of the chain."""
    connection = sqlite3.connect(sqlite_file)
    statement = (
        "INSERT OR REPLACE INTO entry (kind, subject, seq, recorded_at, body, hash, previous_hash, format) "
        "SELECT kind, subject, seq, recorded_at, body, hash, previous_hash, format FROM entry WHERE id = 1"
    )

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)

    connection.close()


TRUNCATIONS = [f"TRUNCATE {table} CASCADE" for table in HISTORY]
#: PostgreSQL's way to replay changes of another server skips ordinary triggers.
AS_REPLICA = "SET session_replication_role = replica; DELETE FROM opening"


@pytest.mark.parametrize("attempt", [*ATTEMPTS, *TRUNCATIONS, AS_REPLICA])
def test_postgresql_refuses_to_change_history(filled_postgres: Connection, attempt: str) -> None:
    """The owner of the tables is refused too, TRUNCATE and the replica role included."""
    with pytest.raises(Exception, match="append-only"), filled_postgres.begin_nested():
        filled_postgres.exec_driver_sql(attempt)


def test_a_lawful_erasure_passes(filled_url: str) -> None:
    """The value goes, the salt with it, and the entry that says why is named; it cannot be done twice."""
    with connected(filled_url) as connection:
        connection.exec_driver_sql("UPDATE opening SET value = NULL, salt = NULL, erased_by = 1 WHERE path = 'note'")
        left = connection.exec_driver_sql("SELECT count(*) FROM opening WHERE value IS NULL").scalar()

    assert left == 1
    with pytest.raises(HistoryProtected), connected(filled_url) as connection:
        connection.exec_driver_sql("UPDATE opening SET value = NULL, erased_by = 2 WHERE path = 'note'")


def test_the_running_software_owns_nothing(postgres_url: str) -> None:
    """With the granted rights a role does the whole work, and can neither change history nor drop its guards."""
    upgrade(postgres_url)
    role = f"runtime_{make_url(postgres_url).database}"
    with connected(postgres_url) as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
        grant_runtime(connection, role)
        grant_runtime(connection, role)
    url = make_url(postgres_url).set(username=role, password=role).render_as_string(hide_password=False)
    database = open_database(url)
    try:
        furnish(database)
        with database.write() as uow:
            first = creation()
            uow.add(first)
            uow.record(move(first.after))

        for attempt in (
            "UPDATE entry SET body = body",
            "DELETE FROM publication",
            "TRUNCATE entry CASCADE",
            "DROP TRIGGER guard_entry_update ON entry",
            "DELETE FROM opening",
            "UPDATE opening SET path = path",
            SANDBOX,
        ):
            with pytest.raises((DatabaseReadOnly, HistoryProtected)), database.transaction(writes=True) as transaction:
                transaction.execute(attempt)
        with database.transaction(writes=True) as transaction:
            transaction.execute("UPDATE opening SET value = NULL, erased_by = 1 WHERE path = 'actor'")
    finally:
        database.close()
        with connected(postgres_url) as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")


def test_a_database_of_a_later_version_is_left_alone(empty_url: str) -> None:
    """Older software neither opens nor downgrades it."""
    upgrade(empty_url)
    with connected(empty_url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaOutdated, match="9999"):
        upgrade(empty_url)
    with pytest.raises(SchemaOutdated, match="9999"):
        open_database(empty_url)


def test_a_failed_upgrade_leaves_nothing(empty_url: str) -> None:
    """One transaction for all of it: the table that stood in the way is the only one there."""
    with connected(empty_url) as connection:
        connection.exec_driver_sql("CREATE TABLE proposal (id INTEGER)")

    with pytest.raises(Exception, match="proposal"):
        upgrade(empty_url)

    with connected(empty_url) as connection:
        assert connection.dialect.get_table_names(connection) == ["proposal"]


def test_every_table_of_history_has_its_guards() -> None:
    """The list itself is held: five tables, each against change and removal, PostgreSQL against TRUNCATE too."""
    sqlite, postgresql = ({guard.name for guard in guards(kind)} for kind in DATABASES)

    for table in HISTORY:
        assert {f"guard_{table}_update", f"guard_{table}_delete", f"guard_{table}_replace"} <= sqlite
        assert {f"guard_{table}_update", f"guard_{table}_delete", f"guard_{table}_truncate"} <= postgresql


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled SQLite file; nothing in these tests can change it."""
    folder = tmp_path_factory.mktemp("guarded")
    url = f"sqlite:///{folder}/khuyencong.db"
    _fill(url)
    return folder / "khuyencong.db"


@pytest.fixture(scope="module")
def filled_postgres(postgres_server: Server) -> Iterator[Connection]:
    """A transaction on a filled PostgreSQL database; nothing in these tests can change it."""
    with postgres_server.database() as url:
        _fill(url)
        with connected(url) as connection:
            yield connection


def _fill(url: str) -> None:
    upgrade(url)
    database = open_database(url)
    furnish(database)
    with database.write() as uow:
        uow.add(creation())
        uow.record(move(creation().after, note="ghi chú"))
    database.close()
    with connected(url) as connection:
        connection.exec_driver_sql(SANDBOX)
