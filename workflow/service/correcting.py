"""Taking back the newest step of a proposal because it was a mistake."""

from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.correcting import (
    CORRECTED,
    Mistake,
    effects_of_taking_back,
    newest_step,
    owner_of,
    taken_back,
    unmet_correction,
)
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily, daily_entry
from workflow.deadlines import is_stale
from workflow.entries import Entry, read_body
from workflow.errors import NOBODY, NotOwner, Refused, StaleProposal, Unmet
from workflow.house import House
from workflow.ledger import read_step, replay
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat, Step
from workflow.service.contracts import Cause, company_of, tell_company
from workflow.service.refusals import recording_refusals
from workflow.service.situations import context_of, recorded_after, situation_of
from workflow.storage import Effects, Move, Recount, Store, UnitOfWork
from workflow.values import read_text


class Corrected(Struct, frozen=True, kw_only=True):
    """The proposal after a step was taken back, and the step that it was."""

    proposal: Proposal
    step: Step


def correct(
    store: Store,
    house: House,
    *,
    code: str,
    reason: str,
    by: Actor,
    at: datetime,
    revision: int | None = None,
) -> Corrected:
    """Takes the newest step back: state, data, deadlines and papers as before it; whoever was told of it hears so.

    Open to the agency that took it, while no other step followed, no money was decided and not more working days have
    passed than the process allows. Four eyes still see who took it. Raises Refused, NotOwner, StaleProposal.
    """
    reason = read_text("reason", reason, lines=True)
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        now = uow.proposal(code)
        if revision is not None and revision != now.revision:
            raise StaleProposal("correct", expected=revision, actual=now.revision)
        situation, entries = situation_of(uow, now), uow.history(code)
        context = context_of(situation, now, by=by, at=recorded_after(now, at), deadlines=uow.deadlines(code))
        mistake = _mistake(uow, context, entries, reason)
        seat = _seat(mistake.step, context)
        unmet = tuple(unmet_correction(mistake, context))
        if unmet:
            raise Refused("correct", unmet)
        earlier = replay(entries[: mistake.step.seq - 1], uow.process)
        entry = _entry(now, earlier, mistake, context, seat, house)
        after = taken_back(after_daily(now, entry), earlier, read_body(entry))
        company = company_of(uow, situation, now, after, at=context.at)
        context = changed(context, proposal=after)
        effects = effects_of_taking_back(mistake.replaced, context)
        effects = _with_notices(uow, house, effects, mistake, context, seat, entry)
        uow.record(Move(before=now, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        calendar = situation.law.calendar
        if any(row.state == "running" and is_stale(row.calendar, calendar) for row in effects.deadlines):
            uow.add_recount(Recount(cause="calendar", created_at=context.at))
        if company is not None:
            cause = Cause(after=after, seq=after.last_seq, action=CORRECTED, by=by, seat=seat, at=context.at, on=None)
            tell_company(uow, house, company, cause, situation)
        return Corrected(proposal=after, step=mistake.step)


def _mistake(uow: UnitOfWork, context: Attempt, entries: tuple[Entry, ...], reason: str) -> Mistake:
    found = newest_step(entries)
    if found is None or found.seq is None:
        raise Refused("correct", [Unmet("unmet.nothing_to_correct", {}, (NOBODY,))])
    return Mistake(
        step=read_step(found, context.process),
        since=entries[found.seq :],
        replaced=uow.replaced(context.proposal.code),
        reason=reason,
    )


def _seat(step: Step, context: Attempt) -> Seat:
    """The seat of the step that the actor holds today. Raises NotOwner."""
    role, _, agency = owner_of(step, context).partition("@")
    held = context.actor.seat(role, agency, context.today)
    if held is None:
        params = {"role": context.process.role_label(role)}
        params |= {"agency": context.situation.agency_name(agency, context.today)}
        raise NotOwner("correct", [Unmet("unmet.not_owner", params, (f"{role}@{agency}",))])
    return held


def _entry(  # noqa: PLR0917 - each is another side of the same entry.
    now: Proposal, earlier: Proposal, mistake: Mistake, context: Attempt, seat: Seat, house: House
) -> Entry:
    content = {
        "undoes": mistake.step.seq,
        "action": mistake.step.action,
        "source": now.state,
        "target": earlier.state,
        "milestone": earlier.milestone,
        "revision": now.revision + 1,
    }
    return daily_entry(
        CORRECTED,
        now,
        content,
        by=context.actor,
        seat=seat,
        at=context.at,
        salt=house.salt,
        private={"reason": mistake.reason},
    )


def _with_notices(  # noqa: PLR0917 - as above.
    uow: UnitOfWork, house: House, effects: Effects, mistake: Mistake, context: Attempt, seat: Seat, entry: Entry
) -> Effects:
    """The effects with a notice to everybody who was told of the step."""
    step = mistake.step
    move = context.process.transition(step.source, step.action)
    touched = {(row.rule, row.period): row for row in effects.deadlines}
    kept = (row for row in context.deadlines if (row.rule, row.period) not in touched)
    notices = daily_notices(
        CORRECTED,
        entry,
        changed(context, deadlines=(*kept, *touched.values())),
        uow.told(step.code, step.seq),
        seat=seat,
        told=house.told,
        templates=uow.templates_sha256(),
        extras={"ly_do": mistake.reason, "buoc": move.label if move else step.action},
    )
    return changed(effects, notices=notices)
