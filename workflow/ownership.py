"""Who may make a move: the seats that own a transition for a proposal today."""

from definitions.process import Transition
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.conditions import held_by
from workflow.errors import NOBODY
from workflow.proposal import Seat

#: Of two seats of one role the one that can sign counts, and the one that can stand for the head before the others.
_SIGNS = {"head": 4, "TM": 4, "KT": 4, "Q": 4, "TL": 2, "TUQ": 2}


def holder_seat(context: Attempt) -> str:
    """The seat that takes the proposal out of its state, as ``role@agency``; empty at an end."""
    role = held_by(context.process.state(context.proposal.state).holder, context)
    if role is None:
        return ""
    return f"{role}@{context.situation.agency_for(role, context.proposal, context.today) or 'unappointed'}"


def owner_role(attempt: Attempt) -> str | None:
    """The role that owns the attempted transition, by the first condition that fits; None where none does."""
    return held_by(attempt.transition.owner, attempt)


def owner_seats(attempt: Attempt) -> tuple[str, ...]:
    """The seat that may make this move today as ``role@agency``; empty where nobody is appointed."""
    role = owner_role(attempt)
    agency = attempt.situation.agency_for(role, attempt.proposal, attempt.today) if role else None
    return (seat_of(role, agency),) if role and agency else ()


def seat_held(attempt: Attempt) -> Seat | None:
    """The seat by which the actor owns this move today, or None; of several, one that may sign on the paper's day."""
    wanted = owner_seats(attempt)
    held = [seat for seat in attempt.actor.seats if str(seat) in wanted and seat.holds(attempt.today)]
    return max(held, key=lambda seat: _SIGNS.get(seat.capacity, 0) + seat.holds(attempt.effective_on), default=None)


def implementer_seat(attempt: Attempt) -> tuple[str, ...]:
    """The implementer's seat, for what the implementer can lift."""
    agency = attempt.situation.successor(attempt.proposal.implementer, attempt.today)
    return (seat_of("implementer", agency),)


def seats_owning(attempt: Attempt, *actions: str) -> tuple[str, ...]:
    """The seats that own these actions, wherever in the process they stand; ``nobody`` where there are none."""
    moves = (move for move in attempt.process.transitions if move.action in actions)
    found = dict.fromkeys(seat for move in moves for seat in _seats(attempt, move))
    return tuple(found) or (NOBODY,)


def _seats(attempt: Attempt, move: Transition) -> tuple[str, ...]:
    named = (
        (held.role, attempt.situation.agency_for(held.role, attempt.proposal, attempt.today)) for held in move.owner
    )
    return tuple(seat_of(role, agency) for role, agency in named if agency)
