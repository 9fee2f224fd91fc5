"""Holds the numbers of papers against the entries that gave and cancelled them, and each series against its counter."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Integer, and_, bindparam, exists, func, select

from audit.findings import Finding
from store.statements import Statement, Transaction
from store.tables import CounterRow, EntryRow, PaperNumberRow, ProposalRow, table
from workflow.paper_numbers import Series
from workflow.service.numbering import CANCELLED, PAPERS
from workflow.signing import NUMBERED

_NUMBER, _PROPOSAL, _COUNTER = table(PaperNumberRow), table(ProposalRow), table(CounterRow)
_ENTRY = table(EntryRow)
_GIVEN, _ENDED = _ENTRY.alias("given"), _ENTRY.alias("ended")
#: Each column and the name that the entry has for it.
_PLACE = {"agency": "paper_agency", "kind": "paper", "year": "year", "number": "number"}
_SAID = _PLACE | {"text": "text", "person": "person"}
_CHUNK = 500
_ROWS = Statement(
    select(
        *(_NUMBER.c[name] for name in ("id", *_SAID, "issued_on", "cancelled_by")),
        _PROPOSAL.c.code,
        *(_GIVEN.c[name].label(f"given_{name}") for name in ("kind", "subject", "seq", "body")),
        *(_ENDED.c[name].label(f"ended_{name}") for name in ("kind", "body")),
    )
    .select_from(
        _NUMBER.join(_PROPOSAL, _PROPOSAL.c.id == _NUMBER.c.proposal_id, isouter=True)
        .join(_GIVEN, _GIVEN.c.id == _NUMBER.c.entry_id, isouter=True)
        .join(_ENDED, _ENDED.c.id == _NUMBER.c.cancelled_by, isouter=True)
    )
    .where(_NUMBER.c.id > bindparam("beyond", type_=_NUMBER.c.id.type))
    .order_by(_NUMBER.c.id)
    .limit(bindparam("most", type_=Integer()))
)


def _without(kind: str, link: Any) -> Statement:
    """The entries of a kind that no row names."""
    gone = select(_ENTRY.c.subject, _ENTRY.c.seq, _ENTRY.c.body).where(_ENTRY.c.kind == kind)
    return Statement(gone.where(~exists().where(link == _ENTRY.c.id)).order_by(_ENTRY.c.id))


_UNGIVEN, _UNENDED = _without(NUMBERED, _NUMBER.c.entry_id), _without(CANCELLED, _NUMBER.c.cancelled_by)
_SERIES = Statement(
    select(
        *(_NUMBER.c[name] for name in ("agency", "kind", "year")),
        func.count().label("n"),
        func.max(_NUMBER.c.number).label("last"),
    ).group_by(_NUMBER.c.agency, _NUMBER.c.kind, _NUMBER.c.year)
)
_DRAWN = Statement(
    select(_COUNTER.c.name, _COUNTER.c.value).where(and_(_COUNTER.c.name.like("paper %"), _COUNTER.c.value > 0))
)


class NumbersCheck:
    """Holds every number; ``compared`` says how many there were."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.compared = 0

    def findings(self) -> Iterator[Finding]:
        """Numbers that no entry gave as they stand, entries whose number is gone, and series with a gap."""
        beyond = 0
        while rows := self._transaction.rows(_ROWS, {"beyond": beyond, "most": _CHUNK}):
            for row in rows:
                self.compared += 1
                yield from _row(row)
            beyond = rows[-1].id
        for entry in self._transaction.rows(_UNGIVEN):
            yield _finding(entry.subject, entry.seq, "finding.number_gone", text=orjson.loads(entry.body)["text"])
        for entry in self._transaction.rows(_UNENDED):
            yield _finding(
                entry.subject, entry.seq, "finding.number_revived", number=orjson.loads(entry.body)["number"]
            )
        yield from self._series()

    def _series(self) -> Iterator[Finding]:
        """From 1 on, without a gap, as far as the series was drawn."""
        drawn = {row.name: row.value for row in self._transaction.rows(_DRAWN)}
        for row in self._transaction.rows(_SERIES):
            name = Series(agency=row.agency, kind=row.kind, year=row.year).name
            value = drawn.pop(name, 0)
            if not row.n == row.last == value:
                yield _finding(name, None, "finding.series", n=row.n, last=row.last, drawn=value)
        for name, value in sorted(drawn.items()):
            yield _finding(name, None, "finding.series", n=0, last=0, drawn=value)


def _row(row: Any) -> Iterator[Finding]:
    where = row.code or f"{PAPERS}:{row.agency}"
    subject = row.given_subject or where
    if row.given_kind != NUMBERED or subject != where or not _gave(row, orjson.loads(row.given_body)):
        yield _finding(subject, row.given_seq, "finding.number", row=row.id, text=row.text)
    if row.cancelled_by is not None and not _cancels(row):
        yield _finding(subject, None, "finding.number_cancelled", text=row.text)


def _gave(row: Any, body: Mapping[str, Any]) -> bool:
    said = all(getattr(row, column) == body.get(name) for column, name in _SAID.items())
    return said and row.issued_on.isoformat() == body.get("issued_on")


def _cancels(row: Any) -> bool:
    if row.ended_kind != CANCELLED:
        return False
    body = orjson.loads(row.ended_body)
    return all(getattr(row, column) == body.get(name) for column, name in _PLACE.items())


def _finding(subject: str, seq: int | None, code: str, **params: str | int) -> Finding:
    return Finding(subject=subject, seq=seq, code=code, params=params)
