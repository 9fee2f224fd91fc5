"""Column types that mean the same on both databases: instants in UTC, and JSON as canonical text."""

from collections.abc import Callable
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator, cast
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from workflow.entries import canonical, instant

UTC = timezone.utc  # noqa: UP017 - the same object that workflow's instants carry.
Convert = Callable[[Any], Any]
#: A row number: 64 bits on PostgreSQL, the rowid on SQLite (which numbers only INTEGER keys by itself).
RowId = BigInteger().with_variant(Integer(), "sqlite")

#: Text that is compared by its signs on both, whatever the language of the database: so its beginning can be read
#: along an index, and is sorted alike.
SignText = String().with_variant(String(collation="C"), "postgresql")


class NaiveInstant(ValueError):
    """An instant without a time zone was about to be stored; nobody could say later which moment it meant."""

    def __init__(self, value: datetime) -> None:
        super().__init__(f"{value!r} has no time zone")


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant: ``timestamptz`` on PostgreSQL; on SQLite fixed-width text that sorts as time does.

    What comes back is aware and in UTC on both. Raises NaiveInstant for a value without a time zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        chosen: TypeEngine[Any] = String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(chosen)

    @override
    def bind_processor(self, dialect: Dialect) -> Convert:
        return _instant_text if dialect.name == "sqlite" else _aware_or_none

    @override
    def result_processor(self, dialect: Dialect, coltype: Any) -> Convert:
        return read_instant


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise NaiveInstant(value)
    return value


def _aware_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else _aware(value)


@lru_cache(maxsize=1024)
def _instant_text(value: datetime | None) -> str | None:
    """Kept, because rows of a move share their instants: when it was recorded, when offices open."""
    if value is None:
        return None
    return instant(value if value.tzinfo is UTC else _aware(value).astimezone(UTC))


def read_instant(value: Any) -> Any:
    """An instant in UTC from what a driver gives for one; None stays None."""
    if value is None:
        return None
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo is UTC else read.astimezone(UTC)


class _OctetsAsText(Text):
    """Text that SQLite is given in UTF-8 already: making a str of it first would have it encoded a second time."""

    @override
    def bind_expression(self, bindvalue: Any) -> Any:
        return cast(bindvalue, Text)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value as canonical text: equal values are equal text on both databases."""

    impl = Text
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _OctetsAsText() if dialect.name == "sqlite" else super().load_dialect_impl(dialect)

    @override
    def bind_processor(self, dialect: Dialect) -> Convert:
        return _json_octets if dialect.name == "sqlite" else _json_text

    @override
    def result_processor(self, dialect: Dialect, coltype: Any) -> Convert:
        return _read_json


def _json_text(value: Any) -> str | None:
    return None if value is None else canonical(value).decode()


def _json_octets(value: Any) -> bytearray | None:
    return None if value is None else bytearray(canonical(value))


def _read_json(value: Any) -> Any:
    return None if value is None else orjson.loads(value)


class JsonRows(TypeDecorator[Any]):
    """Rows of values as one JSON text, for a statement that takes any number of them (PostgreSQL alone).

    What is a value of ``CanonicalJson`` in a row stands in the text as itself, keys sorted, and is taken out verbatim.
    """

    impl = Text
    cache_ok = True

    @override
    def bind_processor(self, dialect: Dialect) -> Convert:
        return _rows_text


def _rows_text(rows: Any) -> str:
    options = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    return orjson.dumps(rows, default=_as_json, option=options).decode()


def _as_json(value: Any) -> str | None:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime):
        return _instant_text(value)
    return str(value.isoformat())
