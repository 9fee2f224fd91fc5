"""Many rows in one statement, for PostgreSQL: they travel as one JSON text, in one round trip.

A statement of its own for each row costs the server several times what the row does (docs/decisions/0014). SQLite, from
which no network parts us, takes them one by one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Table, TextClause, bindparam, cast, column, func, select, update

from store.statements import ROWS, Statement, inserting, put
from store.types import JsonRows


def given(name: str, *columns: ColumnElement[Any]) -> Any:
    """The rows of a JSON text as a table."""
    rows = func.json_to_recordset(cast(bindparam(name, type_=JsonRows()), JSON))
    return rows.table_valued(*columns, name=f"given_{name}").render_derived(with_types=True)


def put_all(table: Table, *, once: Sequence[str] = ()) -> Statement:
    """``store.statements.put`` that takes many rows together."""
    columns = [column(one.name, one.type) for one in table.columns if one is not table.autoincrement_column]
    rows = given(ROWS, *columns)
    names = [one.name for one in columns]
    statement = inserting(table, "postgresql").from_select(names, select(*(rows.c[name] for name in names)))
    if once:
        statement = statement.on_conflict_do_nothing(index_elements=list(once))
    one = put(table, once=once)
    one.together = Statement(statement)
    return one


def change_all(
    table: Table,
    *where: ColumnElement[bool] | TextClause,
    key: Column[Any],
    by: str,
    values: Mapping[str, str | ColumnElement[Any]],
) -> Statement:
    """An UPDATE of the row whose ``key`` is the value named ``by``, where it is as it should be, of many together.

    ``values``: a column by its name, and the name of its new value, or an expression.
    """

    def build(source: Any) -> Any:
        changed = {
            name: source(value, table.c[name].type) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return update(table).where(key == source(by, key.type), *where).values(changed)

    named = {by: key.type} | {value: table.c[name].type for name, value in values.items() if isinstance(value, str)}
    rows = given(ROWS, *(column(name, type_) for name, type_ in named.items()))
    one = Statement(build(lambda name, type_: bindparam(name, type_=type_)))
    one.together = Statement(build(lambda name, _: rows.c[name]))
    return one
