"""A case as it stands now, put together from an open unit of work: its document, and its deadlines explained."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shapes.daywork import paper_names
from shapes.explaining import Told, calendars_then, explain
from shapes.history import decisions_of
from shapes.proposals import Around, proposal_of
from shapes.signing import signings_of
from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, legal_day
from workflow.service.contracts import others_now
from workflow.service.situations import context_of, situation_of
from workflow.storage import UnitOfWork


def document_of(
    uow: UnitOfWork, proposal: Proposal, *, at: datetime, entries: Sequence[Entry] | None = None
) -> dict[str, Any]:
    """The document of ``proposal show``; ``entries`` where they were read already."""
    situation, deadlines = situation_of(uow, proposal), uow.deadlines(proposal.code)
    known = uow.history(proposal.code) if entries is None else entries
    nobody = Actor(person="", name="")
    context: Attempt = context_of(situation, proposal, by=nobody, at=at, deadlines=deadlines)
    around = Around(
        holder=holder_seat(context),
        officer=_officer(uow, context),
        paper_names=paper_names(known),
        decided=decisions_of(known, situation.process),
        signings=signings_of(proposal, situation, known, today=legal_day(at)),
    )
    return proposal_of(proposal, situation, deadlines, around, today=legal_day(at))


def _officer(uow: UnitOfWork, context: Attempt) -> str:
    """The name of the person in charge, while they sit where the proposal is held."""
    people = uow.people(holder_seat(context), context.today)
    return next((person.name for person in people if person.id == context.proposal.officer), "")


def explanations_of(
    uow: UnitOfWork,
    proposal: Proposal,
    situation: Situation,
    deadlines: Sequence[Deadline],
    *,
    at: datetime,
    entries: Sequence[Entry] | None = None,
) -> list[dict[str, Any]]:
    """Every deadline of a case with what its last day can be computed from again."""
    company = others_now(uow, situation, proposal, at=at)
    waits = company.shared.waits_for if company else ()
    told = Told(
        proposal=proposal,
        situation=situation,
        entries=uow.history(proposal.code) if entries is None else entries,
        today=legal_day(at),
        contract=company.number if company else "",
        waits_for={one.code: one.title for one, _ in company.others if one.code in waits} if company else {},
        calendars=calendars_then(uow, deadlines),
    )
    return [explain(one, told) for one in deadlines]
