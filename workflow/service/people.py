"""Use cases of people: who is registered, which seats they take and leave. Each is an entry of the registers."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from workflow.addresses import unmet_address
from workflow.administration import ADMINISTRATOR, AUDITOR, Administration, conflicts, is_operator, meet
from workflow.changing import changed
from workflow.errors import NOBODY, Refused, UnknownUser, Unmet
from workflow.house import House
from workflow.identity import read_identity
from workflow.proposal import Actor, Seat, legal_day
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.refusals import recording_refusals
from workflow.storage import Person, Store, UnitOfWork
from workflow.values import read_text

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_DAY = timedelta(days=1)


class Added(Struct, frozen=True, kw_only=True):
    """The person that an account was made for; ``known``: the identity number was known, so no person was added."""

    person: Person
    known: bool


class Newcomer(Struct, frozen=True, kw_only=True):
    """An account that is asked for."""

    username: str
    name: str
    address: str
    seats: tuple[Seat, ...]
    identity: str | None = None


def administration_of(uow: UnitOfWork, house: House, at: datetime) -> Administration:
    """What decides who administers at that instant."""
    return Administration(law=uow.law(), home=uow.home(), on=legal_day(at), sandbox=house.told.sandbox)


def add_user(
    store: Store,
    house: House,
    *,
    username: str,
    name: str,
    address: str,
    seats: tuple[Seat, ...],
    by: Actor,
    at: datetime,
    identity: str | None = None,
) -> Added:
    """Records an account with first seats, and the natural person behind it unless the identity number is known.

    An identity number is needed outside a sandbox: four eyes bind the person, and two accounts of one person are known
    by it. Raises UsernameTaken, IdentityUnreadable, IdentityKeyMissing, Refused.
    """
    newcomer = Newcomer(username=username, name=name, address=address, seats=seats, identity=identity)
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        return add_newcomer(uow, house, newcomer, by=by, at=at)


def add_newcomer(uow: UnitOfWork, house: House, newcomer: Newcomer, *, by: Actor, at: datetime) -> Added:
    """What ``add_user`` does, on an open transaction."""
    newcomer = changed(newcomer, name=read_text("name", newcomer.name), address=read_text("address", newcomer.address))
    hashed = house.identity(read_identity(newcomer.identity)) if newcomer.identity is not None else None
    office, seats = administration_of(uow, house, at), newcomer.seats
    known = uow.known_person(hashed) if hashed else None
    held = uow.seats_of(known.id) if known else ()
    unmet = [*_unmet_user(office, newcomer.username, hashed), *_unmet_seats(office, seats, held)]
    unmet += [*unmet_address(newcomer.address)]
    unmet += [*office.unmet_seats(by, seats)]
    unmet += [*office.unmet_person(by, held)] if held or not seats else []
    if unmet:
        raise Refused("user add", unmet)
    person = known or Person(id=house.person_id(), name=newcomer.name, address=newcomer.address)
    if known:
        _add_account(uow, house, newcomer.username, known, office=office, by=by, at=at)
    else:
        _add_person(uow, house, newcomer.username, person, hashed, office=office, by=by, at=at)
    for seat in seats:
        _add_seat(uow, house, person.id, seat, office=office, by=by, at=at)
    return Added(person=person, known=known is not None)


def _add_person(
    uow: UnitOfWork,
    house: House,
    username: str,
    person: Person,
    hashed: str | None,
    *,
    office: Administration,
    by: Actor,
    at: datetime,
) -> None:
    private = {"name": person.name, "address": person.address} | ({"identity_hash": hashed} if hashed else {})
    content = {"new_person": person.id, "username": username}
    seat = office.acting_seat(by)
    entry = signed_entry(uow, house, "person-added", content, by=by, at=at, seat=seat, private=private)
    uow.add_person(person, username=username, entry=entry, identity_hash=hashed)


def _add_account(
    uow: UnitOfWork, house: House, username: str, person: Person, *, office: Administration, by: Actor, at: datetime
) -> None:
    content = {"holder": person.id, "username": username}
    entry = signed_entry(uow, house, "account-added", content, by=by, at=at, seat=office.acting_seat(by))
    uow.add_account(username, person.id, entry)


def _unmet_user(office: Administration, username: str, hashed: str | None) -> Iterator[Unmet]:
    if not _USERNAME.fullmatch(username):
        yield Unmet("unmet.username", {"username": username})
    if hashed is None and not office.sandbox:
        yield Unmet("unmet.identity_missing")


def _unmet_seats(office: Administration, seats: Iterable[Seat], held: Iterable[Seat]) -> Iterator[Unmet]:
    fresh, known = tuple(seats), tuple(held)
    yield from office.unmet_roles(fresh)
    yield from conflicts((*known, *fresh))
    for seat in fresh:
        if seat.until is not None and seat.until < seat.since:
            yield Unmet("unmet.seat_days", {"since": seat.since, "until": seat.until})
        if any((one.role, one.agency, one.capacity) == _place(seat) and meet(one, seat) for one in known):
            yield Unmet("unmet.seat_held", {"seat": str(seat)})


def _place(seat: Seat) -> tuple[str, str, str]:
    return seat.role, seat.agency, seat.capacity


def give_seat(store: Store, house: House, *, username: str, seat: Seat, by: Actor, at: datetime) -> str:
    """Gives a person a seat from a day on, and returns the person's id. Who returns gets a new seat. Raises Refused."""
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        office, person = administration_of(uow, house, at), person_of(uow, username)
        unmet = [*_unmet_seats(office, (seat,), uow.seats_of(person)), *office.unmet_seats(by, (seat,))]
        if unmet:
            raise Refused("user seat", unmet)
        _add_seat(uow, house, person, seat, office=office, by=by, at=at)
    return person


