"""Use cases of letters that mail alone did not deliver: sent again, printed, or their return taken in by a person."""

from datetime import datetime

from workflow.authority import successor
from workflow.daywork import daily_entry
from workflow.entries import Entry, read_body
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat, legal_day
from workflow.rerouting import mending
from workflow.service.people import administration_of
from workflow.service.refusals import recording_refusals
from workflow.service.situations import context_of, recorded_after, situation_of, working_seat
from workflow.storage import Letter, Store, UnitOfWork

#: What was done with a notice by hand, in the chain of its proposal.
RESENT, PRINTED = "notice-resent", "notice-printed"
#: What can be sent again: it never left, or came back. What a server accepted is not repeated.
AGAIN = ("failed", "bounced")


def resend(store: Store, house: House, *, number: int, by: Actor, at: datetime) -> Letter:
    """Makes a failed or bounced notice wait again, with the same bytes if it had any.

    By an administrator over the agency whose letter it is: the reader's own, or for a beneficiary the implementer's.
    Raises Refused.
    """
    with recording_refusals(store, house, _subject(store, number), by=by, at=at), store.write() as uow:
        letter = _letter(uow, number, "notice resend")
        office = administration_of(uow, house, at)
        agency = successor(uow.law(), mending(letter), legal_day(at))
        if unmet := office.unmet_agency(by, agency):
            raise Refused("notice resend", unmet)
        if letter.state not in AGAIN:
            raise Refused("notice resend", [Unmet("unmet.not_resendable", {"number": number}, (NOBODY,))])
        seat = office.seat_over(by, agency) or Seat(role="", agency="", since=office.on)
        uow.move_letter(number, "scheduled", at=at, entry=_entry(uow, house, RESENT, letter, seat, by=by, at=at))
        return letter


def print_letter(store: Store, house: House, *, number: int, by: Actor, at: datetime) -> Letter:
    """Says that a notice without an address was printed and goes its way on paper.

    Open to whoever works at the agency that announces something by it; for a reminder, at the one that holds the case.
    Raises Refused, NotOwner.
    """
    with recording_refusals(store, house, _subject(store, number), by=by, at=at), store.write() as uow:
        letter = _letter(uow, number, "notice printed")
        agency = _announcing(uow, letter, by=by, at=at)
        seat = working_seat(uow.law(), agency, by=by, on=legal_day(at), action="notice printed")
        if letter.state != "to_print":
            raise Refused("notice printed", [Unmet("unmet.not_to_print", {"number": number}, (NOBODY,))])
        uow.move_letter(number, "accepted", at=at, entry=_entry(uow, house, PRINTED, letter, seat, by=by, at=at))
        return letter


def check_taking_in(store: Store, house: House, *, by: Actor, at: datetime) -> None:
    """Raises Refused for who may not take in a mail that came back by hand: everybody but an administrator."""
    with store.read() as uow:
        if unmet := administration_of(uow, house, at).unmet_person(by, ()):
            raise Refused("notice bounced", unmet)


def _subject(store: Store, number: int) -> str:
    """What a refusal is about: the proposal of the notice."""
    with store.read() as uow:
        letter = uow.letter(number)
    return letter.code if letter else "notices"


def _letter(uow: UnitOfWork, number: int, action: str) -> Letter:
    letter = uow.letter(number)
    if letter is None:
        raise Refused(action, [Unmet("unmet.no_such_notice", {"number": number}, (NOBODY,))])
    return letter


def _announcing(uow: UnitOfWork, letter: Letter, *, by: Actor, at: datetime) -> str:
    """The agency in whose name a notice is written: who acted, else who holds the case, else the implementer."""
    proposal, on = uow.proposal(letter.code), legal_day(at)
    body = read_body(uow.history(letter.code)[letter.seq - 1]) if letter.seq else {}
    context = context_of(situation_of(uow, proposal), proposal, by=by, at=at)
    acted, holder = str(body.get("agency") or ""), holder_seat(context).partition("@")[2]
    return successor(uow.law(), acted or holder or letter.implementer, on)


def _entry(uow: UnitOfWork, house: House, kind: str, letter: Letter, seat: Seat, *, by: Actor, at: datetime) -> Entry:
    before: Proposal = uow.proposal(letter.code)
    content = {"notice": letter.notice, "number": letter.number, "to_seat": letter.to.seat}
    return daily_entry(
        kind,
        before,
        content,
        by=by,
        seat=seat,
        at=recorded_after(before, at),
        salt=house.salt,
        private={"reader": letter.to.name},
    )
