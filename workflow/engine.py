"""The engine: ``advance`` and ``available`` as pure functions, and the one door to pytransitions.

One ``Machine`` per process text, built without a model and without automatic transitions (they would add back doors).
pytransitions stops at the first false condition, while a person is told all that is unmet; so the conditions are asked
here, and the machine says where each action leads: its edges are read from it once, for firing it at every act took a
fifth of the decision.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from msgspec import Struct
from transitions import Machine

from definitions.process import Process, Transition
from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.changing import changed
from workflow.checks import effective_day, unmet_by
from workflow.deadlines import Deadline
from workflow.errors import NoSuchAction, NotOwner, Refused, Unmet
from workflow.filing import papers_after, with_papers
from workflow.ownership import holder_seat, owner_role, owner_seats, seat_held
from workflow.proposal import Actor, Document, FactValue, Past, Proposal, Seat, Step
from workflow.signed_papers import paper_of
from workflow.signing import after_step
from workflow.values import official


class ActionView(Struct, frozen=True, kw_only=True):
    """An action of the present state, and whether this actor can take it now."""

    transition: Transition
    attempt: Attempt
    #: What typing cannot change; empty: values within the fields' bounds are accepted.
    unmet: tuple[Unmet, ...]

    @property
    def allowed(self) -> bool:
        """Whether the actor can take it."""
        return not self.unmet


def advance(
    proposal: Proposal,
    action: str,
    *,
    situation: Situation,
    by: Actor,
    at: datetime,
    facts: Mapping[str, FactValue] | None = None,
    documents: tuple[Document, ...] = (),
    note: str = "",
    effective_on: date | None = None,
    deadlines: tuple[Deadline, ...] = (),
) -> tuple[Proposal, Step]:
    """The proposal after ``action``, and the step that it was. Nothing is read or written: same arguments, same answer.

    ``at`` is the instant of recording and lies after the proposal's last one; ``effective_on`` may only repeat the date
    of the paper where the step has one. Raises NoSuchAction, NotOwner or Refused with every unmet condition.
    """
    transition = situation.process.transition(proposal.state, action)
    if transition is None:
        raise NoSuchAction(action, [_no_such(proposal, situation.process, action)])
    facts = dict(facts or {})
    attempt = Attempt(
        transition=transition,
        proposal=proposal,
        situation=situation,
        actor=by,
        at=at,
        facts=facts,
        documents=documents,
        effective_on=effective_day(transition, facts, effective_on, at),
        deadlines=deadlines,
    )
    attempt = with_papers(attempt)
    unmet = unmet_by(attempt, stated=effective_on)
    if unmet:
        raise (NotOwner if any(one.code == "unmet.not_owner" for one in unmet) else Refused)(action, unmet)
    return _moved(attempt, _edges(situation.process)[proposal.state, action], note)


def available(
    proposal: Proposal, *, situation: Situation, by: Actor, at: datetime, deadlines: tuple[Deadline, ...] = ()
) -> tuple[ActionView, ...]:
    """Every action of the proposal's state, with what stands in this actor's way before anything is typed."""
    views = []
    for transition in situation.process.transitions_from(proposal.state):
        attempt = Attempt(
            transition=transition,
            proposal=proposal,
            situation=situation,
            actor=by,
            at=at,
            effective_on=effective_day(transition, {}, None, at),
            deadlines=deadlines,
        )
        views.append(ActionView(transition=transition, attempt=attempt, unmet=tuple(unmet_by(attempt))))
    return tuple(views)


@lru_cache(maxsize=64)
def _machine(process: Process) -> Machine:
    return Machine(
        model=None,
        states=[state.key for state in process.states],
        initial=process.initial,
        transitions=[
            {
                "trigger": move.action,
                "source": list(move.source),
                "dest": move.target,  # None: an internal transition, the state stays.
            }
            for move in process.transitions
        ],
        auto_transitions=False,
        queued=False,
    )


@lru_cache(maxsize=64)
def _edges(process: Process) -> dict[tuple[str, str], str]:
    """The state in which the machine leaves a proposal, by the state it is in and the action; it allows no others."""
    return {(source, action): target for source, action, target in edges(process)}


def suppose(attempt: Attempt) -> tuple[Proposal, Step]:
    """The proposal and step as if nothing stood in the way: what a preview of consequences is computed from."""
    return _moved(attempt, attempt.transition.target or attempt.proposal.state, "")


def edges(process: Process) -> frozenset[tuple[str, str, str]]:
    """Every (state, action, next state) that the machine itself knows: what tests hold the process files against."""
    machine = _machine(process)
    return frozenset(
        (t.source, name, t.dest or t.source)
        for name, event in machine.events.items()
        for ts in event.transitions.values()
        for t in ts
    )


def _no_such(proposal: Proposal, process: Process, action: str) -> Unmet:
    known = ", ".join(move.action for move in process.transitions_from(proposal.state))
    params = {"action": action, "state": process.state(proposal.state).label, "known": known}
    return Unmet("unmet.no_such_action", params)


def _moved(attempt: Attempt, state: str, note: str) -> tuple[Proposal, Step]:
    """What the attempt becomes once nothing stands in its way."""
    before, move, seat = attempt.proposal, attempt.transition, _seat(attempt)
    facts = dict(attempt.facts or {})
    milestone = attempt.process.state(state).milestone
    paper = paper_of(attempt)
    signed = paper.signed if paper else None
    step = Step(
        code=before.code,
        seq=before.last_seq + 1,
        action=move.action,
        source=before.state,
        target=state,
        moves=not move.is_self_step,
        milestone=before.milestone if milestone == "inherit" or move.keeps_milestone else milestone,
        revision=before.revision + 1,
        person=attempt.actor.person,
        actor=attempt.actor.name,
        agency=seat.agency,
        agency_name=attempt.situation.agency_name(seat.agency, attempt.today),
        role=seat.role,
        capacity=signed.capacity if signed else seat.capacity,
        on_behalf_of=signed.person if signed and signed.person != attempt.actor.person else None,
        effective_on=attempt.effective_on,
        recorded_at=attempt.at,
        note=note,
        facts=facts,
        documents=attempt.documents,
        process=attempt.process.ref,
        process_sha256=attempt.process.sha256,
        channel=attempt.actor.channel,
        os_user=attempt.actor.os_user,
        presented=paper.seq if paper else None,
    )
    after = apply(before, step, attempt.process)
    officer = _officer(attempt, after)
    return (changed(after, officer=officer), changed(step, officer=officer)) if officer else (after, step)


def _officer(attempt: Attempt, after: Proposal) -> str:
    """Who is in charge after a step: as before while the same seat holds the proposal, then nobody."""
    officer = attempt.proposal.officer
    return officer if officer and holder_seat(attempt) == holder_seat(changed(attempt, proposal=after)) else ""


def _seat(attempt: Attempt) -> Seat:
    """The seat the move is made from; in a preview by someone else, the owner's."""
    held = seat_held(attempt)
    if held is not None:
        return held
    role, _, agency = next(iter(owner_seats(attempt)), f"{owner_role(attempt) or ''}@").partition("@")
    return Seat(role=role, agency=agency, since=attempt.today)


