"""Use cases of the registers: definitions published, people, seats, appointments, guidance. Each is an entry."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from definitions.bundle import assemble, identity
from definitions.loading import DefinitionText, read
from definitions.registers import Appointment
from workflow.authority import Guidance, seat_of
from workflow.entries import Entry, Salt, make_entry
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat, legal_day
from workflow.storage import Person, Store, UnitOfWork

#: The chain that register entries stand in.
REGISTERS = "registers"


def chained_entry(
    uow: UnitOfWork,
    kind: str,
    content: Mapping[str, Any],
    *,
    at: datetime,
    salt: Salt,
    private: Mapping[str, str] | None = None,
    subject: str = REGISTERS,
) -> Entry:
    """The next entry of a chain beside the proposals."""
    tail = uow.tail(subject)
    recorded = max(at, tail.recorded_at) if tail else at
    return make_entry(
        kind,
        subject,
        seq=tail.seq + 1 if tail else 1,
        recorded_at=recorded,
        content=content,
        private=private or {},
        previous_hash=tail.hash if tail else None,
        salt=salt,
    )


def publish(
    store: Store, house: House, texts: tuple[DefinitionText, ...], *, by: str, at: datetime
) -> tuple[tuple[str, str], ...]:
    """Publishes the definition texts that differ from those in force, all or none, and returns their (kind, key).

    The texts together with those already in force must assemble; raises FaultyDefinitions with every fault otherwise.
    Running proposals keep the texts they started with; registers (agencies, ceilings, calendars) hold from their dates.
    """
    fresh = [(*identity(read(text)), text) for text in texts]
    with store.write() as uow:
        in_force = uow.published()
        changed = [
            row for row in fresh if (row[0], row[1]) not in in_force or in_force[row[0], row[1]].text != row[3].text
        ]
        together = {**in_force, **{(kind, key): text for kind, key, _, text in changed}}
        assemble(text for (kind, _), text in sorted(together.items()) if kind != "templates")
        for kind, key, version, text in changed:
            content = {"kind_of_text": kind, "key": key, "version": version, "sha256": text.sha256, "person": by}
            uow.publish(kind, key, version, text.text, chained_entry(uow, "published", content, at=at, salt=house.salt))
        return tuple((kind, key) for kind, key, _, _ in changed)


def publish_templates(store: Store, house: House, text: str, *, sha256: str, by: str, at: datetime) -> bool:
    """Publishes a set of notice templates if it differs from the one in force; says whether it did."""
    with store.write() as uow:
        known = uow.published().get(("templates", "notices"))
        if known is not None and known.text == text:
            return False
        content = {"kind_of_text": "templates", "key": "notices", "version": "", "sha256": sha256, "person": by}
        uow.publish("templates", "notices", "", text, chained_entry(uow, "published", content, at=at, salt=house.salt))
        return True


def add_user(
    store: Store,
    house: House,
    *,
    username: str,
    name: str,
    address: str,
    seats: tuple[Seat, ...],
    by: str,
    at: datetime,
) -> Person:
    """Records a natural person with an account and first seats. Raises UsernameTaken, Refused."""
    person = Person(id=house.person_id(), name=name, address=address)
    with store.write() as uow:
        _check_agencies(uow, [seat.agency for seat in seats], action="user add")
        content = {"new_person": person.id, "username": username, "person": by}
        private = {"name": name, "address": address}
        entry = chained_entry(uow, "person-added", content, at=at, salt=house.salt, private=private)
        uow.add_person(person, username=username, entry=entry)
        for seat in seats:
            _add_seat(uow, house, person.id, seat, by=by, at=at)
    return person


def give_seat(store: Store, house: House, *, person: str, seat: Seat, by: str, at: datetime) -> None:
    """Gives a person a seat. Raises Refused for an agency that is not known."""
    with store.write() as uow:
        _check_agencies(uow, [seat.agency], action="appointment add")
        _add_seat(uow, house, person, seat, by=by, at=at)


def _add_seat(uow: UnitOfWork, house: House, person: str, seat: Seat, *, by: str, at: datetime) -> None:
    content = {
        "holder": person,
        "role": seat.role,
        "agency": seat.agency,
        "since": seat.since.isoformat(),
        "until": seat.until.isoformat() if seat.until else None,
        "capacity": seat.capacity,
        "person": by,
    }
    uow.add_seat(person, seat, chained_entry(uow, "seat-given", content, at=at, salt=house.salt))


def appoint(store: Store, house: House, *, appointment: Appointment, by: str, at: datetime) -> None:
    """Records that an agency wears a role from a day on. Raises Refused for unknown agencies or programmes."""
    with store.write() as uow:
        _check_agencies(uow, [appointment.agency], action="appointment add")
        if appointment.programme is not None:
            uow.law().programme(appointment.programme)
        content = appointment.model_dump(mode="json") | {"person": by}
        uow.add_appointment(appointment, chained_entry(uow, "agency-appointed", content, at=at, salt=house.salt))


def guide(store: Store, house: House, *, guidance: Guidance, by: Actor, at: datetime) -> None:
    """Records an agency's letter that sets another last day for a fixed deadline of a plan year. Raises Refused.

    Only a person who sits today in the role whose guidance the rule names may record it, for their own agency
    (Thông tư 36/2013/TT-BCT, Điều 10: "trường hợp khác theo hướng dẫn").
    """
    with store.write() as uow:
        _check_agencies(uow, [guidance.agency], action="guide")
        programme = uow.law().programme(guidance.programme)
        processes = [uow.law().process(track.process) for track in programme.tracks]
        roles = {rule.guided_by for process in processes for rule in process.deadlines if rule.key == guidance.rule}
        guiding = sorted(role for role in roles if role)
        if not any(by.seat(role, guidance.agency, legal_day(at)) for role in guiding):
            seats = tuple(seat_of(role, guidance.agency) for role in guiding)
            raise Refused("guide", [Unmet("unmet.not_guiding", {"rule": guidance.rule}, seats or (NOBODY,))])
        content = {**asdict(guidance), "last_day": guidance.last_day.isoformat(), "person": by.person}
        uow.add_guidance(guidance, chained_entry(uow, "guidance-given", content, at=at, salt=house.salt))


def _check_agencies(uow: UnitOfWork, agencies: list[str], *, action: str) -> None:
    known = uow.law().agencies
    unmet = [Unmet("unmet.unknown_agency", {"agency": agency}) for agency in agencies if agency not in known]
    if unmet:
        raise Refused(action, unmet)
