"""The half of a unit of work in memory that moves deadlines of many proposals: contracts and recounts."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from definitions.process import Process
from workflow.changing import changed
from workflow.contracts import contract_key
from workflow.proposal import Proposal
from workflow.storage import Recount, Row


class MemoryRecounts:
    """Deadlines of many proposals in a transaction in memory. A deadline's number is its place among all."""

    _state: Any
    process: Callable[[str], Process]

    def under_contract(self, contract: str, *, beside: str) -> tuple[Proposal, ...]:
        """The others whose data name that contract, in the order they came."""
        found: Sequence[Proposal] = tuple(one for one in self._state.proposals.values() if one.code != beside)
        return tuple(one for one in found if contract_key(self.process(one.process_sha256), one.data) == contract)

    def one_under_contract(self, contract: str, states: Collection[str], *, beside: str) -> Proposal | None:
        """The first of them that stands in one of these states, or None."""
        return next((one for one in self.under_contract(contract, beside=beside) if one.state in states), None)

    def held_fast(self, codes: Sequence[str]) -> tuple[Proposal, ...]:
        """The proposals of these codes, in the order they came."""
        return tuple(one for code, one in self._state.proposals.items() if code in codes)

    def any_running(self) -> bool:
        """Whether any deadline runs."""
        return any(row.deadline.state == "running" for row in self._rows())

    def _rows(self) -> list[Row]:
        places = [(code, deadline) for code, kept in self._state.kept.items() for deadline in kept.deadlines.values()]
        return [
            Row(id=number, code=code, process_sha256=self._state.proposals[code].process_sha256, deadline=deadline)
            for number, (code, deadline) in enumerate(places, start=1)
        ]

    def marks(self) -> tuple[str, ...]:
        """The calendar marks of all running deadlines, each once."""
        running = (row.deadline for row in self._rows() if row.deadline.state == "running")
        return tuple(dict.fromkeys(one.calendar for one in running))

    def add_recount(self, recount: Recount) -> None:
        """Remembers that running deadlines are to be counted anew."""
        number = len(self._state.recounts) + 1
        self._state.recounts[number] = changed(recount, id=number)

    def open_recount(self) -> Recount | None:
        """The oldest recount that is not finished, or None."""
        return next((one for one in self._state.recounts.values() if one.finished_at is None), None)

    def move_recount(self, recount: Recount) -> None:
        """Writes how far a recount has come."""
        self._state.recounts[recount.id] = recount

    def to_recount(self, recount: Recount, *, limit: int) -> tuple[Row, ...]:
        """The next live deadlines that it concerns, behind its cursor."""
        rows = (row for row in self._rows() if row.id > recount.cursor and row.deadline.is_live)
        return tuple(row for row in rows if not recount.rule or self._concerns(recount, row))[:limit]

    def _concerns(self, recount: Recount, row: Row) -> bool:
        return (self._state.proposals[row.code].programme, row.deadline.rule) == (recount.programme, recount.rule)

    def put_marks(self, rows: Sequence[tuple[Row, str]]) -> None:
        """Writes other calendar marks on deadlines."""
        for row, mark in rows:
            kept, place = self._state.kept[row.code], (row.deadline.rule, row.deadline.period)
            if kept.deadlines[place] == row.deadline:
                fresh = {**kept.deadlines, place: changed(row.deadline, calendar=mark)}
                self._state.kept[row.code] = changed(kept, deadlines=fresh)