def apply(proposal: Proposal, step: Step, process: Process) -> Proposal:
    """The proposal after a step that is known to have happened: what a move makes of it, and what a replay rebuilds."""
    move = process.transition(step.source, step.action)
    kept = official(move.free_texts if move else frozenset(), step.facts)
    data = {**proposal.data, **kept}
    if len(kept) < len(step.facts):  # Free texts stand among the data where they are fields of it.
        data |= {key: value for key, value in step.facts.items() if key in process.data_keys}
    past = Past(
        action=step.action,
        source=step.source,
        target=step.target if step.moves else None,
        person=step.person,
        agency=step.agency,
        role=step.role,
        on=step.effective_on,
        at=step.recorded_at,
        facts=kept,
    )
    return changed(
        proposal,
        state=step.target,
        milestone=step.milestone,
        revision=step.revision,
        data=data,
        past=(*proposal.past, past),
        officer=step.officer,
        papers=papers_after(proposal, step),
        signings=after_step(proposal.signings, step) if proposal.signings else (),
        last_at=step.recorded_at,
        last_on=step.effective_on if _holds_later_papers(step, move) else proposal.last_on,
        last_seq=step.seq,
    )


def _holds_later_papers(step: Step, move: Transition | None) -> bool:
    """Whether later papers may not bear an earlier date than this step: it moved the proposal, or is a paper itself.

    What is merely recorded in place (a report, an inspection, a payment) does not: a decision that was signed the day
    before it was recorded is still a decision of that day.
    """
    return step.moves or move is None or move.effective is not None
