"""Holds the rows by which law and offices take effect against the entries that put them there.

A definition published, an agency appointed and a letter that moves a fixed day each stand in a table of their own
beside their entry: whoever changes only the table would otherwise change what every later step is decided on. The row
with the newest number is the one in force, so the numbers must grow as the entries do; and who appends to the chain
holds its lock, so the row numbers of its entries grow with their numbers in it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select

from audit.findings import Finding
from store.statements import Statement, Transaction
from store.tables import AppointmentRow, EntryRow, GuidanceRow, PublicationRow, table
from workflow.service.chaining import REGISTERS

_ENTRY = table(EntryRow)
_TOLD = Statement(
    select(_ENTRY.c.id, _ENTRY.c.seq, _ENTRY.c.body)
    .where(_ENTRY.c.subject == REGISTERS, _ENTRY.c.kind == bindparam("of_kind"))
    .order_by(_ENTRY.c.id)
)
_CHAIN = Statement(
    select(_ENTRY.c.id, _ENTRY.c.seq)
    .where(_ENTRY.c.subject == REGISTERS, _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq)
)


class _Register(NamedTuple):
    """The kind of its entries, its rows, and of each column the name that the entry has for it."""

    kind: str
    rows: Statement
    columns: Mapping[str, str]


_APPOINTED = ("agency", "role", "programme", "process", "province", "since", "until", "basis")
_GUIDED = ("programme", "rule", "plan_year", "last_day", "agency", "paper")
_REGISTERS = tuple(
    _Register(kind, Statement(select(of).order_by(of.c.id)), columns)
    for kind, of, columns in (
        ("published", table(PublicationRow), {"kind": "kind_of_text", "key": "key", "sha256": "sha256"}),
        ("agency-appointed", table(AppointmentRow), {name: name for name in _APPOINTED}),
        ("guidance-given", table(GuidanceRow), {name: name for name in _GUIDED}),
    )
)


def register_findings(transaction: Transaction) -> Iterator[Finding]:
    """Rows that no entry put there as they are, entries whose row is gone, and what stands out of order."""
    yield from _entries_displaced(transaction)
    for register in _REGISTERS:
        yield from _findings(transaction, register)


def _entries_displaced(transaction: Transaction) -> Iterator[Finding]:
    for before, entry in pairwise(transaction.rows(_CHAIN)):
        if entry.id < before.id:
            yield Finding(subject=REGISTERS, seq=entry.seq, code="finding.entry_order", params={})


def _findings(transaction: Transaction, register: _Register) -> Iterator[Finding]:
    told = {row.id: row for row in transaction.rows(_TOLD, {"of_kind": register.kind})}
    there: set[int] = set()
    highest = 0
    for row in transaction.rows(register.rows):
        entry = told.get(row.entry_id)
        if entry is None or row.entry_id in there or not _fits(row, orjson.loads(entry.body), register.columns):
            yield _finding(register, entry, "finding.register", row=row.id)
        elif entry.seq < highest:
            yield _finding(register, entry, "finding.register_order", row=row.id)
        highest = max(highest, entry.seq if entry else 0)
        there.add(row.entry_id)
    for number in sorted(told.keys() - there):
        yield _finding(register, told[number], "finding.register_gone")


def _fits(row: Any, body: Mapping[str, Any], columns: Mapping[str, str]) -> bool:
    return all(_plain(getattr(row, column)) == body.get(name) for column, name in columns.items())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _finding(register: _Register, entry: Any, code: str, **params: int) -> Finding:
    seq = entry.seq if entry else None
    return Finding(subject=REGISTERS, seq=seq, code=code, params={"kind": register.kind, **params})
