"""The cases that an export or a question is about, one after the other, each with its whole chain."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, bindparam, select

from definitions.process import Process
from store.lists import NoticeLine
from store.queries import Queries
from store.registers_then import RegistersThen
from store.statements import Statement, Transaction
from store.tables import ProposalRow, table
from workflow.entries import Entry
from workflow.proposal import midnight

_PROPOSAL = table(ProposalRow)
_PAGE = 500
_NAMES = ("id", "code", "title", "programme", "process", "process_sha256", "implementer", "province", "plan_year")
_CASES = (
    select(*(_PROPOSAL.c[name] for name in (*_NAMES, "state", "created_at", "last_at")))
    .where(_PROPOSAL.c.id > bindparam("beyond", type_=Integer()))
    .order_by(_PROPOSAL.c.id)
    .limit(_PAGE)
)
_OF_PROGRAMME = Statement(_CASES.where(_PROPOSAL.c.programme == bindparam("of_programme")))
_ONE = Statement(_CASES.where(_PROPOSAL.c.code == bindparam("of_code")))
_ALL = Statement(_CASES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries are asked for: of a case, of a programme, recorded in some days (Vietnam's, both included)."""

    code: str | None = None
    programme: str | None = None
    agency: str | None = None
    since: date | None = None
    until: date | None = None

    def given(self) -> dict[str, str]:
        """What narrows it, for people and for history."""
        named = {"code": self.code, "programme": self.programme, "agency": self.agency}
        days = {"from": self.since, "to": self.until}
        return {key: value for key, value in named.items() if value} | {
            key: day.isoformat() for key, day in days.items() if day
        }

    def takes(self, entry: Entry) -> bool:
        """Whether an entry was recorded in these days."""
        return self.holds(entry.recorded_at)

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in these days."""
        return (self.since is None or midnight(self.since) <= at) and (
            self.until is None or at < midnight(date.fromordinal(self.until.toordinal() + 1))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with its chain and the process that it pinned. ``row`` has the columns of ``proposal``."""

    row: Any
    process: Process = field(repr=False)
    entries: tuple[Entry, ...]


class Cases:
    """The cases on an open transaction; one at a time is in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction, self._queries = transaction, Queries(transaction)
        self.then = RegistersThen(transaction)

    def of(self, asked: Asked) -> Iterator[Case]:
        """The cases that were asked for, in the order in which they came."""
        for row in self._rows(asked):
            process = self.then.process(row.process_sha256)
            yield Case(row=row, process=process, entries=self._queries.history(row.code))

    def notices(self, code: str) -> tuple[NoticeLine, ...]:
        """Every notice of a case."""
        return self._queries.notices(code)

    def _rows(self, asked: Asked) -> Iterator[Any]:
        statement = _ONE if asked.code else _OF_PROGRAMME if asked.programme else _ALL
        values = {"of_code": asked.code, "of_programme": asked.programme, "beyond": 0}
        while rows := self._transaction.rows(statement, values):
            yield from (row for row in rows if asked.programme in (None, row.programme))
            self.then.forget()
            values["beyond"] = rows[-1].id
