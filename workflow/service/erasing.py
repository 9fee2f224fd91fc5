"""Use case of an erasure: what history keeps of a person goes, on a decision that history keeps."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from workflow.entries import Entry, canonical
from workflow.errors import Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor
from workflow.service.chaining import signed_entry
from workflow.service.people import administration_of
from workflow.storage import UnitOfWork
from workflow.values import read_text

ERASED = "person-erased"
_ACTION = "audit erase"


def may_erase(uow: UnitOfWork, house: House, *, by: Actor, at: datetime) -> None:
    """Raises Refused unless the actor administers the installation's own agency."""
    if unmet := administration_of(uow, house, at).unmet_home(by):
        raise Refused(_ACTION, unmet)


def openings_hash(openings: Sequence[tuple[int, str]]) -> str:
    """What the entry of an erasure says of the values that go by it, by entry and path."""
    return sha256(canonical(sorted([entry, path] for entry, path in openings))).hexdigest()


def erasing_entry(
    uow: UnitOfWork,
    house: House,
    *,
    person: str,
    active: bool,
    openings: Sequence[tuple[int, str]],
    mails: Sequence[str],
    reason: str,
    decision: str,
    by: Actor,
    at: datetime,
) -> Entry:
    """The entry of an erasure: which values go, and which mails lose their bytes. The reason is itself personal.

    ``openings`` are the values by entry and path; their hash stands in the entry, so that no other can go by it.

    Raises Refused for whoever may not, while an account of the person is ``active``, where nothing is left to erase,
    and without a reason and the number of a decision; BadValue for what cannot be written.
    """
    may_erase(uow, house, by=by, at=at)
    reason, decision = read_text("reason", reason), read_text("decision", decision)
    unmet = [Unmet("unmet.erase_active")] if active else []
    unmet += [Unmet("unmet.erase_nothing")] if not openings and not mails else []
    unmet += [] if reason and decision else [Unmet("unmet.erase_why")]
    if unmet:
        raise Refused(_ACTION, unmet)
    seat = administration_of(uow, house, at).seat_at_home(by)
    values = {"openings": len(openings), "openings_sha256": openings_hash(openings)}
    content = {"erased_person": person, "decision": decision, **values, "mails": sorted(mails)}
    return signed_entry(uow, house, ERASED, content, by=by, at=at, seat=seat, private={"reason": reason})
