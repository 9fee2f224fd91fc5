"""Rows that one process at a time takes to itself: what the statements of the reminder sweep and the outbox share.

On PostgreSQL rows are locked and locked ones passed over (SKIP LOCKED), so that any number of processes share the work.
SQLite has one writer at a time and needs neither; its dialect leaves the locking words out.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Column, ColumnElement, Text, bindparam, func, literal_column, select
from sqlalchemy.types import TypeEngine


def among(column: Column[Any], name: str, dialect: str, type_: TypeEngine[Any] | None = None) -> ColumnElement[bool]:
    """``column`` is one of the values bound to ``name``, however many: one constant text on both databases."""
    if dialect == "sqlite":
        values = func.json_each(bindparam(name, type_=Text())).table_valued("value")
        return column.in_(select(values.c.value))
    return column == func.any(bindparam(name, type_=ARRAY(type_ or BigInteger())))


def several(values: Iterable[Any], dialect: str) -> Any:
    """The values in the form in which ``among`` takes them."""
    return orjson.dumps(list(values)).decode() if dialect == "sqlite" else list(values)


def still(column: Column[Any], *states: str) -> ColumnElement[bool]:
    """``column`` is one of ``states``, said so that no planner takes the partial index on them.

    A row that is named by its number is found by it; that index leads through all rows that wait, however many.
    """
    named: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in states]
    return func.coalesce(column, literal_column("''")).in_(named)
