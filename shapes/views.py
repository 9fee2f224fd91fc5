"""The lists that people work with, as data: what narrows each of them, and what every narrowing asks of a store."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from definitions.bundle import Bundle
from store.lists import Inbox, Wanted
from workflow.deadlines import assume
from workflow.proposal import Actor, Seat, legal_day, midnight

#: "Soon" is so many working days from today, unless somebody says otherwise.
SOON = 5
#: Each list by the narrowings it is made of, in the order in which people look at them.
VIEWS: Mapping[str, tuple[str, ...]] = {
    "inbox": ("mine",),
    "due_soon": ("mine", "due_soon"),
    "overdue": ("mine", "overdue"),
    "waiting": ("ours", "waiting"),
    "followed": ("ours", "elsewhere"),
    "ended": ("ours", "ended"),
    "all": (),
}
#: Narrowings that ask nothing of whoever looks.
OF_NOBODY = frozenset({"due_soon", "overdue", "waiting", "ended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, by which law, and when."""

    actor: Actor
    law: Bundle
    now: datetime

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return legal_day(self.now)

    @property
    def held(self) -> list[Seat]:
        """Their seats of today."""
        return [seat for seat in self.actor.seats if seat.holds(self.today)]

    @property
    def seats(self) -> tuple[str, ...]:
        """The same as ``role@agency``, each once."""
        return tuple(dict.fromkeys(map(str, self.held)))


def wanted(viewer: Viewer, narrowings: Iterable[str], *, days: int = SOON, **more: Any) -> Wanted:
    """What a list of these narrowings asks for; ``more`` are further filters."""
    for name in narrowings:
        more |= _NARROWINGS[name](viewer, days)
    return Wanted(**more)


def _mine(viewer: Viewer, _: int) -> dict[str, Any]:
    """In my charge, or at one of my seats of today and in nobody's charge."""
    return {"inbox": Inbox(person=viewer.actor.person, seats=viewer.seats)}


def _ours(viewer: Viewer, _: int) -> dict[str, Any]:
    """Of my agency's province, of which an implementer sees its own; whoever serves the whole country sees all."""
    agencies = {seat.agency for seat in viewer.held}
    known = [viewer.law.agencies.get(agency) for agency in agencies]
    provinces = {agency.province if agency else None for agency in known}
    own = {seat.agency for seat in viewer.held if seat.role == "implementer"}
    only_implements = len(agencies) == 1 and all(seat.role == "implementer" for seat in viewer.held)
    return {
        "province": provinces.pop() if len(provinces) == 1 else None,
        "implementer": own.pop() if only_implements else None,
    }


def _elsewhere(viewer: Viewer, _: int) -> dict[str, Any]:
    return {"open": True, "not_held_by": viewer.seats}


def _due_soon(viewer: Viewer, days: int) -> dict[str, Any]:
    calendar = assume(viewer.law.calendar, viewer.today.year, viewer.today.year + 2)
    return {"due_after": viewer.now, "due_by": midnight(calendar.shift(viewer.today, days) + timedelta(days=1))}


_NARROWINGS: Mapping[str, Callable[[Viewer, int], dict[str, Any]]] = {
    "mine": _mine,
    "ours": _ours,
    "elsewhere": _elsewhere,
    "due_soon": _due_soon,
    "overdue": lambda viewer, _: {"due_by": viewer.now},
    "waiting": lambda *_: {"waiting": True},
    "ended": lambda *_: {"open": False},
}
