"""Use case of looking before one leaps: what an act would do with these very values, and nothing of it written."""

from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.changing import changed
from workflow.effects import Consequence, foresee
from workflow.engine import advance
from workflow.errors import StaleProposal
from workflow.house import House
from workflow.proposal import Actor, Proposal, Step
from workflow.service.acting import Request
from workflow.service.contracts import company_of
from workflow.service.signed_request import as_signed
from workflow.service.situations import people_of, recorded_after, situation_of
from workflow.storage import Store


class Rehearsal(Struct, frozen=True, kw_only=True):
    """A step that was not taken, and what would follow from it."""

    before: Proposal
    after: Proposal
    step: Step
    situation: Situation
    consequence: Consequence


def rehearse(store: Store, house: House, request: Request, *, by: Actor, at: datetime) -> Rehearsal:
    """What ``act`` would do, from the code that does it. Raises Refused with every unmet condition, as ``act`` does.

    A refusal here is no act, and history keeps nothing of it.
    """
    with store.read() as uow:
        before = uow.proposal(request.code)
        if request.revision is not None and request.revision != before.revision:
            raise StaleProposal(request.action, expected=request.revision, actual=before.revision)
        situation, instant, deadlines = (
            situation_of(uow, before),
            recorded_after(before, at),
            uow.deadlines(request.code),
        )
        facts, documents, effective_on = request.facts, request.documents, request.effective_on
        if before.signings:
            said = (facts, documents, effective_on)
            facts, documents, effective_on = as_signed(uow, situation, before, request.action, said, by=by, at=instant)
        after, step = advance(
            before,
            request.action,
            situation=situation,
            by=by,
            at=instant,
            facts=facts,
            documents=documents,
            note=request.note,
            effective_on=effective_on,
            deadlines=deadlines,
        )
        company = company_of(uow, situation, before, after, at=instant)
        known = changed(situation, shared=company.shared) if company is not None else situation
        context = Attempt(
            transition=known.process.transition(step.source, step.action) or known.process.transitions[0],
            proposal=after,
            situation=known,
            actor=by,
            at=step.recorded_at,
            facts=step.facts,
            documents=step.documents,
            effective_on=step.effective_on,
            deadlines=deadlines,
        )
        consequence = foresee(before, context, step, people=people_of(uow, context.today), told=house.told)
    return Rehearsal(before=before, after=after, step=step, situation=known, consequence=consequence)
