"""The database's own refusal to change history: triggers, and the rights of the role that the software runs as.

``protect`` runs after an upgrade, ``protect_again`` after each of its steps: rebuilding a table drops its triggers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Boolean, Connection, String, TextualSelect, inspect, text

from definitions.errors import KhuyencongError
from store.statements import Statement, Transaction
from store.tables import Row

#: Tables of which no row is ever changed or removed, and the columns that tell a row from all others.
_APPEND_ONLY: Mapping[str, tuple[str, ...]] = {
    "entry": ("id",),
    "leaf": ("position",),
    "node": ("level", "number"),
    "checkpoint": ("size",),
    "publication": ("id",),
    "definition": ("sha256",),
    "sandbox": ("id",),
}
_OPENING_KEY = ("entry_id", "path")
_HISTORY = (*_APPEND_ONLY, "opening")

#: The one change of an opening: its value goes, its salt goes or stays, and an entry of history says why.
_ERASURE = """OLD.value IS NOT NULL AND NEW.value IS NULL AND OLD.erased_by IS NULL
    AND NEW.entry_id = OLD.entry_id AND NEW.path = OLD.path AND (NEW.salt IS NULL OR NEW.salt = OLD.salt)
    AND EXISTS (SELECT 1 FROM entry WHERE entry.id = NEW.erased_by)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A trigger: its name, its table, and the statement that makes it."""

    name: str
    table: str
    statement: str


def protect(connection: Connection) -> None:
    """Installs every guard anew, in the caller's transaction; of tables that a later revision brings, none."""
    there = set(inspect(connection).get_table_names())
    _install(connection, [one for one in guards(connection.dialect.name) if one.table in there])


def protect_again(connection: Connection) -> None:
    """Installs the guards that are missing: after a step of an upgrade, most are as they were."""
    if absent := missing_guards(connection):
        _install(connection, [one for one in guards(connection.dialect.name) if one.name in absent])


def _install(connection: Connection, wanted: Iterable[Guard]) -> None:
    for statement in _preparation(connection.dialect.name):
        connection.exec_driver_sql(statement)
    for guard in wanted:
        drop = f"DROP TRIGGER IF EXISTS {guard.name}"
        connection.exec_driver_sql(drop if _is_sqlite(connection) else f"{drop} ON {guard.table}")
        connection.exec_driver_sql(guard.statement)
        if not _is_sqlite(connection):
            connection.exec_driver_sql(f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}")


def missing_guards(connection: Connection) -> tuple[str, ...]:
    """The guards that are absent, switched off or altered, of the tables that this revision has."""
    rows, there = connection.execute(_present(connection.dialect.name)), inspect(connection).get_table_names()
    absent = _missing(connection.dialect.name, {row.name: row.sign for row in rows})
    needed = {guard.name for guard in guards(connection.dialect.name) if guard.table in there}
    return tuple(name for name in absent if name in needed)


def guards_missing(transaction: Transaction) -> tuple[str, ...]:
    """The same on an open transaction of the running software."""
    rows = transaction.rows(_PRESENT)
    return _missing(transaction.dialect, {row.name: row.sign for row in rows})


