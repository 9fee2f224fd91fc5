"""A person's seats in words, and the choice of the one they act from."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workflow.proposal import Actor, Seat

#: A seat to the words for its role and its agency.
Words = Callable[[Seat], tuple[str, str]]


def acting_as(actor: Actor, words: Words) -> str:
    """``Chuyên viên thẩm định · Sở Công Thương``: the seats that somebody acts from, in a line."""
    roles = list(dict.fromkeys(words(seat)[0] for seat in actor.seats))
    agency = words(actor.seats[0])[1] if actor.seats else ""
    return " · ".join(filter(None, (", ".join(roles), agency)))


def choices(held: Sequence[Seat], acting: Actor, words: Words, *, every: str) -> Iterator[dict[str, Any]]:
    """What one may act from: all seats at an agency together, and each of them alone."""
    for agency in dict.fromkeys(seat.agency for seat in held):
        here = [seat for seat in held if seat.agency == agency]
        if len(here) > 1:
            named = {"value": agency, "label": every, "agency": words(here[0])[1]}
            yield named | {"chosen": sorted(map(str, acting.seats)) == sorted(map(str, here))}
        for seat in here:
            role, office = words(seat)
            chosen = [str(one) for one in acting.seats] == [str(seat)]
            yield {"value": str(seat), "label": role, "agency": office, "chosen": chosen}
