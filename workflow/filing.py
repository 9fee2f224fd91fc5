"""Papers that came to the case before the step that uses them: which count for a step, and which remain after it."""

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.ownership import owner_seats
from workflow.proposal import Document, Filed, Proposal, Step


def with_papers(attempt: Attempt) -> Attempt:
    """The attempt with the papers on the case that it needs and that were not given with it."""
    found = papers_for(attempt) if attempt.proposal.papers else ()
    return changed(attempt, documents=(*attempt.documents, *found)) if found else attempt


def papers_for(attempt: Attempt) -> tuple[Document, ...]:
    """The papers on the case that count for the attempted step: those of its own agency, under keys that it asks for.

    A paper of another agency never counts, and one that a step has used does not count again.
    """
    given = {paper.key for paper in attempt.documents}
    wanted = [field.key for field in attempt.transition.documents if field.key not in given]
    found = {paper.key: paper for paper in attempt.proposal.papers if paper.key in wanted and _own(paper, attempt)}
    return tuple(_document(found[key]) for key in wanted if key in found)


def _own(paper: Filed, attempt: Attempt) -> bool:
    agencies = {seat.partition("@")[2] for seat in owner_seats(attempt)}
    return attempt.situation.successor(paper.agency, attempt.today) in agencies


def _document(paper: Filed) -> Document:
    return Document(
        key=paper.key,
        name="",
        size=paper.size,
        sha256=paper.sha256,
        media_type=paper.media_type,
        attached=paper.seq,
    )


def papers_after(proposal: Proposal, step: Step) -> tuple[Filed, ...]:
    """The papers that still wait once a step has used its own; what was given with it stands for what waited."""
    if not proposal.papers:
        return ()
    used = {(paper.key, paper.attached) for paper in step.documents}
    keys = {paper.key for paper in step.documents}
    return tuple(
        paper
        for paper in proposal.papers
        if (paper.key, paper.seq) not in used and not (paper.agency == step.agency and paper.key in keys)
    )
