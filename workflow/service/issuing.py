"""The number of a signed paper and its issue (cấp số, phát hành), by the clerk of the agency that signed it."""

from datetime import datetime

from workflow.attempt import Attempt
from workflow.daywork import paper_json, paper_names
from workflow.errors import Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.paper_numbers import PaperNumber, Series, printed
from workflow.proposal import Actor, Document, Seat, Signature, Signing
from workflow.service.on_its_way import (
    OnItsWay,
    found_in,
    looked_at,
    openings_of,
    paper_entry,
    paper_move,
    read_names,
    the_paper,
)
from workflow.service.refusals import recording_refusals
from workflow.service.situations import working_seat
from workflow.signing import ISSUED, NUMBERED, USED
from workflow.storage import Store
from workflow.values import read_text

_TRIES = 5


def number_signed(
    store: Store, house: House, *, code: str, by: Actor, at: datetime, paper: int | None = None
) -> tuple[OnItsWay, PaperNumber]:
    """Draws the next number of the agency, the paper's kind and the year for a signed paper, in one transaction.

    Open to whoever works at the agency that signed it. A paper that was signed in another year is not numbered: its
    number and its date would be of different years. Raises Refused, NotOwner.
    """
    with recording_refusals(store, house, code, by=by, at=at):
        for _ in range(_TRIES - 1):
            try:
                return _number(store, house, code, paper, by=by, at=at)
            except StaleProposal:
                continue
        return _number(store, house, code, paper, by=by, at=at)


def _number(
    store: Store, house: House, code: str, paper: int | None, *, by: Actor, at: datetime
) -> tuple[OnItsWay, PaperNumber]:
    with store.write() as uow:
        context = looked_at(uow, code, by, at)
        fit = tuple(one for one in context.proposal.signings if one.signed and not one.drawn and one.end in ("", USED))
        wanted = the_paper(context, paper, fit, action=NUMBERED)
        seat, agency = _clerk(wanted, context, NUMBERED)
        _same_year(wanted.signed, context)
        series = Series(agency=agency, kind=wanted.kind, year=context.today.year)
        number = uow.draw(series.name)
        text, on = printed(number, wanted.symbol), context.today
        given = PaperNumber(series=series, number=number, text=text, issued_on=on, person=by.person, code=code)
        content = {
            "presented": wanted.seq,
            "action": wanted.action,
            "paper_agency": agency,
            "paper": wanted.kind,
            "year": series.year,
            "number": number,
            "text": text,
            "issued_on": on.isoformat(),
        }
        title = openings_of(uow, wanted, code).get("title", "")
        entry = paper_entry(house, NUMBERED, context, content, {"title": title}, seat=seat)
        move = paper_move(context, entry)
        uow.add_number(given, entry, move)
        return found_in(move.after, wanted.seq), given


def _clerk(paper: Signing, context: Attempt, action: str) -> tuple[Seat, str]:
    """The seat in which the actor works at the agency that does the paper's work today, and that agency."""
    on = context.today
    agency = context.situation.successor(paper.agency, on)
    return working_seat(context.situation.law, agency, by=context.actor, on=on, action=action), agency


def _same_year(signed: Signature | None, context: Attempt) -> None:
    if signed is not None and signed.on.year != context.today.year:
        params = {"on": signed.on, "year": context.today.year}
        raise Refused(NUMBERED, [Unmet("unmet.signed_in_another_year", params)])


def issue(
    store: Store,
    house: House,
    *,
    code: str,
    to: tuple[str, ...],
    by: Actor,
    at: datetime,
    paper: int | None = None,
    documents: tuple[Document, ...] = (),
) -> OnItsWay:
    """Records that a numbered paper was issued, and to whom (nơi nhận); before or after the step is taken with it.

    Open to whoever works at the agency that signed it. Raises Refused, NotOwner, BadValue.
    """
    said, documents = tuple(read_text("to", one) for one in to), read_names(documents)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        context = looked_at(uow, code, by, at)
        fit = tuple(
            one for one in context.proposal.signings if one.drawn and one.issued_by is None and one.end in ("", USED)
        )
        wanted = the_paper(context, paper, fit, action=ISSUED)
        seat, _ = _clerk(wanted, context, ISSUED)
        unmet = [] if said and all(said) else [Unmet("unmet.no_recipient", {})]
        known = {one.key for one in wanted.papers}
        unmet += [
            Unmet("unmet.unknown_document", {"document": one.key, "known": ", ".join(sorted(known))})
            for one in documents
            if one.key not in known
        ]
        if unmet:
            raise Refused(ISSUED, unmet)
        content = {
            "presented": wanted.seq,
            "action": wanted.action,
            "text": wanted.drawn.text if wanted.drawn else "",
            "documents": [paper_json(one) for one in documents],
        }
        private = {"to": "; ".join(said), **paper_names(documents)}
        entry = paper_entry(house, ISSUED, context, content, private, seat=seat)
        move = paper_move(context, entry, documents)
        uow.record(move)
        return found_in(move.after, wanted.seq)
