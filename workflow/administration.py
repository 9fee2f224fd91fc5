"""Who may administer: register people, give seats, appoint agencies, publish definitions.

An administrator sits in the role ``administrator`` of an agency and registers people of that agency and of those below
it, by the chain of superiors. The installation's own agency is the one whose administrator was the first: it alone
appoints agencies, publishes definitions and seats the administrators of others. Whoever administers does not act on
proposals, so nobody can give themselves a right and use it unseen.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from definitions.bundle import Bundle
from workflow.authority import seat_of, successor
from workflow.errors import NOBODY, Refused, Unmet
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


def administers(by: Actor, law: Bundle, agency: str, on: date) -> Seat | None:
    """The administrator's seat by which the actor governs that agency on that day, or None."""
    line = line_of(law, agency, on)
    return next((seat for seat in _seats(by, on) if successor(law, seat.agency, on) in line), None)


def administers_home(by: Actor, law: Bundle, home: str | None, on: date) -> Seat | None:
    """The administrator's seat of the installation's own agency that the actor holds on that day, or None."""
    if home is None:
        return None
    return next(
        (seat for seat in _seats(by, on) if successor(law, seat.agency, on) == successor(law, home, on)),
        None,
    )


def any_seat(by: Actor, on: date) -> Seat | None:
    """An administrator's seat that the actor holds on that day, of whichever agency, or None."""
    return next(_seats(by, on), None)


def _seats(by: Actor, on: date) -> Iterator[Seat]:
    return (seat for seat in by.seats if seat.role == ADMINISTRATOR and seat.holds(on))


def home_only(by: Actor, law: Bundle, home: str | None, on: date, *, action: str) -> Seat:
    """The seat by which the actor speaks for the installation's own agency. Raises Refused."""
    found = administers_home(by, law, home, on)
    if found is None:
        lifted = (seat_of(ADMINISTRATOR, home),) if home else (NOBODY,)
        raise Refused(action, [Unmet("unmet.not_home_administrator", {}, lifted)])
    return found


def not_administrator(agencies: Iterable[str], law: Bundle, on: date) -> tuple[Unmet, ...]:
    """That the actor does not govern these agencies, one reason for each."""
    return tuple(
        Unmet(
            "unmet.not_administrator",
            {"agency": law.agencies[agency].named(on).name if agency in law.agencies else agency},
            (seat_of(ADMINISTRATOR, successor(law, agency, on)),),
        )
        for agency in dict.fromkeys(agencies)
    )


def conflicts(seats: Iterable[Seat]) -> Iterator[Unmet]:
    """Seats that one person may not hold on one day: to administer, and to act or to audit."""
    known = tuple(seats)
    for seat in known:
        if seat.role != ADMINISTRATOR:
            continue
        for other in known:
            if other.role != ADMINISTRATOR and _meet(seat, other):
                yield Unmet("unmet.administrator_acts", {"seat": str(other), "administrator": str(seat)})


def _meet(one: Seat, other: Seat) -> bool:
    begins, ends = max(one.since, other.since), min(one.until or date.max, other.until or date.max)
    return begins <= ends
