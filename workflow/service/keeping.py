"""Whether the files that come with an act are worth keeping, before any of them is read."""

from datetime import datetime

from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor
from workflow.service.acting import look
from workflow.service.situations import context_of, situation_of
from workflow.storage import Store

_NOT_THEIRS = ("unmet.not_owner", "unmet.no_agency")


def may_keep(store: Store, house: House, *, code: str, action: str, key: str | None, by: Actor, at: datetime) -> bool:
    """Whether the step is there and the actor's, or was done with this key: nobody else fills the folder of papers.

    Raises UnknownProposal.
    """
    if _was_used(store, key, by):
        return True
    offers = look(store, house, code=code, by=by, at=at).offers
    found = next((offer for offer in offers if offer.view.transition.action == action), None)
    return found is not None and all(one.code not in _NOT_THEIRS for one in found.view.unmet)


def may_attach(store: Store, *, code: str, key: str | None, by: Actor, at: datetime) -> bool:
    """Whether the proposal is held by the actor, or was when papers came with this key. Raises UnknownProposal."""
    if _was_used(store, key, by):
        return True
    with store.read() as uow:
        proposal = uow.proposal(code)
        context = context_of(situation_of(uow, proposal), proposal, by=by, at=at, deadlines=uow.deadlines(code))
    role, _, agency = holder_seat(context).partition("@")
    return by.seat(role, agency, context.today) is not None


def _was_used(store: Store, key: str | None, by: Actor) -> bool:
    if key is None:
        return False
    with store.read() as uow:
        return uow.answer(by.person, key) is not None
