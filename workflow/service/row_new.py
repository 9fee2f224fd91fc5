"""A row of a list that names no known proposal: a draft is registered, or a running proposal brought in."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.effects import plan
from workflow.entries import canonical
from workflow.errors import Unmet
from workflow.incoming import Incoming, Outcome
from workflow.ledger import created_entry, opened_at, opened_entry
from workflow.opening import (
    PAID,
    PAID_REST,
    Opening,
    from_now_on,
    opener,
    opening_day,
    opening_effects,
    opening_step,
    unmet_opening,
)
from workflow.ownership import holder_seat
from workflow.proposal import FactValue
from workflow.service.contracts import cause_of, company_of_opened, tell_company
from workflow.service.drafting import beginning, data_faults, draft_of, home_faults, track_faults
from workflow.service.row_deciding import (
    PAID_IN_ALL,
    ROWS,
    Decided,
    Listed,
    asked_later,
    for_running_only,
    not_theirs,
    refused,
)
from workflow.service.situations import context_of, people_of, recorded_after
from workflow.storage import Answered, Move, UnitOfWork


def decide_new(uow: UnitOfWork, listed: Listed, row: Incoming) -> Decided:
    """Whether and how the row becomes a proposal."""
    situation = listed.situation
    home = situation.programme.province or row.province or listed.into.province
    implementer = row.implementer or listed.into.implementer
    draft = draft_of(
        uow, situation, row.values, at=listed.at, implementer=implementer, province=home or "", code=row.code or "-"
    )
    context = context_of(situation, draft, by=listed.by, at=listed.at)
    unmet = [*home_faults(situation, home, implementer), *data_faults(situation.process, context, row.values)]
    unmet += [*_nameless(row), *track_faults(situation.programme, draft)]
    running = row.state not in ("", situation.process.initial)
    opening = Opening(state=row.state, facts=_brought(row.facts), effective_on=row.effective_on)
    unmet += unmet_opening(context, opening) if running else not_theirs(context, implementer)
    if unmet:
        return Decided(refused(row, unmet))
    on = opening_day(situation.process, opening, today=context.today) if running else context.today
    remarks = (*row.remarks, *asked_later(changed(context, effective_on=on)))
    remarks += () if running else for_running_only(row)
    outcome = Outcome(
        number=row.number,
        status="opened" if running else "created",
        title=row.title,
        code=row.code,
        state=row.state if running else situation.process.initial,
        remarks=remarks,
    )

    def write(uow: UnitOfWork) -> str:
        code = row.code or uow.take_code(situation.programme.code_prefix, draft.plan_year)
        fresh = changed(context, proposal=changed(draft, code=code))
        return _open(uow, listed, row, fresh, opening) if running else _register(uow, listed, row, fresh)

    return Decided(outcome, write)


def _nameless(row: Incoming) -> Iterator[Unmet]:
    if not str(row.values.get("name", "")).strip():
        yield Unmet("unmet.missing_fact", {"field": "name", "label": "Tên đề án"})


def _brought(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Facts of an opening; money paid in all counts as advanced, and nothing of it as paid after acceptance."""
    brought = {key: value for key, value in facts.items() if key != PAID_IN_ALL}
    if PAID_IN_ALL in facts and PAID not in brought:
        brought = {PAID_REST: 0, **brought, PAID: facts[PAID_IN_ALL]}
    return brought


def _register(uow: UnitOfWork, listed: Listed, row: Incoming, context: Attempt) -> str:
    draft, process, house = context.proposal, context.process, listed.house
    entry = created_entry(draft, process, by=listed.by, salt=house.salt)
    draft = changed(draft, last_hash=entry.hash)
    context = changed(context, proposal=draft)
    step = beginning(draft, context, listed.by)
    effects = plan(None, context, step, people=people_of(uow, context.today), told=house.told)
    ahead = from_now_on(effects.reminders, at=listed.at, calendar=context.situation.law.calendar)
    effects = changed(effects, reminders=ahead)
    answered = _remembered(listed, row, draft.code)
    uow.add(
        Move(before=None, after=draft, entry=entry, effects=effects, holder=holder_seat(context), answered=answered)
    )
    return draft.code


def _open(uow: UnitOfWork, listed: Listed, row: Incoming, context: Attempt, opening: Opening) -> str:
    draft, process, house = context.proposal, context.process, listed.house
    entry = created_entry(draft, process, by=listed.by, salt=house.salt)
    draft = changed(draft, last_hash=entry.hash)
    held = holder_seat(changed(context, proposal=draft))
    uow.add(Move(before=None, after=draft, entry=entry, holder=held, answered=_remembered(listed, row, draft.code)))
    seat = opener(context, opening.state)
    if seat is None:
        raise TypeError("an opening was decided for somebody who may not")
    opening = changed(opening, documents=tuple(map(listed.keep, row.papers)))
    context = changed(context, proposal=draft, at=recorded_after(draft, listed.at))
    step = opening_step(context, opening, seat)
    after = opened_at(draft, step, process)
    situation = context.situation
    company = company_of_opened(uow, situation, after, at=step.recorded_at, contracts=listed.contracts)
    shared = company.shared if company else None
    context = changed(context, situation=changed(context.situation, shared=shared))
    chained = opened_entry(
        step,
        process,
        file_sha256=listed.into.file_sha256,
        row=row.number,
        previous_hash=draft.last_hash,
        salt=house.salt,
        shared=shared,
    )
    after = changed(after, last_hash=chained.hash)
    context = changed(context, proposal=after, effective_on=step.effective_on)
    effects = opening_effects(context, step, told=house.told)
    uow.record(
        Move(
            before=draft,
            after=after,
            entry=chained,
            effects=effects,
            holder=holder_seat(context),
            documents=opening.documents,
        )
    )
    if company is not None:
        tell_company(uow, house, company, cause_of(after, step, listed.by), context.situation)
    if listed.contracts is not None:
        listed.contracts.note(situation, after, company, at=step.recorded_at)
    return draft.code


def _remembered(listed: Listed, row: Incoming, code: str) -> Answered | None:
    """The row's key with the code it was given; a row that names its code needs no memory."""
    if row.code:
        return None
    answer = canonical({"code": code})
    fingerprint = sha256(row.key.encode()).hexdigest()
    return Answered(actor=ROWS, key=row.key, request_sha256=fingerprint, answer=answer, recorded_at=listed.at)
