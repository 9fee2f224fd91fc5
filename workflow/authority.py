"""Which agency wears a role for a proposal on a day: appointments, succession and territory."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field
from msgspec.structs import force_setattr

from definitions.bundle import Bundle
from definitions.process import DeadlineRule, Process
from definitions.programme import Programme
from definitions.registers import Appointment, Commune, in_force
from workflow.proposal import Proposal


class Guidance(Struct, frozen=True, kw_only=True):
    """A dated letter of an agency that sets another last day for a fixed deadline of a plan year."""

    programme: str
    rule: str
    plan_year: int
    last_day: date
    agency: str
    #: Number and date of the letter.
    paper: str


class SharedContract(Struct, frozen=True, kw_only=True):
    """What the other proposals under the same contract say to a clock that runs per contract."""

    #: The codes of those that are still to be accepted.
    waits_for: tuple[str, ...] = ()
    #: The latest acceptance among the others; None: none of them was accepted.
    since: date | None = None


class Situation(Struct, frozen=True, kw_only=True):
    """What the law, the registers and the agencies' letters say at the moment of an attempt."""

    process: Process
    programme: Programme
    law: Bundle
    #: Appointments recorded at run time, beside those of the register.
    appointed: tuple[Appointment, ...] = ()
    guidance: tuple[Guidance, ...] = ()
    #: None: no other proposal stands under the contract, or the step does not touch its clock.
    shared: SharedContract | None = None
    #: What ``agency_for`` answered before: a decision asks the same a dozen times.
    _answers: dict[tuple[str, str, str, date], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What was answered under another law or other appointments does not count for this one."""
        force_setattr(self, "_answers", {})

    def agency_for(self, role: str, proposal: Proposal, on: date) -> str | None:
        """The agency that wears ``role`` for this proposal on that day, or None where nobody is appointed.

        Of several rows in force the most specific holds (programme, process, province named), then the newest; an
        agency that was merged answers through its successor.
        """
        if role == "implementer":
            return self.successor(proposal.implementer, on)
        asked = (role, proposal.programme, proposal.province, on)
        if asked not in self._answers:
            best = max(self._fitting(role, proposal, on), key=_specific, default=None)
            self._answers[asked] = self.successor(best.agency, on) if best else None
        return self._answers[asked]

    def agencies_for(self, role: str, proposal: Proposal, on: date) -> tuple[str, ...]:
        """Every agency that wears ``role`` for this proposal on that day (observers may be several)."""
        if role == "implementer":
            return (self.successor(proposal.implementer, on),)
        return tuple(dict.fromkeys(self.successor(row.agency, on) for row in self._fitting(role, proposal, on)))

    def _fitting(self, role: str, proposal: Proposal, on: date) -> Iterable[Appointment]:
        rows = self.law.appointed(role, on)
        if self.appointed:
            rows += in_force([row for row in self.appointed if row.role == role], on)
        provinces = (None, proposal.province, self.law.province_now(proposal.province, on))
        return [
            row
            for row in rows
            if row.programme in (None, proposal.programme)
            and row.process in (None, self.process.key)
            and row.province in provinces
        ]

    def successor(self, agency: str, on: date) -> str:
        """The agency that does the work of ``agency`` on that day: itself, or who took it over."""
        return successor(self.law, agency, on)

    def agency_name(self, agency: str, on: date) -> str:
        """The agency's name on that day, or its key where the register does not know it."""
        known = self.law.agencies.get(agency)
        return known.named(on).name if known else agency

    def superior(self, agency: str) -> str | None:
        """The agency that ``agency`` answers to, or None."""
        known = self.law.agencies.get(agency)
        return known.superior if known else None

    def seat_now(self, seat: str, on: date) -> str:
        """``role@agency`` with the agency that does its work on that day."""
        role, _, agency = seat.partition("@")
        return seat_of(role, self.successor(agency, on))

    def commune(self, key: str, on: date) -> Commune | None:
        """The communal unit that holds the territory of ``key`` on that day: itself or, after a merger, its successor.

        None where the register knows neither.
        """
        for _ in self.law.communes:
            found = self.law.commune(key, on)
            ended = next((row for row in self.law.communes_of(key) if (row.until or on) < on), None)
            if found is not None or ended is None or ended.successor in (None, key):
                return found
            key = ended.successor or key
        return None

    def guided_day(self, rule: DeadlineRule, proposal: Proposal, on: date) -> date | None:
        """The last day that the newest guidance sets for this rule and the proposal's budget year, or None.

        Only the letters of the agency that guides this proposal count: a Sở does not speak for another province.
        """
        letter = self.guiding_letter(rule, proposal, on)
        return letter.last_day if letter else None

    def guiding_letter(self, rule: DeadlineRule, proposal: Proposal, on: date) -> Guidance | None:
        """The letter that ``guided_day`` follows, or None."""
        if rule.guided_by is None or not self.guidance:
            return None
        named = (self.programme.key, rule.key, proposal.budget_year, self.agency_for(rule.guided_by, proposal, on))
        letters = [
            g for g in self.guidance if (g.programme, g.rule, g.plan_year, self.successor(g.agency, on)) == named
        ]
        return letters[-1] if letters else None


def successor(law: Bundle, agency: str, on: date) -> str:
    """The agency that does the work of ``agency`` on that day: itself, or who took it over."""
    known = law.agencies.get(agency)
    while known is not None and known.successor and known.succeeded_on and known.succeeded_on <= on:
        agency = known.successor
        known = law.agencies.get(agency)
    return agency


def _specific(row: Appointment) -> tuple[int, date]:
    named = sum(value is not None for value in (row.programme, row.process, row.province))
    return named, row.since or date.min


def seat_of(role: str, agency: str) -> str:
    """``role@agency``, as reminders and refusals name a seat."""
    return f"{role}@{agency}"
