"""Statements compiled once: Core writes them from the tables, the driver runs their text.

SQLAlchemy's work per call costs several times what the database does for one move, so a ``Statement`` keeps the text
and the conversions of its values; ``Transaction`` runs it on the bare driver. Both databases see the same declaration.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import Boolean, ClauseElement, Date, Dialect, Insert, LargeBinary, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.types import TypeEngine


class _Hinting(SQLiteCompiler):
    """Writes hints (``INDEXED BY``) behind the table, where SQLite wants them."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature.
        """The hint as it was given."""
        return text


#: How values are marked in a text: ``?`` for sqlite3, ``$1`` for psycopg, which then need not read the text.
DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
}
DIALECTS["sqlite"].statement_compiler = _Hinting
#: The name under which many rows are given at once.
ROWS = "rows"
Convert = Callable[[Any], Any]
Build = Callable[[str], ClauseElement]


class Cursor(Protocol):
    """What the two drivers have in common."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: Any, params: Any = ..., /) -> Any: ...
    def executemany(self, sql: Any, params: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a statement for one database, and how values go in and rows come out."""

    sql: str
    #: Takes the driver's values out of those given by name, in the order of the text.
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    #: Values that stand in the statement itself (``limit(1)``).
    constants: Mapping[str, Any]
    encode: tuple[tuple[int, Convert], ...]
    decode: tuple[tuple[int, Convert], ...]
    row: Callable[[Iterable[Any]], Any]

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """The driver's values in the order of the text."""
        if self.constants:
            values = {**self.constants, **values}
        bound = list(self.pick(values))
        for place, convert in self.encode:
            bound[place] = convert(bound[place])
        return bound

    def read(self, raw: Sequence[Any]) -> Any:
        """A row with its columns as attributes, typed as the tables say."""
        if not self.decode:
            return self.row(raw)
        values = list(raw)
        for place, convert in self.decode:
            values[place] = convert(values[place])
        return self.row(values)


class Statement:
    """A constant statement. ``build`` gives it for a dialect's name where the two databases differ.

    ``together`` does on PostgreSQL, in one go, what this one does for each of many rows (``store.together``).
    """

    __slots__ = ("_build", "_prepared", "together")

    def __init__(self, build: ClauseElement | Build) -> None:
        self._build = build
        self.together: Statement | None = None
        self._prepared: dict[str, Prepared] = {}

    def prepared(self, dialect: str) -> Prepared:
        """Its text for a database; compiled at the first call."""
        found = self._prepared.get(dialect)
        if found is None:
            found = self._prepared[dialect] = self._compile(dialect)
        return found

    def _compile(self, name: str) -> Prepared:
        clause = self._build if isinstance(self._build, ClauseElement) else self._build(name)
        dialect = DIALECTS[name]
        compiled: Any = clause.compile(dialect=dialect)
        names = tuple(compiled.positiontup or ())
        returned = tuple(getattr(clause, "exported_columns", ()))
        encode = _converts([compiled.binds[key].type for key in names], dialect, "bind_processor", ())
        return Prepared(
            sql=str(compiled),
            pick=_pick(names),
            constants={name: compiled.params[name] for name in names if compiled.params[name] is not None},
            encode=_as_text(encode, len(names)) if name == "postgresql" else encode,
            decode=_converts([column.type for column in returned], dialect, "result_processor", (None,)),
            row=_row([column.key for column in returned]),
        )


def _pick(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)  # In C; for one name it would give the bare value.
    return lambda values: tuple(values[name] for name in names)


def _converts(
    types: Sequence[TypeEngine[Any]], dialect: Dialect, which: str, more: tuple[Any, ...]
) -> tuple[tuple[int, Convert], ...]:
    found = ((place, _convert(type_, dialect, which, more)) for place, type_ in enumerate(types))
    return tuple((place, convert) for place, convert in found if convert is not None)


def _convert(type_: TypeEngine[Any], dialect: Dialect, which: str, more: tuple[Any, ...]) -> Convert | None:
    if which == "bind_processor" and dialect.name == "sqlite":
        for plain, change in _PLAIN.items():
            if isinstance(type_, plain):
                return change
    convert: Convert | None = getattr(type_.dialect_impl(dialect), which)(dialect, *more)
    return convert


