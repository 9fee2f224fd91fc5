"""A step that is taken with a paper on its way: what the paper says, its number, its day and its papers come along."""

from collections.abc import Mapping
from datetime import date, datetime

from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.proposal import Actor, Document, FactValue, Proposal, legal_day
from workflow.service.on_its_way import proposed_texts
from workflow.signed_papers import paper_of, signed_documents, signed_facts
from workflow.storage import UnitOfWork

Said = tuple[Mapping[str, FactValue], tuple[Document, ...], date | None]


def as_signed(
    uow: UnitOfWork, situation: Situation, proposal: Proposal, action: str, said: Said, *, by: Actor, at: datetime
) -> Said:
    """The facts, papers and day of a step with those of its signed paper, if one is on its way.

    What was given by hand stays: where it differs from what was signed, the step is refused (``unmet_signing``).
    """
    facts, documents, on = said
    move = situation.process.transition(proposal.state, action)
    if move is None:
        return said
    attempt = Attempt(
        transition=move, proposal=proposal, situation=situation, actor=by, at=at, effective_on=on or legal_day(at)
    )
    paper = paper_of(attempt)
    if paper is None or paper.signed is None:
        return said
    keys = {one.key for one in documents}
    signed = tuple(one for one in signed_documents(paper) if one.key not in keys)
    known = {**proposed_texts(uow, paper, attempt), **signed_facts(paper, attempt)}
    day = on or (paper.signed.on if move.effective is None else None)
    return {**known, **facts}, (*documents, *signed), day
