"""Use case of a hand-over: what waits for the seats of one who leaves is entrusted to another who sits there too."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct

from workflow.daywork import after_daily
from workflow.entries import Entry, make_entry, read_body
from workflow.errors import Refused, Unmet
from workflow.house import House
from workflow.ledger import named, typed_by
from workflow.proposal import Actor, Seat, legal_day
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.people import administration_of, person_of
from workflow.service.refusals import recording_refusals
from workflow.service.situations import recorded_after
from workflow.storage import Move, Store, UnitOfWork

#: Kinds of entries: what was ordered, and that it was carried out on a later day.
HANDED_OVER, CARRIED_OUT = "handed-over", "handover-carried-out"


class HandedOver(Struct, frozen=True, kw_only=True):
    """The seats concerned, and the proposals that wait for them, as (code, seat)."""

    seats: tuple[str, ...]
    waiting: tuple[tuple[str, str], ...]


def hand_over(store: Store, house: House, *, giver: str, taker: str, on: date, by: Actor, at: datetime) -> HandedOver:
    """Records that the open work of one person's seats is another's from a day on, in registers and proposals.

    Where that day is today, the taker is at once in charge of what the giver was in charge of; where it is later,
    ``hand_over_due`` sees to it on that day. It gives no right: the other must sit in each of those seats on that day
    already. Nor does it take one: a seat ends by its own act, and what the first did stays theirs, for four eyes too.
    Raises UnknownUser, Refused.
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
        uow.append(signed_entry(uow, house, HANDED_OVER, content, by=by, at=at, seat=acting))
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
        HANDED_OVER,
        code,
        seq=proposal.last_seq + 1,
        recorded_at=recorded_after(proposal, at),
        content=content,
        private=named(by.name) | typed_by(by.os_user),
        previous_hash=proposal.last_hash,
        salt=house.salt,
    )
    uow.record(Move(before=proposal, after=after_daily(proposal, entry), entry=entry, holder=seat))


def hand_over_due(store: Store, house: House, *, at: datetime) -> int:
    """Carries out the hand-overs that were dated ahead and whose day has come; how many proposals changed hands.

    Each once, whenever it is asked: what the giver is put in charge of later stays theirs. A proposal whose taker no
    longer sits in its seat stays as it is.
    """
    with store.read() as uow:
        due = tuple(_due(uow.history(REGISTERS), legal_day(at)))
    return sum(_carry_out(store, house, ordered, at=at) for ordered in due)


def _due(entries: Iterable[Entry], today: date) -> Iterator[Entry]:
    """The hand-overs of the registers that were dated ahead, are due, and were not carried out."""
    known = [entry for entry in entries if entry.kind in (HANDED_OVER, CARRIED_OUT)]
    done = {read_body(entry)["of"] for entry in known if entry.kind == CARRIED_OUT}
    for entry in known:
        if entry.kind == HANDED_OVER and entry.seq not in done:
            from_day = date.fromisoformat(read_body(entry)["from_day"])
            if legal_day(entry.recorded_at) < from_day <= today:
                yield entry


def _carry_out(store: Store, house: House, ordered: Entry, *, at: datetime) -> int:
    body = read_body(ordered)
    by = Actor(person=body["person"], name="", channel="scheduler")
    people, on = {key: body[key] for key in ("from_person", "to_person")}, legal_day(at)
    with store.write() as uow:
        if ordered.seq not in {entry.seq for entry in _due(uow.history(REGISTERS), on)}:
            return 0  # Another process was here first.
        sits = {str(seat) for seat in uow.seats_of(people["to_person"]) if seat.holds(on)}
        moved = [
            (code, seat)
            for code, seat in uow.waiting(tuple(body["seats"]))
            if seat in sits and uow.proposal(code).officer == people["from_person"]
        ]
        for code, seat in moved:
            _note(uow, house, code, seat, people, on=date.fromisoformat(body["from_day"]), by=by, at=at)
        content = {"of": ordered.seq, "moved": [code for code, _ in moved]}
        uow.append(signed_entry(uow, house, CARRIED_OUT, content, by=by, at=at))
    return len(moved)
