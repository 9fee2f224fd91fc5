"""Who may administer: register people, give seats, appoint agencies, publish definitions.

An administrator sits in the role ``administrator`` of an agency and registers people of that agency and of those below
it, by the chain of superiors. The installation's own agency is the one whose administrator was the first: it alone
appoints agencies, publishes definitions and seats the administrators of others. Whoever administers does not act on
proposals, so nobody can give themselves a right and use it unseen.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from definitions.bundle import Bundle
from workflow.authority import seat_of, successor
from workflow.errors import NOBODY, Unmet
from workflow.proposal import Actor, Seat

#: The role of who administers; no process names it.
ADMINISTRATOR = "administrator"
#: The role of who reads everything and changes nothing.
AUDITOR = "auditor"
#: The role of who heads an agency and takes no step by it.
HEAD = "head"
#: Roles that every installation knows, whatever its processes name.
HOUSE_ROLES = (ADMINISTRATOR, AUDITOR, HEAD)
#: Who stands in history for the operator of the machine, who has no account.
OPERATOR = "operator"


def operator(*, os_user: str = "", channel: str = "cli") -> Actor:
    """The operator of the machine, without a seat: prepares an installation, and registers people on a sandbox."""
    return Actor(person=OPERATOR, name="", channel=channel, os_user=os_user)


def is_operator(by: Actor) -> bool:
    """Whether this is the operator of the machine."""
    return by.person == OPERATOR


def line_of(law: Bundle, agency: str, on: date) -> tuple[str, ...]:
    """The agency as it is on that day and all those that it answers to, the nearest first."""
    line: list[str] = []
    step: str | None = successor(law, agency, on)
    while step is not None and step not in line:
        line.append(step)
        known = law.agencies.get(step)
        step = successor(law, known.superior, on) if known and known.superior else None
    return tuple(line)


class Administration(Struct, frozen=True, kw_only=True):
    """What decides who administers on a day: the agencies, the installation's own one, and whether it is a sandbox."""

    law: Bundle
    #: The agency whose administrator was the first; None while there is none.
    home: str | None
    on: date
    sandbox: bool = False

    def seat_over(self, by: Actor, agency: str) -> Seat | None:
        """The administrator's seat by which the actor governs that agency, or None."""
        line = line_of(self.law, agency, self.on)
        return next((seat for seat in self._seats(by) if self._now(seat.agency) in line), None)

    def seat_at_home(self, by: Actor) -> Seat | None:
        """The administrator's seat of the installation's own agency that the actor holds, or None."""
        home = self._now(self.home) if self.home else None
        return next((seat for seat in self._seats(by) if self._now(seat.agency) == home), None)

    def acting_seat(self, by: Actor) -> Seat | None:
        """The administrator's seat that the actor holds, the one of the installation's own agency before others."""
        return self.seat_at_home(by) or next(self._seats(by), None)

    def unmet_home(self, by: Actor) -> tuple[Unmet, ...]:
        """Why the actor may not appoint agencies or publish definitions."""
        if self.seat_at_home(by) or self._free(by):
            return ()
        lifted = (seat_of(ADMINISTRATOR, self._now(self.home)),) if self.home else (NOBODY,)
        return (Unmet("unmet.not_home_administrator", {}, lifted),)

    def unmet_seats(self, by: Actor, seats: Iterable[Seat]) -> tuple[Unmet, ...]:
        """Why the actor may not give or end these seats, one reason for each agency."""
        wanted = tuple(seats)
        if self._free(by) or self._first(by, wanted):
            return ()
        outside = [seat.agency for seat in wanted if not self._governs(by, seat)]
        return tuple(map(self._not_over, dict.fromkeys(outside)))

    def unmet_person(self, by: Actor, seats: Iterable[Seat]) -> tuple[Unmet, ...]:
        """Why the actor may not see to the accounts of a person with these seats: today's and later ones count."""
        lasting = [seat for seat in seats if seat.until is None or seat.until >= self.on]
        if not lasting and not self._free(by) and self.acting_seat(by) is None:
            return (
                Unmet("unmet.no_administrator", {}, (seat_of(ADMINISTRATOR, self.home),) if self.home else (NOBODY,)),
            )
        return self.unmet_seats(by, lasting)

    def unmet_agency(self, by: Actor, agency: str) -> tuple[Unmet, ...]:
        """Why the actor may not see to the affairs of an agency."""
        return () if self._free(by) or self.seat_over(by, agency) else (self._not_over(agency),)

    def unmet_roles(self, seats: Iterable[Seat]) -> Iterator[Unmet]:
        """Agencies and roles that nobody knows."""
        roles = {role.key for process in self.law.processes.values() for role in process.roles} | set(HOUSE_ROLES)
        for seat in seats:
            if seat.agency not in self.law.agencies:
                yield Unmet("unmet.unknown_agency", {"agency": seat.agency})
            if seat.role not in roles:
                yield Unmet("unmet.unknown_role", {"role": seat.role, "known": ", ".join(sorted(roles))})

    def _governs(self, by: Actor, seat: Seat) -> bool:
        over = self.seat_over(by, seat.agency)
        return (over or (self.seat_at_home(by) if seat.role == ADMINISTRATOR else None)) is not None

    def _free(self, by: Actor) -> bool:
        return self.sandbox and is_operator(by)

    def _first(self, by: Actor, seats: tuple[Seat, ...]) -> bool:
        """The operator seats the first administrator of an installation, and nobody else."""
        alone = bool(seats) and all(seat.role == ADMINISTRATOR for seat in seats)
        return is_operator(by) and self.home is None and alone

    def _not_over(self, agency: str) -> Unmet:
        known = self.law.agencies.get(agency)
        name = known.named(self.on).name if known else agency
        return Unmet("unmet.not_administrator", {"agency": name}, (seat_of(ADMINISTRATOR, self._now(agency)),))

    def _now(self, agency: str) -> str:
        return successor(self.law, agency, self.on)

    def _seats(self, by: Actor) -> Iterator[Seat]:
        return (seat for seat in by.seats if seat.role == ADMINISTRATOR and seat.holds(self.on))


def conflicts(seats: Iterable[Seat]) -> Iterator[Unmet]:
    """Seats that one person may not hold on one day: to administer, and any other."""
    known = tuple(seats)
    for seat in (one for one in known if one.role == ADMINISTRATOR):
        for other in (one for one in known if one.role != ADMINISTRATOR and meet(seat, one)):
            yield Unmet("unmet.administrator_acts", {"seat": str(other), "administrator": str(seat)})


def meet(one: Seat, other: Seat) -> bool:
    """Whether there is a day on which both seats are held."""
    begins, ends = max(one.since, other.since), min(one.until or date.max, other.until or date.max)
    return begins <= ends
