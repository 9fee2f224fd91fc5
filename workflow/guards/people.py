"""Who may not do a step although their agency owns it: four eyes, heads, signing capacity."""

from collections.abc import Iterator

from workflow.attempt import Attempt
from workflow.errors import NOBODY, Unmet
from workflow.guards.registry import guard
from workflow.ownership import owner_seats, seat_held
from workflow.proposal import OPENED
from workflow.signed_papers import paper_of

#: Capacities in which a decision is signed; ``head`` is the head of the agency. TL. (by order) is for papers below it.
SIGNING = ("head", "TM", "KT", "TUQ", "Q")
#: Capacities that a seat may have (Nghị định 30/2020/NĐ-CP, Điều 13).
CAPACITIES = (*SIGNING, "TL")
#: Those who stand for the head.
LEADING = ("head", "TM", "KT", "Q")
#: The guards that look at who acts, which for a paper is who signs it.
PERSONAL = frozenset(("not_same_person", "head_on_third", "signing_capacity"))
#: The third time is the one after two.
_ALREADY = 2


@guard
def not_same_person(attempt: Attempt, action: str) -> Iterator[Unmet]:
    """Four eyes: the natural person who did that step does not do this one.

    A step that was taken back counts: whoever took it knows the case. So does a signature under its paper, whoever
    recorded the step. Where it was done before this system knew the proposal, whoever brought it in stands for it.
    """
    steps = tuple(attempt.proposal.tried(action)) or tuple(attempt.proposal.did(OPENED))
    person = attempt.actor.person
    done = [(past.source, past.on) for past in steps if past.person == person]
    signed = (one.signed for one in attempt.proposal.signings if one.action == action)
    done += [(attempt.proposal.state, mark.on) for mark in signed if mark is not None and mark.person == person]
    if done:
        source, on = done[-1]
        params = {"action": _label(attempt, source, action), "on": on}
        yield Unmet("unmet.not_same_person", params, owner_seats(attempt) or (NOBODY,))


def _label(attempt: Attempt, source: str, action: str) -> str:
    moves = (move for move in attempt.process.transitions if move.action == action)
    move = attempt.process.transition(source, action) or next(moves, None)
    return move.label if move else action


@guard
def head_on_third(attempt: Attempt, action: str) -> Iterator[Unmet]:
    """From the third time on, only the head of the agency (or who signs in the head's place) does this."""
    source = attempt.proposal.state
    times = sum(1 for past in attempt.proposal.did(action) if past.source == source)
    seat = seat_held(attempt)
    if times >= _ALREADY and (seat is None or seat.capacity not in LEADING):
        yield Unmet("unmet.head_on_third", {"times": times}, _heads(attempt))


@guard
def signing_capacity(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Who signs holds a signing capacity on the day of the paper (Nghị định 30/2020/NĐ-CP, Điều 13).

    Met by a paper that was signed on its way inside the agency: then the signer was asked, and who records need not be.
    """
    paper = paper_of(attempt)
    if paper is not None and paper.signed is not None:
        return
    role_agency = owner_seats(attempt)
    held = [
        seat
        for seat in attempt.actor.seats
        if str(seat) in role_agency and seat.holds(attempt.effective_on) and seat.capacity in SIGNING
    ]
    if not held:
        yield Unmet("unmet.signing_capacity", {"on": attempt.effective_on}, role_agency or (NOBODY,))


def _heads(attempt: Attempt) -> tuple[str, ...]:
    return tuple(f"head@{seat.partition('@')[2]}" for seat in owner_seats(attempt)) or (NOBODY,)
