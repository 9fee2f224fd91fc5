"""Puts together what a decision needs to know, from a unit of work."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from definitions.bundle import Bundle
from definitions.process import Process
from workflow.administration import ADMINISTRATOR, AUDITOR
from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.errors import NOBODY, NotOwner, Refused, Unmet
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat, legal_day
from workflow.storage import Person, UnitOfWork

_TICK = timedelta(microseconds=1)
#: Roles in which nobody works on proposals and papers.
_BESIDE = (ADMINISTRATOR, AUDITOR)


def situation_of(uow: UnitOfWork, proposal: Proposal) -> Situation:
    """The pinned process and programme of a proposal, and the registers of now."""
    return Situation(
        process=uow.process(proposal.process_sha256),
        programme=uow.programme(proposal.programme_sha256),
        law=uow.law(),
        appointed=uow.appointments(),
        guidance=uow.guidance(proposal.programme),
    )


def people_of(uow: UnitOfWork, on: date) -> Callable[[str], tuple[Person, ...]]:
    """Who holds a seat on that day."""
    return lambda seat: uow.people(seat, on)


def recorded_after(proposal: Proposal, at: datetime) -> datetime:
    """The instant a new entry is recorded at: now, but always later than the entry before it."""
    return max(at, proposal.last_at + _TICK)


def context_of(
    situation: Situation,
    proposal: Proposal,
    *,
    by: Actor,
    at: datetime,
    deadlines: tuple[Deadline, ...] = (),
    like: Attempt | None = None,
) -> Attempt:
    """The proposal as it stands, in the form that conditions and effects look at."""
    return Attempt(
        transition=like.transition if like else situation.process.transitions[0],
        proposal=proposal,
        situation=situation,
        actor=by,
        at=at,
        facts=like.facts if like else None,
        documents=like.documents if like else (),
        effective_on=like.effective_on if like else legal_day(at),
        deadlines=deadlines,
    )


def implementer_only(situation: Situation, implementer: str, *, action: str, by: Actor, at: datetime) -> Seat:
    """The implementer's seat that the actor holds today. Raises Refused where there is none."""
    agency = situation.successor(implementer, legal_day(at))
    held = by.seat("implementer", agency, legal_day(at))
    if held is None:
        label = situation.process.role_label("implementer")
        params = {"role": label, "agency": situation.agency_name(agency, legal_day(at))}
        raise Refused(action, [Unmet("unmet.not_owner", params, (f"implementer@{agency}",))])
    return held


def at_work(context: Attempt, *, action: str) -> str:
    """The seat that holds the proposal. Raises Refused at an end, where nobody does."""
    wanted = holder_seat(context)
    if not wanted:
        label = context.process.state(context.proposal.state).label
        raise Refused(action, [Unmet("unmet.at_an_end", {"state": label}, (NOBODY,))])
    return wanted


def holder_only(context: Attempt, *, action: str) -> Seat:
    """The seat by which the actor holds the proposal today. Raises Refused at an end, NotOwner for somebody else."""
    wanted, on = at_work(context, action=action), context.today
    role, _, agency = wanted.partition("@")
    held = context.actor.seat(role, agency, on)
    if held is None:
        params = {"role": context.process.role_label(role), "agency": context.situation.agency_name(agency, on)}
        raise NotOwner(action, [Unmet("unmet.not_owner", params, (wanted,))])
    return held


def working_seat(law: Bundle, agency: str, *, by: Actor, on: date, action: str) -> Seat:
    """A seat at the agency in which the actor works that day. Raises Refused for an unknown agency, NotOwner."""
    if agency not in law.agencies:
        raise Refused(action, [Unmet("unmet.unknown_agency", {"agency": agency})])
    for seat in by.seats:
        if seat.agency == agency and seat.holds(on) and seat.role not in _BESIDE:
            return seat
    params = {"agency": law.agencies[agency].named(on).name}
    raise NotOwner(action, [Unmet("unmet.not_of_agency", params, (f"head@{agency}",))])


def first_state(process: Process) -> tuple[str, str]:
    """The state and milestone that a proposal begins in."""
    return process.initial, process.state(process.initial).milestone
