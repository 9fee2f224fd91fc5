"""The lists that people work with, as data: what narrows each of them, and what every narrowing asks of a store."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from khuyencong.cli.call import Call
from store.lists import Inbox, Wanted
from workflow.deadlines import assume
from workflow.proposal import midnight

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


def wanted(call: Call, narrowings: Iterable[str], *, days: int = SOON, **more: Any) -> Wanted:
    """What a list of these narrowings asks for; ``more`` are further filters. Raises Denied where nobody is known."""
    for name in narrowings:
        more |= _NARROWINGS[name](call, days)
    return Wanted(**more)


def _mine(call: Call, _: int) -> dict[str, Any]:
    """In my charge, or at one of my seats of today and in nobody's charge."""
    return {"inbox": Inbox(person=call.actor.person, seats=_seats(call))}


def _ours(call: Call, _: int) -> dict[str, Any]:
    """Of my agency's province, of which an implementer sees its own; whoever serves the whole country sees all."""
    agencies = {seat.agency for seat in _held(call)}
    known = [call.law().agencies.get(agency) for agency in agencies]
    provinces = {agency.province if agency else None for agency in known}
    own = {seat.agency for seat in _held(call) if seat.role == "implementer"}
    only_implements = len(agencies) == 1 and all(seat.role == "implementer" for seat in _held(call))
    return {
        "province": provinces.pop() if len(provinces) == 1 else None,
        "implementer": own.pop() if only_implements else None,
    }


def _elsewhere(call: Call, _: int) -> dict[str, Any]:
    return {"open": True, "not_held_by": _seats(call)}


def _due_soon(call: Call, days: int) -> dict[str, Any]:
    calendar = assume(call.law().calendar, call.today.year, call.today.year + 2)
    return {"due_after": call.now, "due_by": midnight(calendar.shift(call.today, days) + timedelta(days=1))}


def _held(call: Call) -> list[Any]:
    return [seat for seat in call.actor.seats if seat.holds(call.today)]


def _seats(call: Call) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, _held(call))))


_NARROWINGS: Mapping[str, Callable[[Call, int], dict[str, Any]]] = {
    "mine": _mine,
    "ours": _ours,
    "elsewhere": _elsewhere,
    "due_soon": _due_soon,
    "overdue": lambda call, _: {"due_by": call.now},
    "waiting": lambda *_: {"waiting": True},
    "ended": lambda *_: {"open": False},
}
