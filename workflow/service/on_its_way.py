"""What the acts on a paper on its way share: finding the paper, and writing what was done with it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.daywork import after_daily, daily_entry
from workflow.entries import Entry, opened, read_body
from workflow.errors import NOBODY, NoSuchAction, Refused, Unmet
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Document, FactValue, Proposal, Seat, Signing
from workflow.service.situations import context_of, recorded_after, situation_of
from workflow.storage import Move, UnitOfWork
from workflow.values import from_json, read_text


class OnItsWay(Struct, frozen=True, kw_only=True):
    """A proposal with the paper that something was done with."""

    proposal: Proposal
    paper: Signing


def looked_at(uow: UnitOfWork, code: str, by: Actor, at: datetime) -> Attempt:
    """The proposal as it stands. Raises UnknownProposal."""
    proposal = uow.proposal(code)
    situation = situation_of(uow, proposal)
    instant = recorded_after(proposal, at)
    return context_of(situation, proposal, by=by, at=instant, deadlines=uow.deadlines(code))


def towards(context: Attempt, action: str) -> Attempt:
    """The attempt at one of the actions of the proposal's state. Raises NoSuchAction."""
    process, state = context.process, context.proposal.state
    move = process.transition(state, action)
    if move is None:
        known = ", ".join(one.action for one in process.transitions_from(state))
        params = {"action": action, "state": process.state(state).label, "known": known}
        raise NoSuchAction(action, [Unmet("unmet.no_such_action", params)])
    return changed(context, transition=move)


def the_paper(context: Attempt, wanted: int | None, fit: tuple[Signing, ...], *, action: str) -> Signing:
    """The paper that is meant: named by the number of its entry, else the only one that fits. Raises Refused."""
    meant = [one for one in fit if wanted in (None, one.seq)]
    if len(meant) != 1:
        known = ", ".join(f"{one.seq} ({_label(context, one)})" for one in fit)
        params = {"code": context.proposal.code, "known": known or "–"}
        raise Refused(action, [Unmet("unmet.no_such_paper", params, (NOBODY,))])
    return meant[0]


def _label(context: Attempt, paper: Signing) -> str:
    move = context.process.transition(context.proposal.state, paper.action)
    return move.label if move else paper.action


def read_names(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The papers with their names in one line. Raises BadValue."""
    return tuple(changed(one, name=read_text("name", one.name)) for one in documents)


def openings_of(uow: UnitOfWork, paper: Signing, code: str) -> dict[str, str]:
    """The free text that a paper was presented with (title, note, facts), as far as it was not erased."""
    entry = uow.history(code)[paper.seq - 1]
    return opened(entry, read_body(entry))


def proposed_texts(uow: UnitOfWork, paper: Signing, context: Attempt) -> dict[str, FactValue]:
    """The facts of free text that a paper says, as far as they were not erased."""
    said = openings_of(uow, paper, context.proposal.code)
    found = {key.removeprefix("facts."): text for key, text in said.items() if key.startswith("facts.")}
    return from_json(context.process, found)


def paper_entry(
    house: House,
    kind: str,
    context: Attempt,
    content: Mapping[str, object],
    private: Mapping[str, str],
    *,
    seat: Seat,
) -> Entry:
    """The entry of something that was done with a paper on its way."""
    proposal, by = context.proposal, context.actor
    return daily_entry(kind, proposal, content, by=by, seat=seat, at=context.at, salt=house.salt, private=private)


def paper_move(context: Attempt, entry: Entry, documents: tuple[Document, ...] = ()) -> Move:
    """What that entry writes: the paper as it is now; the proposal stays where it was."""
    before = context.proposal
    after = after_daily(before, entry)
    return Move(before=before, after=after, entry=entry, holder=holder_seat(context), documents=documents)


def found_in(proposal: Proposal, seq: int | None) -> OnItsWay:
    """The paper that the entry of that number presented."""
    return OnItsWay(proposal=proposal, paper=next(one for one in proposal.signings if one.seq == seq))