def _missing(dialect: str, present: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(guard.name for guard in guards(dialect) if present.get(guard.name) != _sign(guard))


def guards(dialect: str) -> tuple[Guard, ...]:
    """Every guard that a database of this kind must have."""
    return tuple(_sqlite_guards() if dialect == "sqlite" else _postgresql_guards())


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _sqlite_guards() -> Iterator[Guard]:
    for table in _APPEND_ONLY:
        yield _sqlite_guard(table, "update", "UPDATE", "is never changed")
    for table in _HISTORY:
        yield _sqlite_guard(table, "delete", "DELETE", "is never removed")
    for table, key in {**_APPEND_ONLY, "opening": _OPENING_KEY}.items():
        # INSERT OR REPLACE removes a row without its delete trigger where a connection left recursive_triggers off.
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - both are names of our own tables.
        yield _sqlite_guard(table, "replace", "INSERT", "is never replaced", when=there)
    place = "EXISTS (SELECT 1 FROM entry WHERE subject = NEW.subject AND seq = NEW.seq)"
    yield _sqlite_guard("entry", "reseat", "INSERT", "is never replaced", when=place)
    sealed = "EXISTS (SELECT 1 FROM leaf WHERE entry_id = NEW.entry_id)"
    yield _sqlite_guard("leaf", "reseat", "INSERT", "is never replaced", when=sealed)
    yield _sqlite_guard("opening", "update", "UPDATE", "is only ever erased", when=f"NOT ({_ERASURE})")


def _sqlite_guard(table: str, name: str, event: str, says: str, *, when: str = "") -> Guard:
    condition = f"WHEN {when} " if when else ""
    refusal = f"BEGIN SELECT RAISE(ABORT, 'history is append-only: a row of {table} {says}'); END"
    statement = f"CREATE TRIGGER guard_{table}_{name} BEFORE {event} ON {table} FOR EACH ROW {condition}{refusal}"
    return Guard(name=f"guard_{table}_{name}", table=table, statement=statement)


_REFUSE = """CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  RAISE EXCEPTION 'history is append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
END $guard$"""
_ERASE_ONLY = f"""CREATE OR REPLACE FUNCTION guard_erase_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF {_ERASURE} THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'history is append-only: a row of opening is only ever erased';
END $guard$"""


def _preparation(dialect: str) -> tuple[str, ...]:
    return () if dialect == "sqlite" else (_REFUSE, _ERASE_ONLY)


def _postgresql_guards() -> Iterator[Guard]:
    for table in _HISTORY:
        yield _postgresql_guard(table, "truncate", "TRUNCATE", "FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse()")
        yield _postgresql_guard(table, "delete", "DELETE", "FOR EACH ROW EXECUTE FUNCTION guard_refuse()")
        change = "guard_erase_only" if table == "opening" else "guard_refuse"
        yield _postgresql_guard(table, "update", "UPDATE", f"FOR EACH ROW EXECUTE FUNCTION {change}()")


def _postgresql_guard(table: str, name: str, event: str, does: str) -> Guard:
    statement = f"CREATE TRIGGER guard_{table}_{name} BEFORE {event} ON {table} {does}"
    return Guard(name=f"guard_{table}_{name}", table=table, statement=statement)


def _sign(guard: Guard) -> str:
    """What ``_present_*`` find of a guard that is whole."""
    if "EXECUTE FUNCTION" not in guard.statement:
        return guard.statement
    return _body(_ERASE_ONLY if "guard_erase_only" in guard.statement else _REFUSE)


def _body(function: str) -> str:
    return function.split("$guard$")[1]


def _present(dialect: str) -> TextualSelect:
    """The triggers that are there and switched on, each with what tells whether it is whole."""
    return text(_TRIGGERS[dialect]).columns(name=String(), sign=String())


_TRIGGERS: Mapping[str, str] = {
    "sqlite": "SELECT name, sql AS sign FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname AS name, p.prosrc AS sign FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgenabled = 'A'",
}
_PRESENT = Statement(_present)


_OWNER = Statement(
    text(
        "SELECT coalesce(bool_or(pg_has_role(c.relowner, 'USAGE')), false) AS owns FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() "
        "AND c.relname IN ('entry', 'opening', 'leaf', 'node', 'checkpoint', 'publication', 'definition')"
    ).columns(owns=Boolean())
)


def owns_history(transaction: Transaction) -> bool:
    """Whether this connection can take the guards away: it owns the tables of history, or administers the server.

    An SQLite file belongs to whoever can write it; there the answer is no, because nothing can be done about it.
    """
    if transaction.dialect == "sqlite":
        return False
    row = transaction.first(_OWNER)
    return row is not None and bool(row.owns)


class RoleUnfit(KhuyencongError):
    """A role cannot be what the software runs as; ``exists`` False: there is none of that name."""

    def __init__(self, role: str, *, exists: bool) -> None:
        self.role, self.exists = role, exists
        super().__init__(f"the role {role} owns the tables or administers" if exists else f"there is no role {role}")


def _check_role(connection: Connection, role: str) -> None:
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    if known is None:
        raise RoleUnfit(role, exists=False)
    owned = text("SELECT bool_or(pg_has_role(:role, relowner, 'USAGE')) FROM pg_class WHERE relname = 'entry'")
    if connection.execute(owned, {"role": role}).scalar():
        raise RoleUnfit(role, exists=True)


def grant_runtime(connection: Connection, role: str) -> None:
    """Gives a role of PostgreSQL what the running software needs: it can add to history and never change it.

    The role is not the owner of the tables, so it can drop no guard either. Repeatable; run it after every migration.
    Raises RoleUnfit for a role that is not there, or that owns the tables.
    """
    _check_role(connection, role)
    name = connection.dialect.identifier_preparer.quote(role)
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
    for table in (*Row.metadata.tables, "proposal_words"):
        connection.exec_driver_sql(f'GRANT {_rights(table)} ON "{table}" TO {name}')
    connection.exec_driver_sql(f"GRANT UPDATE (salt, value, erased_by) ON opening TO {name}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {name}")


def _rights(table: str) -> str:
    if table == "sandbox":
        return "SELECT"
    return "SELECT, INSERT" if table in _HISTORY else "SELECT, INSERT, UPDATE, DELETE"