@lru_cache(maxsize=1024)
def _day_text(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _number(value: bool | None) -> int | None:  # noqa: FBT001 - one column's value, as it comes.
    return None if value is None else int(value)


def _octets(value: bytes | None) -> bytearray | None:
    return None if value is None else bytearray(value)


#: What is given to sqlite3 for a type, instead of what SQLAlchemy would do. Values that are neither int, float, str nor
#: bytearray cost ten times as much there: it looks for an adapter of each, and makes an exception when it finds none.
_PLAIN: Mapping[type[TypeEngine[Any]], Convert] = {Date: _day_text, Boolean: _number, LargeBinary: _octets}


def _as_text(known: tuple[tuple[int, Convert], ...], number: int) -> tuple[tuple[int, Convert], ...]:
    """Every value as a text: psycopg prepares a statement again for each other combination of types that it meets."""
    converts = dict(known)
    return tuple((place, _text(converts.get(place))) for place in range(number))


def _text(convert: Convert | None) -> Convert:
    def text(value: Any) -> Any:
        if convert is not None:
            value = convert(value)
        return value if value is None or isinstance(value, (str, bytes, list)) else str(value)

    return text


def _row(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    make: Callable[[Iterable[Any]], Any] = namedtuple("Row", names)._make  # type: ignore[attr-defined]
    return make


def put(table: Table, *, once: Sequence[str] = ()) -> Statement:
    """An INSERT of every column but a numbered ``id``; ``once`` names a key on whose repetition nothing is written."""
    names = [column.name for column in table.columns if column is not table.autoincrement_column]

    def build(dialect: str) -> ClauseElement:
        statement = inserting(table, dialect).values({name: bindparam(name) for name in names})
        if once:
            statement = statement.on_conflict_do_nothing(index_elements=list(once))
        made: ClauseElement = statement.inline()
        return made

    return Statement(build)


def inserting(table: Table, dialect: str) -> Any:
    """An INSERT that knows ON CONFLICT, which Core has once for each database."""
    statement: Insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return statement


class Transaction:
    """Runs statements on an open transaction. Raises what ``translate`` makes of the driver's errors."""

    __slots__ = ("_cursor", "_translate", "dialect")

    def __init__(self, dialect: str, cursor: Cursor, translate: Callable[[Exception], Exception]) -> None:
        self.dialect, self._cursor, self._translate = dialect, cursor, translate

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Runs it; how many rows it touched."""
        prepared = statement.prepared(self.dialect)
        self._execute(prepared.sql, prepared.bind(values))
        return self._cursor.rowcount

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> int:
        """Runs it for each row of values, all at once where it can; how many rows that touched."""
        if len(many) <= 1:
            return self.run(statement, many[0]) if many else 0
        if statement.together is not None and self.dialect == "postgresql":
            return self.run(statement.together, {ROWS: many})
        prepared = statement.prepared(self.dialect)
        self._execute(prepared.sql, [prepared.bind(values) for values in many], many=True)
        return self._cursor.rowcount

    @property
    def last_number(self) -> int:
        """The number that SQLite gave to the row inserted last."""
        return int(getattr(self._cursor, "lastrowid", 0))

    def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Every row that it gives."""
        prepared = statement.prepared(self.dialect)
        self._execute(prepared.sql, prepared.bind(values or {}))
        return [prepared.read(raw) for raw in self._cursor.fetchall()]

    def raw(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Every row as the driver gives it, for columns that both drivers give alike: nothing is spent on each."""
        prepared = statement.prepared(self.dialect)
        self._execute(prepared.sql, prepared.bind(values or {}))
        return self._cursor.fetchall()

    def typed(self, statement: Statement, raw: Sequence[Any]) -> Any:
        """A row that ``raw`` gave, with its columns as attributes."""
        return statement.prepared(self.dialect).read(raw)

    def first(self, statement: Statement, values: Mapping[str, Any] | None = None) -> Any | None:
        """The first row that it gives, or None."""
        rows = self.rows(statement, values)
        return rows[0] if rows else None

    def commit(self) -> bool:
        """Ends the transaction; False where it was rolled back instead (PostgreSQL, after a failed statement)."""
        self._execute("COMMIT", ())
        return getattr(self._cursor, "statusmessage", "COMMIT") == "COMMIT"

    def execute(self, sql: str) -> None:
        """Runs a text that takes no values and gives no rows."""
        self._execute(sql, ())

    def _execute(self, sql: str, values: Sequence[Any], *, many: bool = False) -> None:
        """The one place where statements reach a driver, whichever it is; ``many``: once for each row of values."""
        try:
            (self._cursor.executemany if many else self._cursor.execute)(sql, values)
        except Exception as error:
            raise self._translate(error) from error
