"""The proposals that have a paper on its way to a signature, those that wait longest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB

from store.signing_rows import read_signing
from store.statements import Statement, Transaction
from store.tables import ProposalRow, table
from workflow.proposal import Signing
from workflow.signing import stage

#: What a paper on its way waits for.
Next = Literal["sign", "number", "act"]
_PROPOSAL = table(ProposalRow)
_BATCH = 200
_COLUMNS = [_PROPOSAL.c[name] for name in ("id", "code", "title", "process_sha256", "signings", "paper_since")]
_SINCE = bindparam("since", type_=_PROPOSAL.c.paper_since.type)
_BEYOND = or_(
    _PROPOSAL.c.paper_since > _SINCE,
    and_(_PROPOSAL.c.paper_since == _SINCE, _PROPOSAL.c.id > bindparam("beyond")),
)


@lru_cache(maxsize=64)
def _page(agency: bool, next_: Next | None, *, goes_on: bool) -> Statement:  # noqa: FBT001 - a part of the cache's key.
    def build(dialect: str) -> Any:
        rows = select(*_COLUMNS).where(text("paper_since IS NOT NULL"), *([_BEYOND] if goes_on else []))
        if agency or next_:
            rows = rows.where(_has_paper(dialect, agency, next_))
        return rows.order_by(_PROPOSAL.c.paper_since, _PROPOSAL.c.id).limit(_BATCH)

    return Statement(build)


def _has_paper(dialect: str, agency: bool, next_: str | None) -> ColumnElement[bool]:  # noqa: FBT001 - as above.
    """Whether one of the papers is on its way at that agency and waits for that."""
    if dialect == "sqlite":
        papers: Any = func.json_each(_PROPOSAL.c.signings).table_valued("value", name="paper")
    else:
        papers = func.jsonb_array_elements(cast(_PROPOSAL.c.signings, JSONB)).table_valued("value", name="paper")

    def said(name: str) -> Any:
        of = papers.c.value
        return func.json_extract(of, f"$.{name}") if dialect == "sqlite" else func.jsonb_extract_path_text(of, name)

    where = [said("ended_by").is_(None)]
    where += [said("agency") == bindparam("agency")] if agency else []
    where += [said("signed").is_(None) if next_ == "sign" else said("signed").is_not(None)] if next_ else []
    where += (
        [said("drawn").is_(None) if next_ == "number" else said("drawn").is_not(None)] if next_ in _NUMBERED else []
    )
    found: ColumnElement[bool] = select(papers.c.value).where(*where).correlate(_PROPOSAL).exists()
    return found


_NUMBERED = ("number", "act")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPaper:
    """A paper on its way with the proposal that it is for."""

    code: str
    title: str
    #: The text of the process that the proposal follows.
    process_sha256: str
    paper: Signing


def waiting_papers(
    transaction: Transaction, *, agency: str | None = None, next_: Next | None = None
) -> Iterator[WaitingPaper]:
    """Every paper on its way, of an agency or waiting for a thing if said so. Read while the transaction is open."""
    narrows, values = agency is not None, {"agency": agency or ""}
    rows = transaction.rows(_page(narrows, next_, goes_on=False), values)
    while rows:
        for row in rows:
            yield from (
                paper
                for paper in _papers(row)
                if agency in (None, paper.paper.agency) and next_ in (None, stage(paper.paper))
            )
        place: dict[str, Any] = {"since": rows[-1].paper_since, "beyond": rows[-1].id}
        rows = transaction.rows(_page(narrows, next_, goes_on=True), values | place)


def _papers(row: Any) -> Iterator[WaitingPaper]:
    for paper in map(read_signing, row.signings):
        if paper.is_open:
            yield WaitingPaper(code=row.code, title=row.title, process_sha256=row.process_sha256, paper=paper)
