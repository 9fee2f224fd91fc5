"""Attaching papers to a case without acting on it, and replacing those that no step has used yet."""

from collections.abc import Iterator
from datetime import datetime

from definitions.process import Holders, Process
from workflow.daywork import after_daily, daily_entry, paper_json, paper_names
from workflow.errors import Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Document, Proposal, Seat
from workflow.service.once import key_of, once
from workflow.service.refusals import recording_refusals
from workflow.service.situations import context_of, holder_only, recorded_after, situation_of
from workflow.storage import Move, Store, UnitOfWork


def attach(
    store: Store,
    house: House,
    *,
    code: str,
    documents: tuple[Document, ...],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    key: str | None = None,
) -> Proposal:
    """Puts papers on a case for the next step of the same agency that asks for them; none is shown as acted upon.

    Open to whoever holds the proposal (the implementer's own draft or supplement, else the agency whose turn it is). A
    paper under the same key of the same agency is replaced; the one before stays in history. An idempotency ``key``
    that was used before gives the proposal as it stands. Raises Refused, StaleProposal, KeyReused.
    """
    asked = {"code": code, "revision": revision, "papers": [[one.key, one.name, one.sha256] for one in documents]}
    known = key_of("attach", key, asked)

    def put(uow: UnitOfWork) -> Proposal:
        before = uow.proposal(code)
        if revision is not None and revision != before.revision:
            raise StaleProposal("attach", expected=revision, actual=before.revision)
        situation, instant = situation_of(uow, before), recorded_after(before, at)
        context = context_of(situation, before, by=by, at=instant, deadlines=uow.deadlines(code))
        seat = holder_only(context, action="attach")
        unmet = tuple(_unmet(situation.process, before, documents, seat))
        if unmet:
            raise Refused("attach", unmet)
        content = {"revision": before.revision + 1, "documents": [paper_json(paper) for paper in documents]}
        content |= {"replaces": _replaced(before, documents, seat)}
        entry = daily_entry(
            "attached", before, content, by=by, seat=seat, at=instant, salt=house.salt, private=paper_names(documents)
        )
        after = after_daily(before, entry)
        answered = known.answered({"code": code}, by=by, seat=seat, at=at) if known else None
        holder = holder_seat(context)
        uow.record(Move(before=before, after=after, entry=entry, holder=holder, documents=documents, answered=answered))
        return after

    with recording_refusals(store, house, code, by=by, at=at):
        return once(store, known, put, lambda uow, _: uow.proposal(code), by=by, at=at)


def _unmet(process: Process, proposal: Proposal, documents: tuple[Document, ...], seat: Seat) -> Iterator[Unmet]:
    moves = [move for move in process.transitions_from(proposal.state) if _owns(seat, move.owner)]
    known = {field.key for move in moves for field in move.documents}
    if not documents:
        yield Unmet("unmet.no_paper_given", {})
    for paper in documents:
        if paper.key not in known:
            params = {"document": paper.key, "known": ", ".join(sorted(known))}
            yield Unmet("unmet.unknown_document", params)
        if any((old.key, old.agency, old.sha256) == (paper.key, seat.agency, paper.sha256) for old in proposal.papers):
            yield Unmet("unmet.same_paper", {"document": paper.key})


def _owns(seat: Seat, owner: Holders) -> bool:
    return any(held.role == seat.role for held in owner)


def _replaced(proposal: Proposal, documents: tuple[Document, ...], seat: Seat) -> list[dict[str, str | int]]:
    keys = {paper.key for paper in documents}
    gone = (old for old in proposal.papers if old.key in keys and old.agency == seat.agency)
    return [{"key": old.key, "sha256": old.sha256, "seq": old.seq} for old in gone]
