"""The proposals that have a paper on its way to a signature, those that wait longest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, text

from store.signing_rows import read_signing
from store.statements import Statement, Transaction
from store.tables import ProposalRow, table
from workflow.proposal import Signing

_PROPOSAL = table(ProposalRow)
_BATCH = 200
_COLUMNS = [_PROPOSAL.c[name] for name in ("id", "code", "title", "process_sha256", "signings", "paper_since")]


def _page(*beyond: Any) -> Statement:
    waiting = select(*_COLUMNS).where(text("paper_since IS NOT NULL"), *beyond)
    return Statement(waiting.order_by(_PROPOSAL.c.paper_since, _PROPOSAL.c.id).limit(_BATCH))


_FIRST = _page()
_SINCE = bindparam("since", type_=_PROPOSAL.c.paper_since.type)
_NEXT = _page(
    or_(
        _PROPOSAL.c.paper_since > _SINCE,
        and_(_PROPOSAL.c.paper_since == _SINCE, _PROPOSAL.c.id > bindparam("beyond")),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPaper:
    """A paper on its way with the proposal that it is for."""

    code: str
    title: str
    #: The text of the process that the proposal follows.
    process_sha256: str
    paper: Signing


def waiting_papers(transaction: Transaction) -> Iterator[WaitingPaper]:
    """Every paper on its way. Read while the transaction is open."""
    rows = transaction.rows(_FIRST)
    while rows:
        for row in rows:
            yield from _papers(row)
        rows = transaction.rows(_NEXT, {"since": rows[-1].paper_since, "beyond": rows[-1].id})


def _papers(row: Any) -> Iterator[WaitingPaper]:
    for paper in map(read_signing, row.signings):
        if paper.is_open:
            yield WaitingPaper(code=row.code, title=row.title, process_sha256=row.process_sha256, paper=paper)
