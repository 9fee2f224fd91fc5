"""Giving a paper its number when it is issued, and cancelling a paper that keeps it."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from workflow.changing import changed
from workflow.daywork import after_daily, daily_entry
from workflow.entries import Entry
from workflow.errors import NOBODY, Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.paper_numbers import PaperNumber, Series, part_faults, printed, symbol_faults
from workflow.proposal import Actor, Seat, Signing, legal_day
from workflow.service.chaining import chained_entry
from workflow.service.refusals import recording_refusals
from workflow.service.situations import context_of, recorded_after, situation_of, working_seat
from workflow.signing import NUMBERED, USED
from workflow.storage import Move, Store, UnitOfWork
from workflow.values import read_text

_TRIES = 5
#: What refused papers stand under that are of no proposal's way.
PAPERS = "papers"
#: The kind of the entry by which a numbered paper is cancelled.
CANCELLED = "number-cancelled"
_Given = TypeVar("_Given")


class Issue(Struct, frozen=True, kw_only=True):
    """A paper that is issued: of which agency and kind, with which sign behind its number, about what."""

    agency: str
    kind: str
    #: ``QĐ-SCT``; for a letter the signs of agency and unit (``SCT-QLCN``).
    symbol: str
    #: Trích yếu; free text, erasable.
    title: str
    #: The proposal that it is about, or None.
    code: str | None = None


def number_paper(store: Store, house: House, issue: Issue, *, by: Actor, at: datetime) -> PaperNumber:
    """Draws the next number of the series in the transaction that records the paper: no gap, no double.

    Open to whoever works at the agency; for a proposal's paper, at an agency that has a part in it. Raises Refused.
    """
    issue = changed(issue, symbol=read_text("symbol", issue.symbol), title=read_text("title", issue.title))
    with recording_refusals(store, house, PAPERS, by=by, at=at):
        return _again(lambda: _number(store, house, issue, by=by, at=at))


def _again(give: Callable[[], _Given]) -> _Given:
    """Once more where somebody else's entry came between: nothing was decided on what the proposal was before."""
    for _ in range(_TRIES - 1):
        try:
            return give()
        except StaleProposal:
            continue
    return give()


def _number(store: Store, house: House, issue: Issue, *, by: Actor, at: datetime) -> PaperNumber:
    with store.write() as uow:
        seat = working_seat(uow.law(), issue.agency, by=by, on=legal_day(at), action="paper number")
        unmet = [*symbol_faults(issue.kind, issue.symbol)]
        unmet += [] if issue.title.strip() else [Unmet("unmet.no_title", {})]
        unmet += _part(uow, issue, by, at)
        if unmet:
            raise Refused("paper number", unmet)
        on = legal_day(at)
        series = Series(agency=issue.agency, kind=issue.kind, year=on.year)
        number = uow.draw(series.name)
        text = printed(number, issue.symbol)
        given = PaperNumber(series=series, number=number, text=text, issued_on=on, person=by.person, code=issue.code)
        content = {**_content(given), "text": text, "issued_on": on.isoformat()}
        entry = _entry(uow, house, NUMBERED, given, content, {"title": issue.title}, by=by, seat=seat, at=at)
        uow.add_number(given, entry)
        return given


def cancel_paper(
    store: Store, house: House, series: Series, number: int, *, reason: str, by: Actor, at: datetime
) -> PaperNumber:
    """Cancels a numbered paper, with a reason; its number is never given again. Raises Refused, BadValue.

    Where it is the paper of a step on its way, that way ends with it; a paper that a step was taken with stays.
    """
    reason = read_text("reason", reason, lines=True)
    with recording_refusals(store, house, PAPERS, by=by, at=at):
        return _again(lambda: _cancel(store, house, series, number, reason=reason, by=by, at=at))


def _cancel(
    store: Store, house: House, series: Series, number: int, *, reason: str, by: Actor, at: datetime
) -> PaperNumber:
    with store.write() as uow:
        seat = working_seat(uow.law(), series.agency, by=by, on=legal_day(at), action="paper cancel")
        found = next((row for row in uow.numbers(series.agency, series.year) if _is(row, series, number)), None)
        unmet = [] if reason.strip() else [Unmet("unmet.no_reason", {})]
        if found is None:
            unmet.append(Unmet("unmet.unknown_number", {"number": number, "kind": series.kind, "year": series.year}))
        elif found.cancelled:
            unmet.append(Unmet("unmet.cancelled_already", {"number": found.text}))
        paper = _paper(uow, found) if found else None
        if found is not None and paper is not None and paper.end == USED:
            unmet.append(Unmet("unmet.number_in_use", {"number": found.text, "code": found.code}, (NOBODY,)))
        if found is None or unmet:
            raise Refused("paper cancel", unmet)
        content = _content(found) | ({"presented": paper.seq} if paper else {})
        entry = _entry(uow, house, CANCELLED, found, content, {"reason": reason}, by=by, seat=seat, at=at)
        uow.cancel_number(found, entry, _move(uow, entry, by, at) if paper else None)
        return changed(found, cancelled=True)


def _paper(uow: UnitOfWork, given: PaperNumber) -> Signing | None:
    """The paper of a step that bears this number, signed on its way inside the agency."""
    papers = uow.proposal(given.code).signings if given.code else ()
    wanted = (given.series.agency, given.series.year, given.number, given.series.kind)
    numbered = ((one, one.drawn) for one in papers)
    return next((one for one, d in numbered if d and (d.agency, d.year, d.number, one.kind) == wanted), None)


def _move(uow: UnitOfWork, entry: Entry, by: Actor, at: datetime) -> Move:
    before = uow.proposal(entry.subject)
    context = context_of(situation_of(uow, before), before, by=by, at=recorded_after(before, at))
    return Move(before=before, after=after_daily(before, entry), entry=entry, holder=holder_seat(context))


def _is(row: PaperNumber, series: Series, number: int) -> bool:
    return (row.series, row.number) == (series, number)


def _content(given: PaperNumber) -> dict[str, str | int]:
    series = given.series
    return {"paper_agency": series.agency, "paper": series.kind, "year": series.year, "number": given.number}


def _part(uow: UnitOfWork, issue: Issue, by: Actor, at: datetime) -> tuple[Unmet, ...]:
    if issue.code is None:
        return ()
    proposal = uow.proposal(issue.code)
    situation = situation_of(uow, proposal)
    context = context_of(situation, proposal, by=by, at=at)
    return tuple(part_faults(issue.agency, proposal, holder_seat(context), situation, context.today))


def _entry(  # noqa: PLR0917 - what is written, about which number, by whom.
    uow: UnitOfWork,
    house: House,
    kind: str,
    given: PaperNumber,
    content: dict[str, str | int],
    private: dict[str, str],
    *,
    by: Actor,
    seat: Seat,
    at: datetime,
) -> Entry:
    """In the chain of the proposal that the paper is about, else in the agency's own chain of papers."""
    if given.code is not None:
        before = uow.proposal(given.code)
        instant = recorded_after(before, at)
        return daily_entry(kind, before, content, by=by, seat=seat, at=instant, salt=house.salt, private=private)
    who = {"person": by.person, "channel": by.channel, "role": seat.role, "agency": seat.agency}
    typed = {"os_user": by.os_user} if by.os_user else {}
    return chained_entry(
        uow,
        kind,
        {**content, **who},
        at=at,
        salt=house.salt,
        private={**private, **typed, "actor": by.name},
        subject=f"{PAPERS}:{given.series.agency}",
    )
