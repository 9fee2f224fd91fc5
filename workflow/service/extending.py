"""Extending a running deadline by a numbered decision, and saying why one is late and by when it will be done."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily, daily_entry
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.errors import NOBODY, Refused, StaleProposal, Unmet
from workflow.extending import (
    Excuse,
    Wish,
    excuser,
    extender,
    longer,
    promise_reminders,
    unmet_excuse,
    unmet_extendable,
    unmet_extension,
    unmet_rule,
)
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat
from workflow.reminding import reminders_ahead
from workflow.service.refusals import recording_refusals
from workflow.service.situations import context_of, people_of, recorded_after, situation_of
from workflow.storage import Cancelled, Effects, Move, Notice, Recipient, Store, UnitOfWork
from workflow.telling import recipients
from workflow.trails import EXTENDED, PROMISED, Trail, trail_of
from workflow.values import read_text


class Extended(Struct, frozen=True, kw_only=True):
    """A deadline before and after it was given more days."""

    before: Deadline
    after: Deadline


def extend_deadline(
    store: Store, house: House, wish: Wish, *, code: str, by: Actor, at: datetime, revision: int | None = None
) -> Extended:
    """Gives a running deadline more days: a new last day, new reminders, and a notice to whom it concerns.

    Open, before the last day is over, to who leads the agency that the process names; as many days and as often as it
    allows. A fixed day of law is never extended. Raises Refused, NotOwner; then nothing has changed.
    """
    wish = changed(
        wish, reason=read_text("reason", wish.reason, lines=True), decision=read_text("decision", wish.decision)
    )
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before, context = _looked_at(uow, code, by, at, revision, action="extend")
        _known(context, wish.rule, action="extend")
        rule = context.process.rule(wish.rule)
        if unmet := tuple(unmet_extendable(rule)):
            raise Refused("extend", unmet)
        seat = extender(rule, context)
        deadline, trail = _found(uow, context, wish.rule, wish.period)
        unmet = tuple(unmet_extension(wish, deadline, trail, context))
        if deadline is None or unmet:
            raise Refused("extend", unmet)
        extended = longer(wish, deadline, context)
        content = {
            "rule": wish.rule,
            "period": wish.period,
            "days": wish.days,
            "decision_number": wish.decision,
            "last_day_before": deadline.last_day.isoformat(),
            "last_day": extended.last_day.isoformat(),
        }
        entry = daily_entry(
            EXTENDED, before, content, by=by, seat=seat, at=context.at, salt=house.salt, private={"reason": wish.reason}
        )
        extras = {
            "ly_do": wish.reason,
            "so_quyet_dinh": wish.decision,
            "muc": rule.label,
            "so_ngay": wish.days,
            "ngay_lam_viec": rule.unit == "working",
            "han_cu": deadline.last_day.isoformat(),
            "han_moi": extended.last_day.isoformat(),
        }
        after = after_daily(before, entry)
        context = changed(context, proposal=after, deadlines=_with(context.deadlines, extended))
        effects = Effects(
            deadlines=(extended,),
            reminders=reminders_ahead(extended, context),
            cancelled=(Cancelled(rule=wish.rule, period=wish.period, reason=EXTENDED, superseded=True),),
            notices=_told(uow, house, EXTENDED, entry, context, seat, _concerned(context, extended), extras),
        )
        uow.record(Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        return Extended(before=deadline, after=extended)


def explain_lateness(store: Store, house: House, excuse: Excuse, *, code: str, by: Actor, at: datetime) -> Deadline:
    """Records why a deadline is late and the day that is promised; the deadline itself stays late.

    Open to whose duty it is and to who leads that agency. An agency that lets others wait apologises by letter to the
    unit and the beneficiary. Raises Refused, NotOwner; then nothing has changed.
    """
    excuse = changed(excuse, reason=read_text("reason", excuse.reason, lines=True))
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before, context = _looked_at(uow, code, by, at, None, action="reason-late")
        _known(context, excuse.rule, action="reason-late")
        deadline, trail = _found(uow, context, excuse.rule, excuse.period)
        rule = context.process.rule(excuse.rule)
        if rule.kind == "monthly" and not excuse.period:
            months = sorted(row.period for row in context.deadlines if row.rule == rule.key and row.state == "running")
            raise Refused(
                "reason-late", [Unmet("unmet.period_wanted", {"rule": rule.label, "open": ", ".join(months) or "–"})]
            )
        if deadline is None or deadline.state != "running":
            raise Refused("reason-late", [Unmet("unmet.no_running_deadline", {"rule": rule.label}, (NOBODY,))])
        seat = excuser(deadline, context)
        if unmet := tuple(unmet_excuse(excuse, deadline, trail, context)):
            raise Refused("reason-late", unmet)
        content = {
            "rule": excuse.rule,
            "period": excuse.period,
            "last_day": deadline.last_day.isoformat(),
            "promised": excuse.promised.isoformat(),
        }
        entry = daily_entry(
            PROMISED,
            before,
            content,
            by=by,
            seat=seat,
            at=context.at,
            salt=house.salt,
            private={"reason": excuse.reason},
        )
        extras = {
            "ly_do": excuse.reason,
            "muc": rule.label,
            "han_cu": deadline.last_day.isoformat(),
            "hen_lai": excuse.promised.isoformat(),
        }
        after = after_daily(before, entry)
        context = changed(context, proposal=after)
        notices = _told(uow, house, "apology", entry, context, seat, _waiting(context, seat), extras)
        reminders = promise_reminders(excuse, deadline, context, seq=entry.seq or 0)
        effects = Effects(notices=notices, reminders=reminders)
        uow.record(Move(before=before, after=after, entry=entry, effects=effects, holder=holder_seat(context)))
        return deadline


def _looked_at(
    uow: UnitOfWork, code: str, by: Actor, at: datetime, revision: int | None, *, action: str
) -> tuple[Proposal, Attempt]:
    proposal = uow.proposal(code)
    if revision is not None and revision != proposal.revision:
        raise StaleProposal(action, expected=revision, actual=proposal.revision)
    situation, instant = situation_of(uow, proposal), recorded_after(proposal, at)
    return proposal, context_of(situation, proposal, by=by, at=instant, deadlines=uow.deadlines(code))


def _known(context: Attempt, rule: str, *, action: str) -> None:
    if unmet := tuple(unmet_rule(context.process, rule)):
        raise Refused(action, unmet)


def _found(uow: UnitOfWork, context: Attempt, rule: str, period: str) -> tuple[Deadline | None, Trail]:
    """The deadline of a rule and period with what happened to it; None where it never ran."""
    deadline = next((row for row in context.deadlines if (row.rule, row.period) == (rule, period)), None)
    if deadline is None:
        return None, Trail()
    entries = uow.history(context.proposal.code)
    return deadline, trail_of(deadline, context.process.rule(rule), entries, context.process)


def _with(deadlines: tuple[Deadline, ...], extended: Deadline) -> tuple[Deadline, ...]:
    kept = (row for row in deadlines if (row.rule, row.period) != (extended.rule, extended.period))
    return (*kept, extended)


def _concerned(context: Attempt, deadline: Deadline) -> tuple[str, ...]:
    """Whose duty it is, the unit and the beneficiary."""
    return (context.situation.seat_now(deadline.seat, context.today), *_unit(context))


def _waiting(context: Attempt, seat: Seat) -> tuple[str, ...]:
    """Who is let wait: the unit and the beneficiary; nobody where the unit itself is late."""
    unit = _unit(context)
    return () if unit[0] == str(seat) or seat.agency == unit[0].partition("@")[2] else unit


def _unit(context: Attempt) -> tuple[str, ...]:
    agency = context.situation.successor(context.proposal.implementer, context.today)
    served = (seat_of("beneficiary", context.proposal.code),) if context.value("beneficiary") else ()
    return (seat_of("implementer", agency), *served)


def _told(  # noqa: PLR0917 - who is told what, in whose name.
    uow: UnitOfWork,
    house: House,
    key: str,
    entry: Entry,
    context: Attempt,
    seat: Seat,
    seats: tuple[str, ...],
    extras: Mapping[str, object],
) -> tuple[Notice, ...]:
    people = people_of(uow, context.today)
    found: dict[tuple[str | None, str], Recipient] = {}
    for one in dict.fromkeys(seats):
        for to in recipients(one, context, people):
            found.setdefault((to.person, to.person or to.seat), to)
    return daily_notices(
        key, entry, context, found.values(), seat=seat, told=house.told, templates=uow.templates_sha256(), extras=extras
    )
