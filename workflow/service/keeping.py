"""Whether the files that come with an act are worth keeping, before any of them is read."""

from datetime import datetime

from workflow.house import House
from workflow.proposal import Actor
from workflow.service.acting import look
from workflow.storage import Store

_NOT_THEIRS = ("unmet.not_owner", "unmet.no_agency")


def may_keep(store: Store, house: House, *, code: str, action: str, key: str | None, by: Actor, at: datetime) -> bool:
    """Whether the step is there and the actor's, or was done with this key: nobody else fills the folder of papers.

    Raises UnknownProposal.
    """
    if key is not None:
        with store.read() as uow:
            if uow.answer(by.person, key) is not None:
                return True
    offers = look(store, house, code=code, by=by, at=at).offers
    found = next((offer for offer in offers if offer.view.transition.action == action), None)
    return found is not None and all(one.code not in _NOT_THEIRS for one in found.view.unmet)
