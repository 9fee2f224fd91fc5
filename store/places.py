"""Where an entry stands in the order in which all entries were written.

For a sealed entry that is the position of its leaf, which the next checkpoint binds. Row numbers stand in no body, leaf
or hash, so they order only what waits for its leaf, behind everything that has one.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, literal_column

from store.tables import LeafRow, table

_LEAF = table(LeafRow)
#: Before the place of whatever waits; beyond every leaf.
_WAITING = literal_column(str(2**60), BigInteger())


def with_leaves(rows: Any, entry_id: ColumnElement[Any]) -> Any:
    """Rows that name an entry, beside the leaf of each one that has one."""
    return rows.join(_LEAF, _LEAF.c.entry_id == entry_id, isouter=True)


def place(entry_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The place of the entry of that row number, in a statement on rows ``with_leaves``."""
    return func.coalesce(_LEAF.c.position, _WAITING + entry_id)
