"""Asking another agency's opinion (xin ý kiến) with a deadline and without transfer, and giving it."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily, daily_entry, paper_json, paper_names
from workflow.deadlines import Deadline, close, start
from workflow.entries import Entry, opened, read_body
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Document, Opinion, Proposal, Seat
from workflow.reminding import reminders_of
from workflow.service.refusals import recording_refusals
from workflow.service.situations import (
    context_of,
    holder_only,
    people_of,
    recorded_after,
    situation_of,
    working_seat,
)
from workflow.storage import Cancelled, Effects, Move, Notice, Recipient, Store, UnitOfWork
from workflow.telling import is_second, recipients
from workflow.values import read_text

#: The deadline rule of opinions, whatever the process; each question has a period of its own.
OPINION = "opinion"
_LONGEST = 60


class Question(Struct, frozen=True, kw_only=True):
    """What another agency is asked; ``days`` are working days, None: as many as the process gives."""

    agency: str
    text: str
    days: int | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """An opinion; ``asked`` is the number of the entry that asked, None: the one question that waits for the agency."""

    text: str
    asked: int | None = None
    documents: tuple[Document, ...] = ()


def ask(store: Store, house: House, question: Question, *, code: str, by: Actor, at: datetime) -> Proposal:
    """Asks another agency; the proposal stays where it is and goes on meanwhile. Several may be asked at once.

    Open to whoever holds the proposal. The asked agency is told and reminded. Raises Refused, NotOwner.
    """
    question = changed(question, text=read_text("question", question.text, lines=True))
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before, context = _looked_at(uow, code, by, at)
        seat = holder_only(context, action="ask")
        unmet = tuple(_unmet_question(question, context, seat))
        if unmet:
            raise Refused("ask", unmet)
        deadline = _deadline(question, context)
        content = {"asked": question.agency, "last_day": deadline.last_day.isoformat(), "days": deadline.allowance}
        private = {"question": question.text}
        entry = daily_entry("asked", before, content, by=by, seat=seat, at=context.at, salt=house.salt, private=private)
        after = after_daily(before, entry)
        context = changed(context, proposal=after)
        reminders = reminders_of(deadline, context, at=context.at, calendar=context.situation.law.calendar)
        extras = {"cau_hoi": question.text, "han_tra_loi": deadline.last_day.isoformat()}
        extras |= {"co_quan_duoc_hoi": context.situation.agency_name(question.agency, context.today)}
        told = recipients(deadline.seat, context, people_of(uow, context.today))
        notices = _notices(uow, house, "asked", entry, context, told, seat, extras)
        effects = Effects(deadlines=(deadline,), reminders=reminders, notices=notices)
        uow.record(Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        return after


def _looked_at(uow: UnitOfWork, code: str, by: Actor, at: datetime) -> tuple[Proposal, Attempt]:
    proposal = uow.proposal(code)
    situation, instant = situation_of(uow, proposal), recorded_after(proposal, at)
    return proposal, context_of(situation, proposal, by=by, at=instant, deadlines=uow.deadlines(code))


def _unmet_question(question: Question, context: Attempt, seat: Seat) -> Iterator[Unmet]:
    if context.process.opinion is None:
        yield Unmet("unmet.no_opinions", {"process": context.process.label}, (NOBODY,))
    if not question.text.strip():
        yield Unmet("unmet.no_question", {})
    if question.days is not None and not 1 <= question.days <= _LONGEST:
        yield Unmet("unmet.opinion_days", {"days": question.days, "most": _LONGEST})
    if question.agency not in context.situation.law.agencies:
        yield Unmet("unmet.unknown_agency", {"agency": question.agency})
        return
    name = context.situation.agency_name(question.agency, context.today)
    if question.agency == seat.agency:
        yield Unmet("unmet.asks_itself", {"agency": name})
    if any(one.agency == question.agency and one.answered_by is None for one in context.proposal.opinions):
        yield Unmet("unmet.asked_already", {"agency": name}, (seat_of("head", question.agency),))


def _deadline(question: Question, context: Attempt) -> Deadline:
    """Due at the head of the asked agency; counted like every other duration."""
    rule, seq = context.process.rule(OPINION), context.proposal.last_seq + 1
    return start(
        rule.model_copy(update={"days": question.days or rule.days}),
        seat=seat_of("head", question.agency),
        seq=seq,
        on=context.today,
        plan_year=context.proposal.budget_year,
        calendar=context.situation.law.calendar,
        period=str(seq),
    )


def answer(store: Store, house: House, given: Answer, *, code: str, by: Actor, at: datetime) -> Proposal:
    """Gives an opinion that was asked for, late ones too; whoever holds the proposal is told.

    Open to whoever works at the asked agency. Raises Refused, NotOwner.
    """
    given = changed(given, text=read_text("answer", given.text, lines=True))
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before, context = _looked_at(uow, code, by, at)
        opinion = _wanted(given, context)
        agency = context.situation.successor(opinion.agency, context.today)
        seat = working_seat(context.situation.law, agency, by=by, on=context.today, action="answer")
        content = {"answers": opinion.seq, "documents": [paper_json(paper) for paper in given.documents]}
        private = {"answer": given.text, **paper_names(given.documents)}
        entry = daily_entry(
            "answered", before, content, by=by, seat=seat, at=context.at, salt=house.salt, private=private
        )
        after, ended = after_daily(before, entry), _ended(opinion, context)
        context = changed(context, proposal=after)
        extras = {"cau_hoi": _question(uow, code, opinion), "tra_loi": given.text}
        notices = _notices(uow, house, "answered", entry, context, _askers(uow, context), seat, extras)
        effects = changed(ended, notices=notices)
        move = Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context))
        uow.record(changed(move, documents=given.documents))
        return after


def _wanted(given: Answer, context: Attempt) -> Opinion:
    """The question that is answered. Raises Refused where there is none, several fit, or it is answered already."""
    if not given.text.strip():
        raise Refused("answer", [Unmet("unmet.no_answer", {})])
    proposal, on = context.proposal, context.today
    own = {seat.agency for seat in context.actor.seats if seat.holds(on)}
    waiting = [one for one in proposal.opinions if one.answered_by is None]
    fit = [one for one in waiting if given.asked in (None, one.seq)]
    mine = [one for one in fit if context.situation.successor(one.agency, on) in own]
    if given.asked is not None and fit:
        return fit[0]
    if len(mine) != 1:
        known = ", ".join(str(one.seq) for one in (mine or waiting))
        raise Refused("answer", [Unmet("unmet.no_such_question", {"known": known or "–"}, (NOBODY,))])
    return mine[0]


def _ended(opinion: Opinion, context: Attempt) -> Effects:
    """Its deadline, if it still runs, is met; what would remind of it is cancelled."""
    period = str(opinion.seq)
    live = [row for row in context.deadlines if (row.rule, row.period) == (OPINION, period) and row.is_live]
    calendar, on = context.situation.law.calendar, context.today
    return Effects(
        deadlines=tuple(close(row, on=on, calendar=calendar, state="met", reason="answer") for row in live),
        cancelled=tuple(Cancelled(rule=OPINION, period=period, reason="answer:met") for _ in live),
    )


def _question(uow: UnitOfWork, code: str, opinion: Opinion) -> str:
    """The words of the question; empty once they were erased."""
    entry = uow.history(code)[opinion.seq - 1]
    return opened(entry, read_body(entry)).get("question", "")


def _askers(uow: UnitOfWork, context: Attempt) -> tuple[Recipient, ...]:
    """Who holds the proposal now: the officer in charge, else everybody of the seat; at an end nobody."""
    holder, people = holder_seat(context), people_of(uow, context.today)
    found = recipients(holder, context, people) if holder else ()
    return tuple(to for to in found if not is_second(to, holder, context, people))


def _notices(  # noqa: PLR0917 - who is told what, in whose name.
    uow: UnitOfWork,
    house: House,
    key: str,
    entry: Entry,
    context: Attempt,
    to: tuple[Recipient, ...],
    seat: Seat,
    extras: dict[str, str],
) -> tuple[Notice, ...]:
    return daily_notices(
        key, entry, context, to, seat=seat, told=house.told, templates=uow.templates_sha256(), extras=extras
    )
