"""Whether a database is a sandbox, which is decided once, and where its clock began."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal_column, select

from store.statements import Statement, Transaction, put
from store.tables import EntryRow, SandboxRow, table

_SANDBOX = table(SandboxRow)
_READ = Statement(select(_SANDBOX))
_MAKE = put(_SANDBOX, once=("id",))
_USED = Statement(select(table(EntryRow).c.id).limit(literal_column("1")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A database whose data has no legal force. ``since`` is when it was made, by the machine's clock."""

    since: datetime
    clock_start: datetime

    def now(self, real: datetime) -> datetime:
        """The sandbox's own time: it began at ``clock_start`` and runs as real time does."""
        passed: timedelta = real - self.since
        return self.clock_start + passed


def read_sandbox(transaction: Transaction) -> Sandbox | None:
    """What makes the database a sandbox, or None for one whose data counts."""
    row: Any = transaction.first(_READ)
    return Sandbox(since=row.since, clock_start=row.clock_start) if row else None


def make_sandbox(transaction: Transaction, *, since: datetime, clock_start: datetime) -> bool:
    """Makes a database without history a sandbox for good; False where it has history or is one already."""
    if transaction.first(_USED) is not None or read_sandbox(transaction) is not None:
        return False
    return transaction.run(_MAKE, {"id": 1, "since": since, "clock_start": clock_start}) == 1
