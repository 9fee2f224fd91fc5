"""Long values of many rows as one value of bytes, out of which each row cuts its own (PostgreSQL alone).

In the JSON text that the rows travel as they would be read twice over by the server, and bytes would double.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, LargeBinary, Table, bindparam, column, func, select

from store.statements import ROWS, inserting
from store.together import given

_CONTENTS: Final = "contents"


def put_cutting(table: Table, long: str, *, text: bool = False) -> Any:
    """An INSERT of rows given by ``gathered`` of all columns but a numbered ``id``; ``long`` names what is cut."""
    named = [
        column(one.name, one.type)
        for one in table.columns
        if one.name != long and one is not table.autoincrement_column
    ]
    rows = given(ROWS, column("begin", Integer()), column("length", Integer()), *named)
    contents = bindparam(_CONTENTS, type_=LargeBinary())
    cut: ColumnElement[Any] = func.substring(contents, rows.c.begin, rows.c.length)
    own = func.convert_from(cut, "UTF8") if text else cut
    names = [long, *(one.name for one in named)]
    return inserting(table, "postgresql").from_select(names, select(own, *(rows.c[one.name] for one in named)))


def gathered(rows: Iterable[Mapping[str, Any]], contents: Sequence[bytes]) -> dict[str, Any]:
    """The rows without their long values, and these, as ``put_cutting`` takes them."""
    begins = accumulate(map(len, contents), initial=1)  # PostgreSQL counts from one.
    found = [
        {**row, "begin": begin, "length": len(content)}
        for row, begin, content in zip(rows, begins, contents, strict=False)
    ]
    return {ROWS: found, _CONTENTS: b"".join(contents)}
