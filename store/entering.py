"""Entries that move no proposal and stand in no chain, many at once: each with its place among what is to be sealed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import column, select

from store.moves import append
from store.rows import entry_values
from store.statements import ROWS, Statement, Transaction, inserting
from store.tables import EntryRow, UnsealedRow, table
from store.together import given
from workflow.entries import Entry


def _enter_all(dialect: str) -> Any:
    entries, unsealed = table(EntryRow), table(UnsealedRow)
    columns = [column(one.name, one.type) for one in entries.columns if one is not entries.autoincrement_column]
    rows = given(ROWS, *columns)
    names = [one.name for one in columns]
    made = inserting(entries, dialect).from_select(names, select(*(rows.c[name] for name in names)))
    entered = made.returning(entries.c.id).cte("entered")
    return inserting(unsealed, dialect).from_select(["entry_id"], select(entered.c.id))


_ENTER_ALL = Statement(_enter_all)


def enter_all(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Writes entries of no chain that hold nothing personal: on PostgreSQL in one statement."""
    if any(entry.seq is not None or entry.openings for entry in entries):
        raise ValueError("an entry of a chain, or with openings, is written by itself")
    if transaction.dialect == "postgresql" and entries:
        transaction.run(_ENTER_ALL, {ROWS: list(map(entry_values, entries))})
        return
    for entry in entries:
        append(transaction, entry)
