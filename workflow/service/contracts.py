"""The clocks of all proposals under one contract, in the transaction of the step that starts or stops them."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import SharedContract, Situation
from workflow.changing import changed
from workflow.contracts import accepted_on, awaited_states, contract_key, contract_rule, crosses, shared_by
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily
from workflow.deadlines import HELD, Deadline, hold, release
from workflow.entries import Entry, make_entry
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat, Step, legal_day
from workflow.reminding import reminders_of
from workflow.service.situations import context_of, people_of, recorded_after, situation_of
from workflow.storage import Cancelled, Effects, Move, Notice, UnitOfWork
from workflow.telling import recipients
from workflow.trails import STARTS, WAITS


class Company(Struct, frozen=True, kw_only=True):
    """The others under a proposal's contract, each with what the law says of it, and what they say together."""

    number: str
    others: tuple[tuple[Proposal, Situation], ...]
    shared: SharedContract


class Cause(Struct, frozen=True, kw_only=True):
    """What changed the contract: the proposal after it, by which entry, action and person, in which seat."""

    after: Proposal
    seq: int
    action: str
    by: Actor
    seat: Seat
    at: datetime
    #: The day of a step that ended the waiting; None: it was taken back, and only acceptances count.
    on: date | None


def company_of(
    uow: UnitOfWork, situation: Situation, before: Proposal, after: Proposal, *, at: datetime
) -> Company | None:
    """The others under the contract, held fast, where this step changes what they wait for; None where it does not."""
    process = situation.process
    if not crosses(process, before.state, after.state):
        return None
    return _company(uow, situation, after if contract_key(process, after.data) else before, at=at)


