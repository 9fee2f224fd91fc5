"""Who hears that a paper was presented for signature or sent back, and in which words: people of the agency alone."""

from collections.abc import Iterable

from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.daytelling import daily_notices
from workflow.entries import opened, read_body
from workflow.house import House
from workflow.ownership import owner_seats
from workflow.proposal import Seat, Signing
from workflow.service.situations import people_of
from workflow.storage import Move, Notice, Recipient, UnitOfWork
from workflow.telling import recipients


def told_to_sign(uow: UnitOfWork, house: House, move: Move, context: Attempt, seat: Seat) -> tuple[Notice, ...]:
    """To who may sign it, but for who presented it."""
    said = opened(move.entry, read_body(move.entry))
    extras = {
        "buoc": context.transition.label,
        "trich_yeu": said.get("title", ""),
        "nguoi_trinh": context.actor.name,
        "y_kien": said.get("note", ""),
    }
    return _told(uow, house, "presented", move, context, seat, _signers(uow, context), extras)


def told_of_return(
    uow: UnitOfWork, house: House, move: Move, context: Attempt, *, seat: Seat, paper: Signing
) -> tuple[Notice, ...]:
    """To who presented it, or to those of the seat where that person left it; where they took it back, to who signs."""
    entry = uow.history(context.proposal.code)[paper.seq - 1]
    body = read_body(entry)
    extras = {
        "buoc": context.transition.label,
        "trich_yeu": opened(entry, body).get("title", ""),
        "nguoi_trinh": uow.person(paper.person).name,
        "nguoi_tra": context.actor.name,
        "ly_do": opened(move.entry, read_body(move.entry))["reason"],
    }
    own = paper.person == context.actor.person
    to = _signers(uow, context) if own else _presenters(uow, context, paper, str(body["role"]))
    return _told(uow, house, "sent-back", move, context, seat, to, extras)


def _signers(uow: UnitOfWork, context: Attempt) -> tuple[Recipient, ...]:
    """Who holds the step's own seat in a capacity; where nobody does, the agency."""
    to = (
        one
        for seat in owner_seats(context)
        for one in recipients(seat, context, lambda held: uow.signers(held, context.today))
    )
    return tuple(dict.fromkeys(to))


def _presenters(uow: UnitOfWork, context: Attempt, paper: Signing, role: str) -> tuple[Recipient, ...]:
    agency = context.situation.successor(paper.agency, context.today)
    here = recipients(seat_of(role, agency), context, people_of(uow, context.today))
    return tuple(one for one in here if one.person == paper.person) or here


def _told(  # noqa: PLR0917 - who is told what, in whose name.
    uow: UnitOfWork,
    house: House,
    key: str,
    move: Move,
    context: Attempt,
    seat: Seat,
    to: Iterable[Recipient],
    extras: dict[str, str],
) -> tuple[Notice, ...]:
    others = tuple(one for one in to if one.person != context.actor.person)
    templates = uow.templates_sha256() if others else ""
    return daily_notices(
        key, move.entry, context, others, seat=seat, told=house.told, templates=templates, extras=extras
    )
