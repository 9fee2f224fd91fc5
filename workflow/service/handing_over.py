"""Use case of a hand-over: what waits for the seats of one who leaves is entrusted to another who sits there too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from workflow.daywork import after_daily
from workflow.entries import make_entry
from workflow.errors import Refused, Unmet
from workflow.house import House
from workflow.ledger import named, typed_by
from workflow.proposal import Actor, Seat
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.people import administration_of, person_of
from workflow.service.refusals import recording_refusals
from workflow.service.situations import recorded_after
from workflow.storage import Move, Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The seats concerned, and the proposals that wait for them, as (code, seat)."""

    seats: tuple[str, ...]
    waiting: tuple[tuple[str, str], ...]


def hand_over(store: Store, house: House, *, giver: str, taker: str, on: date, by: Actor, at: datetime) -> HandedOver:
    """Records that the open work of one person's seats is another's from a day on, in registers and proposals.

    It gives no right: the other must sit in each of those seats on that day already. Nor does it take one: a seat ends
    by its own act, and what the first did stays theirs, for four eyes too. Raises UnknownUser, Refused.
    """
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        office = administration_of(uow, house, at)
        leaving, coming = person_of(uow, giver), person_of(uow, taker)
        held = tuple(seat for seat in uow.seats_of(leaving) if seat.until is None or seat.until >= office.on)
        unmet = [*office.unmet_person(by, held), *_unmet(uow, leaving, coming, held, on)]
        unmet += [Unmet("unmet.handover_past", {"on": on, "today": office.on})] if on < office.on else []
        if unmet:
            raise Refused("user handover", unmet)
        seats = tuple(dict.fromkeys(map(str, held)))
        waiting = uow.waiting(seats)
        content = {
            "from_person": leaving,
            "to_person": coming,
            "from_day": on.isoformat(),
            "seats": list(seats),
            "waiting": [code for code, _ in waiting],
        }
        acting = office.acting_seat(by)
        uow.append(signed_entry(uow, house, "handed-over", content, by=by, at=at, seat=acting))
        for code, seat in waiting:
            _note(uow, house, code, seat, {"from_person": leaving, "to_person": coming}, on=on, by=by, at=at)
    return HandedOver(seats=seats, waiting=waiting)


def _unmet(uow: UnitOfWork, leaving: str, coming: str, held: tuple[Seat, ...], on: date) -> Iterator[Unmet]:
    if leaving == coming:
        yield Unmet("unmet.handover_same_person")
    if not held:
        yield Unmet("unmet.handover_no_seat")
    sits = {str(seat) for seat in uow.seats_of(coming) if seat.holds(on)}
    for seat in dict.fromkeys(map(str, held)):
        if seat not in sits:
            yield Unmet("unmet.handover_needs_seat", {"seat": seat, "on": on})


def _note(
    uow: UnitOfWork, house: House, code: str, seat: str, people: dict[str, str], *, on: date, by: Actor, at: datetime
) -> None:
    """An entry of the proposal's own chain: its state and revision stay; ``after_daily`` says who is in charge."""
    proposal = uow.proposal(code)
    content = {**people, "seat": seat, "from_day": on.isoformat(), "person": by.person, "channel": by.channel}
    entry = make_entry(
        "handed-over",
        code,
        seq=proposal.last_seq + 1,
        recorded_at=recorded_after(proposal, at),
        content=content,
        private=named(by.name) | typed_by(by.os_user),
        previous_hash=proposal.last_hash,
        salt=house.salt,
    )
    uow.record(Move(before=proposal, after=after_daily(proposal, entry), entry=entry, holder=seat))
