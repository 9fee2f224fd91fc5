"""Brings the tables of a database to this software's revision, all or nothing, and guards history after every step."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from store import postgres, sqlite
from store.address import file_of, parse, shown
from store.errors import SchemaOutdated
from store.history_guard import protect, protect_again

#: Any number, the same everywhere: two upgrades at once follow each other.
_UPGRADING = 7_202_613


def scripts() -> ScriptDirectory:
    """The migrations that come with this software."""
    return ScriptDirectory(str(Path(__file__).parent))


def upgrade(url: str, *, to: str = "head") -> str:
    """Makes or upgrades the tables and returns their revision. Repeatable; an SQLite file is created if need be.

    Everything happens in one transaction: an upgrade that fails leaves the database as it was. Raises UnknownDatabase,
    MemoryRefused, DatabaseUnreachable, DatabaseReadOnly, DatabaseBusy, or SchemaOutdated for a database that a later
    version of this software made.
    """
    with connected(url) as connection:
        return upgrade_within(connection, url, to=to)


def upgrade_within(connection: Connection, url: str, *, to: str = "head") -> str:
    """The same in a transaction of ``connected`` that goes on. Raises SchemaOutdated."""
    script = scripts()
    found = MigrationContext.configure(connection).get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if found is not None and found not in known:
        raise SchemaOutdated(shown(parse(url)), found=found, wanted=str(script.get_current_head()))
    with EnvironmentContext(Config(), script, fn=lambda at, _: script._upgrade_revs(to, at)) as environment:  # noqa: SLF001 - alembic.command does the same; it would need an alembic.ini.
        environment.configure(connection=connection, transactional_ddl=True, on_version_apply=_guard)
        environment.run_migrations()
    protect(connection)
    return str(MigrationContext.configure(connection).get_current_revision())


def _guard(ctx: MigrationContext, *_: Any, **__: Any) -> None:
    if ctx.connection is not None:
        protect_again(ctx.connection)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction of SQLAlchemy's own on the database, which nobody else upgrades meanwhile."""
    parsed = parse(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    translate = (sqlite if is_sqlite else postgres).translator(shown(parsed))

    def connect() -> Any:
        return sqlite.connect(file_of(parsed), writes=True, create=True) if is_sqlite else psycopg_connection(parsed)

    try:
        engine = create_engine(parsed, creator=connect, poolclass=NullPool)
        with engine.connect() as connection:
            if is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADING})")
            yield connection
            connection.commit()
    except DBAPIError as error:
        raise translate(error.orig if isinstance(error.orig, Exception) else error) from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise translate(error) from error


class _Named(psycopg.Cursor[Any]):
    """A cursor for statements whose values have names; one that takes no values may hold a "%"."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Named":
        super().execute(query, params or None, **options)
        return self


def psycopg_connection(url: Any) -> psycopg.Connection[Any]:
    """A connection whose transactions SQLAlchemy begins and ends, and whose values it names."""
    connection = postgres.connect(url)
    connection.autocommit, connection.cursor_factory = False, _Named
    return connection
