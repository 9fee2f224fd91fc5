"""The registers half of a unit of work: people and their seats, appointments and guidance recorded at run time."""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, or_, select

from definitions.model import Basis
from definitions.registers import Appointment
from store import moves
from store.published import Published
from store.statements import Statement, put
from store.tables import AccountRow, AppointmentRow, GuidanceRow, PersonRow, SeatRow, table
from workflow.authority import Guidance
from workflow.entries import Entry
from workflow.proposal import Actor, Seat
from workflow.storage import Person, UsernameTaken

_PERSON, _ACCOUNT, _SEAT = table(PersonRow), table(AccountRow), table(SeatRow)
_APPOINTMENT, _GUIDANCE = table(AppointmentRow), table(GuidanceRow)

_PEOPLE = Statement(
    select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.address)
    .distinct()
    .join(_SEAT, _SEAT.c.person_id == _PERSON.c.id)
    .where(
        _SEAT.c.role == bindparam("of_role"),
        _SEAT.c.agency == bindparam("of_agency"),
        _SEAT.c.since <= bindparam("on_day"),
        or_(_SEAT.c.until.is_(None), _SEAT.c.until >= bindparam("on_day")),
    )
)
_ACTOR = Statement(
    select(_PERSON.c.id, _PERSON.c.name, _SEAT.c.role, _SEAT.c.agency, _SEAT.c.since, _SEAT.c.until, _SEAT.c.capacity)
    .select_from(_ACCOUNT)
    .join(_PERSON, _PERSON.c.id == _ACCOUNT.c.person_id)
    .join(_SEAT, _SEAT.c.person_id == _PERSON.c.id, isouter=True)
    .where(_ACCOUNT.c.username == bindparam("of_username"), _ACCOUNT.c.active)
    .order_by(_SEAT.c.id)
)
_USERNAME = Statement(select(_ACCOUNT.c.username).where(_ACCOUNT.c.username == bindparam("of_username")))
_APPOINTMENTS = Statement(select(_APPOINTMENT).order_by(_APPOINTMENT.c.id))
_LETTERS = Statement(
    select(_GUIDANCE).where(_GUIDANCE.c.programme == bindparam("of_programme")).order_by(_GUIDANCE.c.id)
)
_ADD_PERSON, _ADD_ACCOUNT, _ADD_SEAT = put(_PERSON), put(_ACCOUNT, once=("username",)), put(_SEAT)
_ADD_APPOINTMENT, _ADD_GUIDANCE = put(_APPOINTMENT), put(_GUIDANCE)
_PLACE = ("agency", "role", "programme", "process", "province", "since", "until")
_LETTER = ("programme", "rule", "plan_year", "last_day", "agency", "paper")


class Registered(Published):
    """Registers on an open transaction."""

    def people(self, seat: str, on: date) -> tuple[Person, ...]:
        """Who holds ``role@agency`` on that day, by name."""
        role, _, agency = seat.partition("@")
        rows = self._transaction.rows(_PEOPLE, {"of_role": role, "of_agency": agency, "on_day": on})
        return by_name(Person(id=row.id, name=row.name, address=row.address) for row in rows)

    def actor(self, username: str, *, channel: str) -> Actor | None:
        """The person of an active account with all seats, past ones too; None where there is none."""
        rows = self._transaction.rows(_ACTOR, {"of_username": username})
        if not rows:
            return None
        seats = tuple(_seat(row) for row in rows if row.role is not None)
        return Actor(person=rows[0].id, name=rows[0].name, seats=seats, channel=channel)

    def appointments(self) -> tuple[Appointment, ...]:
        """Appointments recorded at run time, oldest first."""
        return tuple(
            Appointment(**{name: getattr(row, name) for name in _PLACE}, basis=Basis.model_validate(row.basis))
            for row in self._transaction.rows(_APPOINTMENTS)
        )

    def guidance(self, programme: str) -> tuple[Guidance, ...]:
        """Guidance letters for a programme, oldest first."""
        rows = self._transaction.rows(_LETTERS, {"of_programme": programme})
        return tuple(Guidance(**{name: getattr(row, name) for name in _LETTER}) for row in rows)

    def add_person(self, person: Person, *, username: str, entry: Entry) -> None:
        """Writes a person with an account of that name. Raises UsernameTaken before anything was written."""
        if self._transaction.first(_USERNAME, {"of_username": username}) is not None:
            raise UsernameTaken(username)
        about = {"name": person.name, "address": person.address, "identity_hash": None}
        written = moves.append(self._transaction, entry)
        self._transaction.run(_ADD_PERSON, about | {"id": person.id, "entry_id": written})
        account = {"username": username, "person_id": person.id, "active": True, "created_at": entry.recorded_at}
        account |= {"password_hash": "", "failures": 0, "failing_since": None, "locked_until": None}
        if not self._transaction.run(_ADD_ACCOUNT, account):
            raise UsernameTaken(username)  # Another transaction took it since the look above.

    def add_seat(self, person: str, seat: Seat, entry: Entry) -> None:
        """Writes a seat of a person."""
        days: dict[str, Any] = {"since": seat.since, "until": seat.until, "capacity": seat.capacity}
        place = {"person_id": person, "role": seat.role, "agency": seat.agency}
        self._transaction.run(_ADD_SEAT, place | days | {"entry_id": moves.append(self._transaction, entry)})

    def add_appointment(self, appointment: Appointment, entry: Entry) -> None:
        """Writes an appointment made at run time."""
        values = {name: getattr(appointment, name) for name in _PLACE}
        values |= {"basis": appointment.basis.model_dump(mode="json")}
        self._transaction.run(_ADD_APPOINTMENT, values | {"entry_id": moves.append(self._transaction, entry)})

    def add_guidance(self, guidance: Guidance, entry: Entry) -> None:
        """Writes a guidance letter."""
        values = {name: getattr(guidance, name) for name in _LETTER}
        self._transaction.run(_ADD_GUIDANCE, values | {"entry_id": moves.append(self._transaction, entry)})


def _seat(row: Any) -> Seat:
    return Seat(role=row.role, agency=row.agency, since=row.since, until=row.until, capacity=row.capacity)


def by_name(people: Any) -> tuple[Person, ...]:
    """People in the order of their names, whatever a database thinks of Vietnamese letters."""
    return tuple(sorted(people, key=lambda person: (person.name, person.id)))
