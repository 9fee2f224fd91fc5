"""Use cases of a draft: registering a proposal, and editing it before it is submitted."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from definitions.errors import UnknownDefinition
from definitions.process import Process
from definitions.programme import Programme
from workflow.attempt import Attempt
from workflow.authority import Situation, seat_of
from workflow.changing import changed
from workflow.checks import faults_of
from workflow.effects import plan
from workflow.entries import Entry
from workflow.errors import Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.ledger import created_entry, edited, edited_entry
from workflow.ownership import holder_seat
from workflow.proposal import Actor, FactValue, Proposal, Seat, Step, legal_day
from workflow.recounting import effects_of_moving, follow_edit
from workflow.service.once import key_of, once
from workflow.service.refusals import recording_refusals
from workflow.service.situations import (
    context_of,
    first_state,
    implementer_only,
    people_of,
    recorded_after,
    situation_of,
)
from workflow.storage import Answered, Effects, Move, Store, UnitOfWork
from workflow.telling import BENEFICIARY_ADDRESS, REACHING
from workflow.values import read_text, to_json

#: What is refused before there is a proposal stands under this.
PROPOSALS = "proposals"


def create(
    store: Store,
    house: House,
    *,
    programme: str,
    process: str,
    data: Mapping[str, FactValue],
    by: Actor,
    at: datetime,
    implementer: str,
    province: str | None = None,
    code: str | None = None,
    key: str | None = None,
) -> Proposal:
    """Registers a proposal as a draft of ``implementer`` and starts its first clocks.

    ``process`` names a track of the programme (``kcdp``); ``province`` is needed where the programme is national. For
    a ``key`` that was used before it gives the proposal registered then. Raises UnknownDefinition, CodeTaken, BadValue,
    or Refused (KeyReused) with everything that does not fit.
    """
    code = None if code is None else read_text("code", code)
    asked = {"programme": programme, "process": process, "data": to_json(data), "implementer": implementer}
    known = key_of("new", key, asked | {"province": province, "code": code})

    def register(uow: UnitOfWork) -> Proposal:
        situation = track_of(uow, programme, process)
        home = situation.programme.province or province
        draft = draft_of(uow, situation, data, at=at, implementer=implementer, province=home or "", code=code)
        seat = implementer_only(situation, implementer, action="new", by=by, at=at)
        context = context_of(situation, draft, by=by, at=at)
        unmet = [*home_faults(situation, home, implementer), *data_faults(situation.process, context, draft.data)]
        unmet += track_faults(situation.programme, draft)
        if unmet:
            raise Refused("new", unmet)
        entry = created_entry(
            draft,
            situation.process,
            by=by,
            salt=house.salt,
            seat=seat,
        )
        answered = known.answered({"code": draft.code}, by=by, seat=seat, at=at) if known else None
        return _add(uow, house, changed(draft, last_hash=entry.hash), entry, context, answered=answered)

    with recording_refusals(store, house, PROPOSALS, by=by, at=at):
        return once(store, known, register, lambda uow, first: uow.proposal(first["code"]), by=by, at=at)


def track_of(uow: UnitOfWork, programme: str, process: str) -> Situation:
    """The situation of a programme's track. Raises UnknownDefinition."""
    law = uow.law()
    found = law.programme(programme)
    track = found.track(process.partition("@")[0])
    if track is None:
        raise UnknownDefinition(f"process of {programme}", process, ", ".join(row.process for row in found.tracks))
    return Situation(
        process=law.process(track.process),
        programme=found,
        law=law,
        appointed=uow.appointments(),
        guidance=uow.guidance(programme),
    )


def draft_of(
    uow: UnitOfWork,
    situation: Situation,
    data: Mapping[str, FactValue],
    *,
    at: datetime,
    implementer: str,
    province: str,
    code: str | None,
) -> Proposal:
    """The draft of that data as it would be registered now; no ``code``: the next free one."""
    state, milestone = first_state(situation.process)
    year = data.get("plan_year")
    coded_year = year if isinstance(year, int) and not isinstance(year, bool) else legal_day(at).year
    return Proposal(
        code=code or uow.take_code(situation.programme.code_prefix, coded_year),
        process=situation.process.ref,
        process_sha256=situation.process.sha256,
        programme=situation.programme.key,
        programme_sha256=situation.programme.sha256,
        templates_sha256=uow.templates_sha256(),
        implementer=implementer,
        province=province,
        state=state,
        milestone=milestone,
        revision=0,
        data=dict(data),
        created_at=at,
        last_at=at,
        last_seq=1,
        last_hash="",
    )


def home_faults(situation: Situation, home: str | None, implementer: str) -> Iterator[Unmet]:
    """What is wrong with the agency and the province that a proposal is registered for."""
    if implementer not in situation.law.agencies:
        yield Unmet("unmet.unknown_agency", {"agency": implementer})
    if home is None:
        yield Unmet("unmet.province_needed", {"programme": situation.programme.label})
    elif all(row.key != home for row in situation.law.provinces):
        known = ", ".join(sorted({row.key for row in situation.law.provinces}))
        yield Unmet("unmet.unknown_province", {"province": home, "known": known})


def track_faults(programme: Programme, draft: Proposal) -> Iterator[Unmet]:
    """What does not fit the programme: its years and activities."""
    year, activity = draft.plan_year, draft.data.get("activity")
    if not year:
        yield Unmet("unmet.missing_fact", {"field": "plan_year", "label": "Năm kế hoạch"})
    elif not programme.first_year <= year <= programme.last_year:
        params = {"year": year, "first": programme.first_year, "last": programme.last_year}
        yield Unmet("unmet.year_outside_programme", params)
    if activity and programme.activity(str(activity)) is None:
        known = ", ".join(row.key for row in programme.activities)
        yield Unmet("unmet.not_an_activity", {"activity": activity, "known": known})