class Contracts:
    """What the proposals under each contract said so far, to one transaction that holds them fast and adds to them."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str | None], SharedContract] = {}

    def company(self, situation: Situation, one: Proposal, *, at: datetime) -> Company | None:
        """What they say to one more that is accepted already; its coming changes the clock of none of them."""
        shared, named = self._said.get(_place(situation, one, at)), situation.process.contract
        if shared is None or named is None:
            return None
        return Company(number=str(one.data[named.number]), others=(), shared=shared)

    def note(self, situation: Situation, one: Proposal, company: Company | None, *, at: datetime) -> None:
        """Adds one that came in; ``company``: the others as they were asked for it, None where there was none.

        The first that is accepted already has had them all read; before it nothing is known of its contract.
        """
        place, rule = _place(situation, one, at), contract_rule(situation.process)
        if not place[0] or rule is None or (place not in self._said and one.state not in rule.runs_in):
            return
        day = accepted_on(one, situation.process)
        said = self._said.get(place) or (company.shared if company else SharedContract())
        waits = (*said.waits_for, one.code) if one.state in awaited_states(situation.process) else said.waits_for
        days = [known for known in (said.since, day) if known]
        self._said[place] = SharedContract(waits_for=tuple(sorted(waits)), since=max(days, default=None))


def company_of_opened(
    uow: UnitOfWork, situation: Situation, after: Proposal, *, at: datetime, contracts: Contracts | None = None
) -> Company | None:
    """The same for a proposal that comes in while it runs; ``contracts``: what others that came in with it said.

    One more that is still to be accepted changes nothing where the others wait for one of their own already, and one
    that is accepted already changes nothing for them at all. Then they are not read, so that many lines of one contract
    come in at the cost of each.
    """
    rule = contract_rule(situation.process)
    if rule is None or after.state not in (*awaited_states(situation.process), *rule.runs_in):
        return None
    if after.state not in rule.runs_in and _waits_already(uow, situation, after, at=at):
        return None
    known = contracts.company(situation, after, at=at) if contracts and after.state in rule.runs_in else None
    return known or _company(uow, situation, after, at=at)


def _waits_already(uow: UnitOfWork, situation: Situation, one: Proposal, *, at: datetime) -> bool:
    """Whether another under the contract, signed by the same agency, is still to be accepted."""
    key, named = contract_key(situation.process, one.data), situation.process.contract
    other = uow.one_under_contract(key, awaited_states(situation.process), beside=one.code) if key else None
    if other is None or named is None:
        return False
    on, its = legal_day(at), situation_of(uow, other)
    awaited = other.state in awaited_states(its.process)
    return awaited and _signed_by(its, other, on) == situation.agency_for(named.by, one, on)


def others_now(uow: UnitOfWork, situation: Situation, proposal: Proposal, *, at: datetime) -> Company | None:
    """The others under the contract of a proposal as they stand, for who only looks."""
    return _company(uow, situation, proposal, at=at)


def _company(uow: UnitOfWork, situation: Situation, one: Proposal, *, at: datetime) -> Company | None:
    key, named = contract_key(situation.process, one.data), situation.process.contract
    if not key or named is None:
        return None
    by, on = situation.agency_for(named.by, one, legal_day(at)), legal_day(at)
    near = ((other, situation_of(uow, other)) for other in uow.under_contract(key, beside=one.code))
    others = tuple((other, its) for other, its in near if _signed_by(its, other, on) == by)
    shared = shared_by((other, its.process) for other, its in others)
    return Company(number=str(one.data[named.number]), others=others, shared=shared) if others else None


def _place(situation: Situation, one: Proposal, at: datetime) -> tuple[str, str | None]:
    """The contract that a proposal stands under (empty: none), and who signed it."""
    key, named = contract_key(situation.process, one.data), situation.process.contract
    return key, situation.agency_for(named.by, one, legal_day(at)) if key and named else None


def _signed_by(situation: Situation, proposal: Proposal, on: date) -> str | None:
    named = situation.process.contract
    return situation.agency_for(named.by, proposal, on) if named else None


def cause_of(after: Proposal, step: Step, by: Actor) -> Cause:
    """A step as a cause."""
    on = legal_day(step.recorded_at)
    seat = Seat(role=step.role, agency=step.agency, since=on, capacity=step.capacity)
    return Cause(after=after, seq=step.seq, action=step.action, by=by, seat=seat, at=step.recorded_at, on=on)


def tell_company(uow: UnitOfWork, house: House, company: Company, cause: Cause, situation: Situation) -> None:
    """Starts or holds the clocks of the others as the contract now stands, each by an entry of its own chain."""
    own = (cause.after, situation.process)
    under = contract_key(situation.process, cause.after.data) != ""
    rows = [*((one, its.process) for one, its in company.others), *([own] if under else [])]
    waits = shared_by(rows).waits_for
    days = [day for one, process in rows if (day := accepted_on(one, process))]
    own_day = accepted_on(*own) if under else None
    if own_day is None and cause.on is not None and not waits:
        days.append(cause.on)
    for other, its in company.others:
        for deadline in _concerned(uow, other, its, waiting=bool(waits)):
            _change(uow, house, other, its, deadline, company, cause, waits=waits, from_day=max(days, default=None))


def _concerned(uow: UnitOfWork, other: Proposal, situation: Situation, *, waiting: bool) -> Iterator[Deadline]:
    rule = contract_rule(situation.process)
    if rule is None or other.state not in rule.runs_in:
        return
    live = (row for row in uow.deadlines(other.code) if row.rule == rule.key and row.is_live)
    yield from (row for row in live if row.is_held != waiting)


def _change(  # noqa: PLR0917 - what changes, and why.
    uow: UnitOfWork,
    house: House,
    other: Proposal,
    situation: Situation,
    deadline: Deadline,
    company: Company,
    cause: Cause,
    *,
    waits: tuple[str, ...],
    from_day: date | None,
) -> None:
    at = recorded_after(other, cause.at)
    on = from_day or legal_day(at)
    entry = _entry(other, deadline, cause, at=at, waits=waits, from_day=on, house=house)
    after = after_daily(other, entry)
    moved = hold(deadline) if waits else released(deadline, situation, on=on, seq=entry.seq or 0)
    context = context_of(situation, after, by=cause.by, at=at, deadlines=_with(uow.deadlines(other.code), moved))
    effects = _effects(moved, context)
    effects = changed(effects, notices=_notices(uow, house, entry, context, moved, company, cause, waits))
    uow.record(Move(before=other, after=after, entry=entry, effects=effects, holder=holder_seat(context)))


def released(deadline: Deadline, situation: Situation, *, on: date, seq: int) -> Deadline:
    """The held deadline counting from the day after the last acceptance."""
    return release(deadline, on=on, seq=seq, calendar=situation.law.calendar, reason=STARTS)


def _entry(
    other: Proposal,
    deadline: Deadline,
    cause: Cause,
    *,
    at: datetime,
    waits: tuple[str, ...],
    from_day: date,
    house: House,
) -> Entry:
    said = {"waits_for": list(waits)} if waits else {"from_day": from_day.isoformat()}
    content = {
        "rule": deadline.rule,
        "period": deadline.period,
        **said,
        "cause": {"code": cause.after.code, "seq": cause.seq, "action": cause.action},
        "person": cause.by.person,
        "channel": cause.by.channel,
        "role": cause.seat.role,
        "agency": cause.seat.agency,
        "capacity": cause.seat.capacity,
    }
    return make_entry(
        WAITS if waits else STARTS,
        other.code,
        seq=other.last_seq + 1,
        recorded_at=at,
        content=content,
        private={"actor": cause.by.name},
        previous_hash=other.last_hash,
        salt=house.salt,
    )


def _effects(moved: Deadline, context: Attempt) -> Effects:
    void = Cancelled(rule=moved.rule, period=moved.period, reason=HELD, superseded=not moved.is_held)
    rows = reminders_of(moved, context, at=context.at, calendar=context.situation.law.calendar)
    return Effects(deadlines=(moved,), cancelled=(void,), reminders=() if moved.is_held else rows)


def _with(deadlines: tuple[Deadline, ...], moved: Deadline) -> tuple[Deadline, ...]:
    kept = (row for row in deadlines if (row.rule, row.period) != (moved.rule, moved.period))
    return (*kept, moved)


def _notices(  # noqa: PLR0917 - as above.
    uow: UnitOfWork,
    house: House,
    entry: Entry,
    context: Attempt,
    moved: Deadline,
    company: Company,
    cause: Cause,
    waits: tuple[str, ...],
) -> tuple[Notice, ...]:
    extras = {
        "muc": context.process.rule(moved.rule).label,
        "so_hop_dong": company.number,
        "de_an": ", ".join(waits) if waits else cause.after.code,
        "tu_ngay": None if waits else moved.started_on.isoformat(),
        "han_moi": None if waits else moved.last_day.isoformat(),
    }
    return daily_notices(
        "contract-clock",
        entry,
        context,
        recipients(moved.seat, context, people_of(uow, context.today)),
        seat=cause.seat,
        told=house.told,
        templates=uow.templates_sha256(),
        extras=extras,
    )
