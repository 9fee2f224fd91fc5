"""Who opened which case: one row for a reader, a case and a day, kept by history in digests of many."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Integer, bindparam, func, select, update

from audit.findings import Finding
from store.database import Database
from store.moves import append
from store.statements import Statement, Transaction, put
from store.tables import AccessRow, EntryRow, table
from workflow.entries import Entry

#: The kind and the subject of the entries.
CASES_OPENED, ACCESS = "cases-opened", "access"
_ACCESS, _ENTRY = table(AccessRow), table(EntryRow)
_KEY = ("day", "code", "reader")
_OF = tuple(_ACCESS.c[name] == bindparam(f"of_{name}", type_=_ACCESS.c[name].type) for name in _KEY)
_KNOWN = Statement(select(_ACCESS.c.day).where(*_OF))
_PUT = put(_ACCESS, once=_KEY)
_FRESH = Statement(
    select(*(_ACCESS.c[name] for name in _KEY))
    .where(_ACCESS.c.entry_id.is_(None))
    .order_by(*(_ACCESS.c[name] for name in _KEY))
    .limit(bindparam("most", type_=Integer()))
)
_MARK = Statement(update(_ACCESS).where(*_OF).values(entry_id=bindparam("entry", type_=_ACCESS.c.entry_id.type)))
_TOLD = Statement(
    select(_ENTRY.c.id, _ENTRY.c.body)
    .where(_ENTRY.c.kind == CASES_OPENED, _ENTRY.c.id > bindparam("beyond", type_=_ENTRY.c.id.type))
    .order_by(_ENTRY.c.id)
    .limit(1)
)
_OF_ENTRY = Statement(
    select(*(_ACCESS.c[name] for name in _KEY)).where(
        _ACCESS.c.entry_id == bindparam("of_entry", type_=_ACCESS.c.entry_id.type)
    )
)
_COUNTS = Statement(
    select(func.count().label("rows"), func.count(_ACCESS.c.entry_id).label("known")).select_from(_ACCESS)
)


class Reading(NamedTuple):
    """Somebody opened a case on a day."""

    day: date
    code: str
    reader: str


def is_noted(transaction: Transaction, reading: Reading) -> bool:
    """Whether it is on record already."""
    return transaction.first(_KNOWN, _of(reading)) is not None


def note_reading(transaction: Transaction, reading: Reading) -> None:
    """Puts it on record, once."""
    transaction.run(_PUT, reading._asdict() | {"entry_id": None})


def keep_reading(database: Database, reading: Reading) -> None:
    """Puts it on record, once, in a transaction of its own; most are there already, and then nothing is written."""
    with database.transaction(writes=False) as transaction:
        if is_noted(transaction, reading):
            return
    with database.transaction(writes=True) as transaction:
        note_reading(transaction, reading)


def fresh_readings(transaction: Transaction, most: int) -> tuple[Reading, ...]:
    """The oldest that history does not know yet."""
    return tuple(Reading(row.day, row.code, row.reader) for row in transaction.rows(_FRESH, {"most": most}))


def content_of(readings: Sequence[Reading]) -> dict[str, Any]:
    """What their entry says."""
    return {"opened": [[one.day.isoformat(), one.code, one.reader] for one in readings]}


def record_read(transaction: Transaction, entry: Entry, readings: Sequence[Reading]) -> None:
    """Writes their entry, and marks them as known to history."""
    number = append(transaction, entry)
    transaction.run_many(_MARK, [_of(one) | {"entry": number} for one in readings])


def _of(reading: Reading) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in reading._asdict().items()}


class ReadingsCheck:
    """Holds the rows against what history says; memory is that of one entry."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        #: Rows compared, and those that history does not know yet.
        self.compared = self.unrecorded = 0

    def findings(self) -> Iterator[Finding]:
        """Rows that are gone, and rows that an entry is said to keep and that it does not."""
        beyond, told = 0, 0
        while entry := self._transaction.first(_TOLD, {"beyond": beyond}):
            said = {tuple(one) for one in orjson.loads(entry.body)["opened"]}
            rows = self._transaction.rows(_OF_ENTRY, {"of_entry": entry.id})
            kept = {(row.day.isoformat(), row.code, row.reader) for row in rows}
            beyond, told = entry.id, told + len(said)
            self.compared += len(said)
            yield from (_finding("finding.reading_gone", *one) for one in sorted(said - kept))
            yield from (_finding("finding.reading_added", *one) for one in sorted(kept - said))
        counted: Any = self._transaction.first(_COUNTS)
        self.unrecorded = counted.rows - counted.known
        if counted.known != told:
            params = {"known": counted.known, "told": told}
            yield Finding(subject=ACCESS, seq=None, code="finding.readings_counted", params=params)


def _finding(code: str, day: str, opened: str, reader: str) -> Finding:
    return Finding(subject=ACCESS, seq=None, code=code, params={"day": day, "code": opened, "reader": reader})
