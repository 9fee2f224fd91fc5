"""Use cases of a running proposal: looking at what can be done, and doing it."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import orjson
from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.effects import Consequence, foresee, plan
from workflow.engine import ActionView, advance, available, suppose
from workflow.entries import canonical
from workflow.errors import KeyReused, NotOwner, Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.ledger import step_entry
from workflow.ownership import holder_seat, owner_seats
from workflow.proposal import Actor, Document, FactValue, Proposal, Step, legal_day
from workflow.service.contracts import cause_of, company_of, tell_company
from workflow.service.once import OUTRUN
from workflow.service.refusals import record_refusal
from workflow.service.signed_request import as_signed
from workflow.service.situations import context_of, people_of, recorded_after, situation_of
from workflow.storage import Answered, Move, Notice, Store, UnitOfWork
from workflow.values import read_text, to_json


class Request(Struct, frozen=True, kw_only=True):
    """What someone asks to be done to a proposal."""

    code: str
    action: str
    facts: Mapping[str, FactValue]
    documents: tuple[Document, ...] = ()
    note: str = ""
    effective_on: date | None = None
    #: The revision the caller looked at; None: whatever it is now.
    revision: int | None = None
    #: The caller's idempotency key; None: every call is a new act.
    key: str | None = None

    @property
    def sha256(self) -> str:
        """What makes two requests the same: everything but the key."""
        asked = {
            "code": self.code,
            "action": self.action,
            "facts": to_json(self.facts),
            "documents": [[paper.key, paper.name, paper.sha256] for paper in self.documents],
            "note": self.note,
            "effective_on": self.effective_on.isoformat() if self.effective_on else None,
            "revision": self.revision,
        }
        return sha256(canonical(asked)).hexdigest()


class Done(Struct, frozen=True, kw_only=True):
    """What an act led to. ``replayed``: the answer of the first time, for a key that was used before."""

    code: str
    seq: int
    action: str
    source: str
    target: str
    milestone: str
    revision: int
    hash: str
    recorded_at: str
    role: str
    agency: str
    #: Deadlines that run from now on, and notices that were written with the move.
    deadlines: tuple[tuple[str, str], ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    replayed: bool = False


def act(store: Store, house: House, request: Request, *, by: Actor, at: datetime) -> Done:
    """Carries out one action: state, entry, deadlines, reminders, notices and key in one transaction.

    Raises Refused (NotOwner, NoSuchAction, StaleProposal, KeyReused) with every unmet condition. A refusal changes
    nothing but that an entry outside the proposal's chain records it, in a transaction of its own. Raises BadValue for
    a note, key or file name that is no text.
    """
    request = _read(request)
    try:
        with store.write() as uow:
            return _replayed(uow, request, by, at) or _act(uow, house, request, by, at)
    except Refused as refused:
        if isinstance(refused, OUTRUN) and (done := _meanwhile(store, request, by, at)):
            return done
        record_refusal(store, house, request.code, refused, by=by, at=at, action=request.action)
        raise


def _read(request: Request) -> Request:
    papers = tuple(map(_paper, request.documents))
    key = None if request.key is None else read_text("key", request.key)
    note = read_text("note", request.note, lines=True)
    if (note, papers, key) == (request.note, request.documents, request.key):
        return request
    return changed(request, note=note, documents=papers, key=key)


def _paper(paper: Document) -> Document:
    name = read_text("name", paper.name)
    return paper if name == paper.name else changed(paper, name=name)


def _replayed(uow: UnitOfWork, request: Request, by: Actor, at: datetime) -> Done | None:
    found = uow.answer(by.person, request.key) if request.key else None
    if found is None or request.key is None:
        return None
    if found.request_sha256 != request.sha256:
        raise KeyReused(request.key)
    done = changed(read_done(found.answer), replayed=True)
    if by.seat(done.role, done.agency, legal_day(at)) is None:
        raise NotOwner(request.action, [Unmet("unmet.not_owner", {"role": done.role, "agency": done.agency})])
    return done


def _meanwhile(store: Store, request: Request, by: Actor, at: datetime) -> Done | None:
    """The answer to the very same request, where that came first at the same moment."""
    with store.read() as uow:
        found = uow.answer(by.person, request.key) if request.key else None
        same = found is not None and found.request_sha256 == request.sha256
        return _replayed(uow, request, by, at) if same else None


def _act(uow: UnitOfWork, house: House, request: Request, by: Actor, at: datetime) -> Done:
    before = uow.proposal(request.code)
    if request.revision is not None and request.revision != before.revision:
        raise StaleProposal(request.action, expected=request.revision, actual=before.revision)
    situation, instant = situation_of(uow, before), recorded_after(before, at)
    deadlines = uow.deadlines(request.code)
    facts, documents, effective_on = request.facts, request.documents, request.effective_on
    if before.signings:
        said = (facts, documents, effective_on)
        facts, documents, effective_on = as_signed(uow, situation, before, request.action, said, by=by, at=instant)
    after, step = advance(
        before,
        request.action,
        situation=situation,
        by=by,
        at=instant,
        facts=facts,
        documents=documents,
        note=request.note,
        effective_on=effective_on,
        deadlines=deadlines,
    )
    company = company_of(uow, situation, before, after, at=instant)
    shared = company.shared if company else None
    situation = changed(situation, shared=shared) if shared else situation
    entry = step_entry(step, situation.process, previous_hash=before.last_hash, salt=house.salt, shared=shared)
    after = changed(after, last_hash=entry.hash)
    context = _after(situation, after, step, by=by, deadlines=deadlines)
    effects = plan(before, context, step, people=people_of(uow, context.today), told=house.told)
    done = _done(step, entry.hash, effects.notices, tuple(d for d in effects.deadlines if d.state == "running"))
    uow.record(
        Move(
            before=before,
            after=after,
            entry=entry,
            effects=effects,
            holder=holder_seat(context),
            documents=step.documents,
            answered=_answered(request, done, by, instant),
        )
    )
    if company is not None:
        tell_company(uow, house, company, cause_of(after, step, by), situation)
    return done


def _after(situation: Situation, after: Proposal, step: Step, *, by: Actor, deadlines: tuple[Deadline, ...]) -> Attempt:
    process = situation.process
    return Attempt(
        transition=process.transition(step.source, step.action) or process.transitions[0],
        proposal=after,
        situation=situation,
        actor=by,
        at=step.recorded_at,
        facts=step.facts,
        documents=step.documents,
        effective_on=step.effective_on,
        deadlines=deadlines,
    )


def _done(step: Step, hash_: str, notices: tuple[Notice, ...], running: tuple[Deadline, ...]) -> Done:
    return Done(
        code=step.code,
        seq=step.seq,
        action=step.action,
        source=step.source,
        target=step.target,
        milestone=step.milestone,
        revision=step.revision,
        hash=hash_,
        recorded_at=step.recorded_at.isoformat(),
        role=step.role,
        agency=step.agency,
        deadlines=tuple((d.rule, d.last_day.isoformat()) for d in running),
        notices=tuple((notice.notice, notice.to.name) for notice in notices),
    )


def _answered(request: Request, done: Done, by: Actor, at: datetime) -> Answered | None:
    if request.key is None:
        return None
    names = ("code", "seq", "action", "source", "target", "milestone", "revision", "hash", "recorded_at")
    answer = {name: getattr(done, name) for name in (*names, "role", "agency", "deadlines", "notices")}
    return Answered(
        actor=by.person,
        key=request.key,
        request_sha256=request.sha256,
        answer=canonical(answer),
        recorded_at=at,
    )


def read_done(answer: bytes) -> Done:
    """The answer that was kept for a key."""
    kept: dict[str, Any] = orjson.loads(answer)
    pairs: dict[str, Any] = {name: tuple(map(tuple, kept.pop(name))) for name in ("deadlines", "notices")}
    return Done(**kept, **pairs)


class Offer(Struct, frozen=True, kw_only=True):
    """An action of the present state: whether this actor may take it, why not, and what it would do."""

    view: ActionView
    #: Seats that own it today.
    owners: tuple[str, ...]
    consequence: Consequence


class Case(Struct, frozen=True, kw_only=True):
    """A proposal as somebody looks at it."""

    proposal: Proposal
    situation: Situation
    deadlines: tuple[Deadline, ...]
    holder: str
    offers: tuple[Offer, ...]


def look(store: Store, house: House, *, code: str, by: Actor, at: datetime) -> Case:
    """The proposal with every action of its state, for this actor. Raises UnknownProposal."""
    with store.read() as uow:
        proposal = uow.proposal(code)
        situation, deadlines = situation_of(uow, proposal), uow.deadlines(code)
        people = people_of(uow, legal_day(at))
        instant = recorded_after(proposal, at)
        offers = []
        for view in available(proposal, situation=situation, by=by, at=instant, deadlines=deadlines):
            after, step = suppose(view.attempt)
            company = company_of(uow, situation, proposal, after, at=instant)
            known = changed(situation, shared=company.shared) if company else situation
            context = _after(known, after, step, by=by, deadlines=deadlines)
            consequence = foresee(proposal, context, step, people=people, told=house.told)
            offers.append(Offer(view=view, owners=owner_seats(view.attempt), consequence=consequence))
        context = context_of(situation, proposal, by=by, at=instant, deadlines=deadlines)
        return Case(
            proposal=proposal,
            situation=situation,
            deadlines=deadlines,
            holder=holder_seat(context),
            offers=tuple(offers),
        )
