"""Which proposals a person may look at: those that an agency of theirs takes part in.

An implementer sees its own; whoever wears another role sees the territory and the process that its appointments name;
auditors see all, administrators none. The same value narrows lists and tells of one proposal, so they never differ.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from definitions.bundle import Bundle
from definitions.registers import Appointment, in_force
from workflow.administration import ADMINISTRATOR, AUDITOR
from workflow.authority import successor
from workflow.proposal import Actor, Proposal, Seat

_IMPLEMENTER = "implementer"


class Scope(Struct, frozen=True, kw_only=True):
    """What one may look at; None does not narrow, an empty tuple leaves nothing."""

    provinces: tuple[str, ...] | None = None
    #: The key of the one process that all its roles are of (``kcqg``).
    process: str | None = None
    implementers: tuple[str, ...] | None = None
    #: The agencies looked for: an opinion that was asked of one of them shows it the case.
    agencies: tuple[str, ...] = ()

    def covers(self, proposal: Proposal) -> bool:
        """Whether that proposal may be looked at."""
        asked = any(opinion.agency in self.agencies for opinion in proposal.opinions)
        return asked or (
            _within(proposal.province, self.provinces)
            and self.process in (None, proposal.process.partition("@")[0])
            and _within(proposal.implementer, self.implementers)
        )


NOTHING = Scope(provinces=())


def _within(value: str, allowed: tuple[str, ...] | None) -> bool:
    return allowed is None or value in allowed


def scopes_of(actor: Actor, law: Bundle, appointed: Sequence[Appointment], on: date) -> tuple[Scope, ...]:
    """What each agency of theirs lets a person look at on that day; none for whoever has no seat."""
    held = [seat for seat in actor.seats if seat.holds(on) and seat.role != ADMINISTRATOR]
    if any(seat.role == AUDITOR for seat in held):
        return (Scope(),)
    agencies = dict.fromkeys(seat.agency for seat in held)
    return tuple(
        _of_agency(agency, [seat for seat in held if seat.agency == agency], law, appointed, on) for agency in agencies
    )


def _of_agency(agency: str, seats: Iterable[Seat], law: Bundle, appointed: Sequence[Appointment], on: date) -> Scope:
    rows = [row for row in _appointments(law, appointed, on) if successor(law, row.agency, on) == agency]
    roles = {seat.role for seat in seats}
    others = [row for row in rows if row.role != _IMPLEMENTER]
    if _IMPLEMENTER in roles or not others:
        before = (one for one in law.agencies if successor(law, one, on) == agency)
        own = Scope(implementers=(agency, *(one for one in before if one != agency)), agencies=(agency,))
        return own if _IMPLEMENTER in roles or rows else Scope(provinces=(), agencies=(agency,))
    return Scope(provinces=_provinces(others, law, on), process=_process(others, law), agencies=(agency,))


def _appointments(law: Bundle, appointed: Sequence[Appointment], on: date) -> list[Appointment]:
    roles = {role.key for process in law.processes.values() for role in process.roles}
    return [row for role in roles for row in law.appointed(role, on)] + list(in_force(appointed, on))


def _provinces(rows: Iterable[Appointment], law: Bundle, on: date) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for row in rows:
        programme = law.programmes.get(row.programme) if row.programme else None
        province = row.province or (programme.province if programme else None)
        if province is None:
            return None
        now = law.province_now(province, on)
        found |= {one.key: None for one in law.provinces if law.province_now(one.key, on) == now}
    return tuple(found)


def _process(rows: Iterable[Appointment], law: Bundle) -> str | None:
    found = {process for row in rows for process in _processes(row, law)}
    return found.pop() if len(found) == 1 else None


def _processes(row: Appointment, law: Bundle) -> Iterable[str | None]:
    """The processes that an appointment is for; None: all."""
    programme = law.programmes.get(row.programme) if row.programme else None
    if row.process is not None or programme is None:
        return (row.process,)
    return {track.process.partition("@")[0] for track in programme.tracks}