def data_faults(process: Process, context: Attempt, data: Mapping[str, FactValue]) -> Iterator[Unmet]:
    """What is wrong with the data of a draft: unknown keys, types, choices, bounds. Missing ones may come later."""
    fields = {field.key: field for field in process.data}
    for key, value in data.items():
        if key not in fields:
            yield Unmet("unmet.unknown_fact", {"field": key, "known": ", ".join(sorted(fields))})
        elif value != "":
            yield from faults_of(fields[key], value, context)


def _add(
    uow: UnitOfWork, house: House, draft: Proposal, entry: Entry, context: Attempt, *, answered: Answered | None
) -> Proposal:
    context = changed(context, proposal=draft)
    step = beginning(draft, context, context.actor)
    effects = plan(None, context, step, people=people_of(uow, context.today), told=house.told)
    holder = holder_seat(context)
    uow.add(Move(before=None, after=draft, entry=entry, effects=effects, holder=holder, answered=answered))
    return draft


def beginning(draft: Proposal, context: Attempt, by: Actor) -> Step:
    """The creation in the form of a step, from which the first clocks start."""
    return Step(
        code=draft.code,
        seq=1,
        action="new",
        source="",
        target=draft.state,
        moves=True,
        milestone=draft.milestone,
        revision=0,
        person=by.person,
        actor=by.name,
        agency=draft.implementer,
        agency_name=context.situation.agency_name(draft.implementer, context.today),
        role="implementer",
        effective_on=context.today,
        recorded_at=draft.created_at,
        process=draft.process,
        process_sha256=draft.process_sha256,
        channel=by.channel,
        os_user=by.os_user,
    )


def edit(
    store: Store,
    house: House,
    *,
    code: str,
    changes: Mapping[str, FactValue | None],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    reason: str = "",
) -> Proposal:
    """Changes the data of a draft; None empties a field. The entry keeps what changed; nothing changed writes nothing.

    Open only in the process's first state and while the papers are back for supplement, to the implementer alone. What
    was signed stays; how the beneficiary is reached is no signed fact, and may be put right at any time, with a reason,
    by the implementer or in the seat that holds the proposal. Raises Refused or StaleProposal; then nothing has
    changed.
    """
    reason = read_text("reason", reason, lines=True)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before = uow.proposal(code)
        situation = situation_of(uow, before)
        if revision is not None and revision != before.revision:
            raise StaleProposal("edit", expected=revision, actual=before.revision)
        instant = recorded_after(before, at)
        context = context_of(situation, before, by=by, at=instant, deadlines=uow.deadlines(code))
        seat = _editor(context, changes, by=by, at=at)
        kept = {key: value for key, value in before.data.items() if changes.get(key, value) is not None}
        data = {**kept, **{key: value for key, value in changes.items() if value is not None}}
        unmet = [*_unmet_state(context, changes, reason), *data_faults(situation.process, context, data_of(changes))]
        after = edited(before, data, at=instant)
        unmet += track_faults(situation.programme, after)
        if unmet:
            raise Refused("edit", unmet)
        if data == before.data:
            return before
        salt, process = house.salt, situation.process
        entry = edited_entry(before, after, process, by=by, salt=salt, seat=seat, reason=reason)
        after = changed(after, last_hash=entry.hash)
        context = changed(context, proposal=after)
        effects = _effects_of_year(uow, before, context) if before.plan_year != after.plan_year else Effects()
        uow.record(Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        _mend(uow, before, after, by=by, at=entry.recorded_at)
        return after


def _mend(uow: UnitOfWork, before: Proposal, after: Proposal, *, by: Actor, at: datetime) -> None:
    """Ends the mark on a beneficiary's address that was corrected, and sends what waits there to the new one.

    The edit itself tells of it.
    """
    old, new = (str(one.data.get(BENEFICIARY_ADDRESS) or "") for one in (before, after))
    if not old or old == new:
        return
    seat = seat_of("beneficiary", before.code)
    bad = uow.bad_address(old)
    if bad is not None and bad.seat == seat:
        uow.clear_address(old, at=at, by=by.person, entry=None)
    if new:
        uow.readdress(before.code, seat, new)


def _effects_of_year(uow: UnitOfWork, before: Proposal, context: Attempt) -> Effects:
    """Days of the year move with the plan year."""
    pairs = follow_edit(before, context, uow.history(before.code))
    fresh = {(again.rule, again.period): again for _, again in pairs}
    deadlines = tuple(fresh.get((row.rule, row.period), row) for row in context.deadlines)
    return effects_of_moving(pairs, changed(context, deadlines=deadlines), reason="edited")


def data_of(changes: Mapping[str, FactValue | None]) -> dict[str, FactValue]:
    """The changes that give a value, leaving out those that empty a field."""
    return {key: value for key, value in changes.items() if value is not None}


def _editor(context: Attempt, changes: Mapping[str, FactValue | None], *, by: Actor, at: datetime) -> Seat:
    """The seat by which the actor may edit: the implementer's, or for an address alone the one that holds it too."""
    role, _, agency = holder_seat(context).partition("@")
    if changes.keys() <= REACHING and (held := by.seat(role, agency, context.today)):
        return held
    return implementer_only(context.situation, context.proposal.implementer, action="edit", by=by, at=at)


def _unmet_state(context: Attempt, changes: Mapping[str, FactValue | None], reason: str) -> Iterator[Unmet]:
    state = context.process.state(context.proposal.state)
    if state.editable:
        return
    if not changes.keys() <= REACHING:
        yield Unmet("unmet.not_a_draft", {"state": state.label})
    elif not reason.strip():
        yield Unmet("unmet.no_reason", {})
