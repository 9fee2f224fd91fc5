"""Presenting the paper of a step for signature inside the agency that owns the step (trình ký)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.checks import unmet_by_paper
from workflow.daywork import paper_json, paper_names
from workflow.errors import NOBODY, Refused, Unmet
from workflow.filing import papers_for
from workflow.house import House
from workflow.ownership import owner_seats
from workflow.paper_numbers import symbol_faults
from workflow.proposal import Actor, Document, FactValue, Seat
from workflow.service.on_its_way import OnItsWay, found_in, looked_at, paper_entry, paper_move, read_names, towards
from workflow.service.refusals import recording_refusals
from workflow.service.signing_notices import told_to_sign
from workflow.service.situations import working_seat
from workflow.signed_papers import bears_paper
from workflow.signing import PRESENTED, open_paper
from workflow.storage import Effects, Store
from workflow.values import official, read_text, to_json


class Draft(Struct, frozen=True, kw_only=True):
    """A paper that is presented: of which action, what it says, and how its number will read."""

    action: str
    #: Kind of paper and the sign behind its number: ``quyet_dinh``, ``QĐ-UBND``.
    kind: str
    symbol: str
    #: What it is about (trích yếu).
    title: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
    note: str = ""


def present(store: Store, house: House, draft: Draft, *, code: str, by: Actor, at: datetime) -> OnItsWay:
    """Presents the paper of a step for signature, with what it says; the step itself is not taken.

    Open to whoever works at the agency that owns the step. The paper must be one that the step could be taken with,
    but for who signs it. Raises Refused, NoSuchAction, NotOwner, BadValue.
    """
    draft = _read(draft)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        context = _supposed(draft, towards(looked_at(uow, code, by, at), draft.action))
        seat = _desk(context)
        unmet = (*_unmet(draft, context), *unmet_by_paper(context))
        if unmet:
            raise Refused(PRESENTED, unmet)
        kept = official(context.transition.free_texts, draft.facts)
        content = {
            "action": draft.action,
            "paper": draft.kind,
            "symbol": draft.symbol,
            "facts": to_json(kept),
            "documents": [paper_json(paper) for paper in context.documents],
        }
        free = {f"facts.{key}": str(value) for key, value in draft.facts.items() if key not in kept}
        private = {"title": draft.title, "note": draft.note, **free, **paper_names(context.documents)}
        move = paper_move(
            context, paper_entry(house, PRESENTED, context, content, private, seat=seat), context.documents
        )
        notices = told_to_sign(uow, house, move, context, seat)
        uow.record(changed(move, effects=Effects(notices=notices)))
        return found_in(move.after, move.entry.seq)


def _read(draft: Draft) -> Draft:
    return changed(
        draft,
        symbol=read_text("symbol", draft.symbol),
        title=read_text("title", draft.title),
        note=read_text("note", draft.note, lines=True),
        documents=read_names(draft.documents),
    )


def _supposed(draft: Draft, context: Attempt) -> Attempt:
    """The attempt that the paper would be, were it signed today, with the papers on the case that it needs."""
    key = context.transition.effective
    facts = {**({key: context.effective_on} if key else {}), **draft.facts}
    context = changed(context, facts=facts, documents=draft.documents)
    return changed(context, documents=(*context.documents, *papers_for(context)))


def _desk(context: Attempt) -> Seat:
    """A seat in which the actor works at the agency that owns the step. Raises Refused, NotOwner."""
    owners, on, action = owner_seats(context), context.today, context.transition.action
    if not owners:
        raise Refused(action, [Unmet("unmet.no_agency", {"role": "", "agency": ""}, (NOBODY,))])
    own = next((seat for seat in context.actor.seats if str(seat) in owners and seat.holds(on)), None)
    agency = owners[0].partition("@")[2]
    return own or working_seat(context.situation.law, agency, by=context.actor, on=on, action=action)


def _unmet(draft: Draft, context: Attempt) -> Iterator[Unmet]:
    move = context.transition
    if not bears_paper(move):
        yield Unmet("unmet.bears_no_paper", {"action": move.label}, (NOBODY,))
    if open_paper(context.proposal, draft.action) is not None:
        yield Unmet("unmet.presented_already", {"action": move.label}, owner_seats(context))
    yield from symbol_faults(draft.kind, draft.symbol)
    if not draft.title:
        yield Unmet("unmet.no_title", {})