def _add_seat(
    uow: UnitOfWork, house: House, person: str, seat: Seat, *, office: Administration, by: Actor, at: datetime
) -> None:
    content = {
        "holder": person,
        "role": seat.role,
        "agency": seat.agency,
        "since": seat.since.isoformat(),
        "until": seat.until.isoformat() if seat.until else None,
        "capacity": seat.capacity,
    }
    acting = office.seat_over(by, seat.agency) or office.acting_seat(by)
    uow.add_seat(person, seat, signed_entry(uow, house, "seat-given", content, by=by, at=at, seat=acting))


def end_seat(
    store: Store,
    house: House,
    *,
    username: str,
    role: str,
    agency: str,
    last_day: date,
    by: Actor,
    at: datetime,
    capacity: str | None = None,
) -> tuple[Seat, ...]:
    """Ends every seat ``role@agency`` of a person with a last day, and returns them as they were; no row goes away.

    What was done from the seat stays done, so the last day is yesterday or later; before the first day of a seat that
    has not begun, it is never taken. Raises Refused.
    """
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        office, person = administration_of(uow, house, at), person_of(uow, username)
        lasting = tuple(
            seat
            for seat in uow.seats_of(person)
            if (seat.role, seat.agency) == (role, agency)
            and capacity in (None, seat.capacity)
            and (seat.until is None or seat.until > last_day)
        )
        unmet = [*office.unmet_seats(by, lasting), *_unmet_end(f"{role}@{agency}", lasting, last_day, office.on)]
        if unmet:
            raise Refused("user seat-end", unmet)
        for seat in lasting:
            _end_seat(uow, house, person, seat, last_day, office=office, by=by, at=at)
    return lasting


def _unmet_end(place: str, lasting: tuple[Seat, ...], last_day: date, today: date) -> Iterator[Unmet]:
    if not lasting:
        yield Unmet("unmet.no_such_seat", {"seat": place, "last_day": last_day})
    if last_day < today - _DAY:
        yield Unmet("unmet.seat_end_past", {"last_day": last_day, "earliest": today - _DAY})


def _end_seat(
    uow: UnitOfWork,
    house: House,
    person: str,
    seat: Seat,
    last_day: date,
    *,
    office: Administration,
    by: Actor,
    at: datetime,
) -> None:
    content = {
        "holder": person,
        "role": seat.role,
        "agency": seat.agency,
        "since": seat.since.isoformat(),
        "capacity": seat.capacity,
        "last_day": last_day.isoformat(),
    }
    acting = office.seat_over(by, seat.agency) or office.acting_seat(by)
    entry = signed_entry(uow, house, "seat-ended", content, by=by, at=at, seat=acting)
    uow.end_seat(person, seat, last_day, entry)


def person_of(uow: UnitOfWork, username: str) -> str:
    """The person behind an account, whatever its state. Raises UnknownUser."""
    found = uow.account(username)
    if found is None:
        raise UnknownUser(username)
    return found.person


def may_list(by: Actor, *, sandbox: bool, at: datetime) -> None:
    """Raises Refused unless the actor administers or audits: names and addresses are personal."""
    seats = [seat for seat in by.seats if seat.role in (ADMINISTRATOR, AUDITOR) and seat.holds(legal_day(at))]
    if not seats and not (sandbox and is_operator(by)):
        raise Refused("user list", [Unmet("unmet.no_administrator", {}, (NOBODY,))])
