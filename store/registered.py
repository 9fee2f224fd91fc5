"""The registers half of a unit of work: appointments and guidance recorded at run time, beside the people."""

from typing import Any

from sqlalchemy import bindparam, select

from definitions.model import Basis
from definitions.registers import Appointment
from store.addresses import Addresses
from store.statements import Statement, put
from store.tables import AppointmentRow, GuidanceRow, table
from workflow.authority import Guidance
from workflow.entries import Entry

_APPOINTMENT, _GUIDANCE = table(AppointmentRow), table(GuidanceRow)

_APPOINTMENTS = Statement(select(_APPOINTMENT).order_by(_APPOINTMENT.c.id))
_LETTERS = Statement(
    select(_GUIDANCE).where(_GUIDANCE.c.programme == bindparam("of_programme")).order_by(_GUIDANCE.c.id)
)
_ADD_APPOINTMENT, _ADD_GUIDANCE = put(_APPOINTMENT), put(_GUIDANCE)
_PLACE = ("agency", "role", "programme", "process", "province", "since", "until")
_LETTER = ("programme", "rule", "plan_year", "last_day", "agency", "paper")


class Registered(Addresses):
    """Registers on an open transaction."""

    def appointments(self) -> tuple[Appointment, ...]:
        """Appointments recorded at run time, oldest first."""
        known = self._registers()
        if known.appointments is None:
            known.appointments = tuple(map(_appointment, self._transaction.rows(_APPOINTMENTS)))
        return known.appointments

    def guidance(self, programme: str) -> tuple[Guidance, ...]:
        """Guidance letters for a programme, oldest first."""
        known = self._registers().guidance
        if programme not in known:
            rows = self._transaction.rows(_LETTERS, {"of_programme": programme})
            known[programme] = tuple(Guidance(**{name: getattr(row, name) for name in _LETTER}) for row in rows)
        return known[programme]

    def add_appointment(self, appointment: Appointment, entry: Entry) -> None:
        """Writes an appointment made at run time."""
        values = {name: getattr(appointment, name) for name in _PLACE}
        values |= {"basis": appointment.basis.model_dump(mode="json")}
        self._transaction.run(_ADD_APPOINTMENT, values | {"entry_id": self._change(entry)})

    def add_guidance(self, guidance: Guidance, entry: Entry) -> None:
        """Writes a guidance letter."""
        values = {name: getattr(guidance, name) for name in _LETTER}
        self._transaction.run(_ADD_GUIDANCE, values | {"entry_id": self._change(entry)})


def _appointment(row: Any) -> Appointment:
    return Appointment(**{name: getattr(row, name) for name in _PLACE}, basis=Basis.model_validate(row.basis))
