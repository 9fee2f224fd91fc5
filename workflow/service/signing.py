"""Signing a paper on its way inside the agency, and sending it back to who prepared it (ký, trả lại)."""

from datetime import date, datetime

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.checks import unmet_by_paper
from workflow.daywork import paper_json, paper_names
from workflow.errors import NOBODY, NotOwner, Refused, Unmet
from workflow.guards import PERSONAL, unmet_guards
from workflow.guards.people import LEADING
from workflow.house import House
from workflow.ownership import owner_seats
from workflow.proposal import Actor, Document, Seat, Signing
from workflow.service.on_its_way import (
    OnItsWay,
    found_in,
    looked_at,
    paper_entry,
    paper_move,
    proposed_texts,
    read_names,
    the_paper,
    towards,
)
from workflow.service.refusals import recording_refusals
from workflow.service.signing_notices import told_of_return
from workflow.signed_papers import paper_of, signed_documents, signed_facts
from workflow.signing import SENT_BACK, SIGNED
from workflow.storage import Effects, Store, UnitOfWork
from workflow.values import read_text

#: Of two seats the one that stands for the head signs.
_ORDER = ("head", "TM", "KT", "Q", "TUQ", "TL")


def sign(
    store: Store,
    house: House,
    *,
    code: str,
    by: Actor,
    at: datetime,
    paper: int | None = None,
    on: date | None = None,
    documents: tuple[Document, ...] = (),
    note: str = "",
) -> OnItsWay:
    """Signs a paper on its way, on a day (None: today); what it says is then what the step can be taken with.

    Open to who sits in the seat that owns the step, with a signing capacity on that day; whoever may not take the step
    for the sake of four eyes may not sign its paper. ``documents`` stand for the drafts of the same keys. Raises
    Refused, NotOwner, BadValue.
    """
    note, documents = read_text("note", note, lines=True), read_names(documents)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        context = looked_at(uow, code, by, at)
        fit = tuple(one for one in context.proposal.signings if one.is_open and one.signed is None)
        wanted = the_paper(context, paper, fit, action=SIGNED)
        context = _to_sign(uow, wanted, towards(context, wanted.action), on or context.today, documents)
        seat = _signing_seat(context)
        if unmet := (*unmet_guards(context, only=PERSONAL), *unmet_by_paper(context)):
            raise Refused(SIGNED, unmet)
        content = {
            "presented": wanted.seq,
            "action": wanted.action,
            "signed_on": context.effective_on.isoformat(),
            "documents": [paper_json(one) for one in documents],
        }
        entry = paper_entry(house, SIGNED, context, content, {"note": note, **paper_names(documents)}, seat=seat)
        move = paper_move(context, entry, documents)
        uow.record(move)
        return found_in(move.after, wanted.seq)


def _to_sign(uow: UnitOfWork, paper: Signing, context: Attempt, on: date, documents: tuple[Document, ...]) -> Attempt:
    """The attempt that the paper would be, were it signed by the actor on that day. Raises Refused."""
    if paper_of(context) is None:
        raise Refused(SIGNED, [Unmet("unmet.of_another_agency", {"action": context.transition.label}, (NOBODY,))])
    facts = {**proposed_texts(uow, paper, context), **signed_facts(paper, context)}
    key = context.transition.effective
    keys = {one.key for one in documents}
    kept = (one for one in signed_documents(paper) if one.key not in keys)
    dated = {**facts, **({key: on} if key else {})}
    return changed(context, facts=dated, documents=(*kept, *documents), effective_on=on)


def _signing_seat(context: Attempt) -> Seat:
    """The seat that signs: the step's own, held today, with a capacity on the day of the paper. Raises NotOwner."""
    owners, on = owner_seats(context), context.effective_on
    own = [seat for seat in context.actor.seats if str(seat) in owners]
    able = [seat for seat in own if seat.holds(on) and seat.capacity in _ORDER]
    if not any(seat.holds(context.today) for seat in own):
        role, _, agency = owners[0].partition("@")
        params = {"role": context.process.role_label(role)}
        params |= {"agency": context.situation.agency_name(agency, context.today)}
        raise NotOwner(SIGNED, [Unmet("unmet.not_owner", params, owners)])
    if not able:
        raise Refused(SIGNED, [Unmet("unmet.signing_capacity", {"on": on}, owners)])
    return min(able, key=lambda seat: _ORDER.index(seat.capacity))


def send_back(
    store: Store, house: House, *, code: str, reason: str, by: Actor, at: datetime, paper: int | None = None
) -> OnItsWay:
    """Sends a paper that has no number yet back to who prepared it; a signature under it counts no more.

    Open to who could sign it and to who leads the agency; while it is not signed, also to who presented it. A paper
    with a number is cancelled instead, because its number is used. Raises Refused, NotOwner, BadValue.
    """
    reason = read_text("reason", reason, lines=True)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        context = looked_at(uow, code, by, at)
        fit = tuple(one for one in context.proposal.signings if one.is_open and one.drawn is None)
        wanted = the_paper(context, paper, fit, action=SENT_BACK)
        seat = _judging_seat(wanted, towards(context, wanted.action))
        if not reason:
            raise Refused(SENT_BACK, [Unmet("unmet.no_reason", {})])
        content = {"presented": wanted.seq, "action": wanted.action}
        move = paper_move(context, paper_entry(house, SENT_BACK, context, content, {"reason": reason}, seat=seat))
        notices = told_of_return(uow, house, move, towards(context, wanted.action), seat=seat, paper=wanted)
        uow.record(changed(move, effects=Effects(notices=notices)))
        return found_in(move.after, wanted.seq)


def _judging_seat(paper: Signing, context: Attempt) -> Seat:
    """The seat in which the actor may send a paper back. Raises NotOwner."""
    on, agency = context.today, context.situation.successor(paper.agency, context.today)
    here = [seat for seat in context.actor.seats if seat.agency == agency and seat.holds(on)]
    own = paper.signed is None and paper.person == context.actor.person
    owners = owner_seats(context)
    fit = [seat for seat in here if own or seat.capacity in LEADING or (seat.capacity and str(seat) in owners)]
    if not fit:
        params = {"agency": context.situation.agency_name(agency, on)}
        raise NotOwner(SENT_BACK, [Unmet("unmet.not_leading", params, (f"head@{agency}",))])
    return max(fit, key=lambda seat: (str(seat) in owners, seat.capacity in LEADING))
