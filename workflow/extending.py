"""Giving a running deadline more days by decision, and saying why one is late: who may, and what stands in the way."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from definitions.process import DeadlineRule, Process
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.conditions import held_by
from workflow.deadlines import Deadline, assume, cap_of, extend
from workflow.errors import NOBODY, TIME, NotOwner, Unmet
from workflow.guards.people import LEADING
from workflow.proposal import Seat
from workflow.reminding import morning, promise_rung
from workflow.storage import Reminder
from workflow.trails import EXTENDED, PROMISED, Trail


class Wish(Struct, frozen=True, kw_only=True):
    """More days for a deadline: so many, why, and the number of the decision that gives them."""

    rule: str
    days: int
    reason: str
    decision: str
    period: str = ""


class Excuse(Struct, frozen=True, kw_only=True):
    """Why a deadline is late, and the day by which what it waits for is promised."""

    rule: str
    reason: str
    promised: date
    period: str = ""


def extending_seats(rule: DeadlineRule, context: Attempt) -> tuple[str, ...]:
    """The seats that may extend a deadline of this rule, from a capacity that leads the agency; empty: nobody may."""
    role = held_by(rule.extension.by, context) if rule.extension else None
    agency = context.situation.agency_for(role, context.proposal, context.today) if role else None
    return (seat_of(role, agency), seat_of("head", agency)) if role and agency else ()


def extender(rule: DeadlineRule, context: Attempt) -> Seat:
    """The seat by which the actor may extend. Raises NotOwner."""
    wanted = extending_seats(rule, context)
    for seat in context.actor.seats:
        if str(seat) in wanted and seat.holds(context.today) and seat.capacity in LEADING:
            return seat
    agency = next(iter(wanted), "@").partition("@")[2]
    params = {"rule": rule.label, "agency": context.situation.agency_name(agency, context.today)}
    raise NotOwner("extend", [Unmet("unmet.not_extending", params, wanted or (NOBODY,))])


def unmet_rule(process: Process, key: str) -> Iterator[Unmet]:
    """A rule that the process does not have."""
    if all(rule.key != key for rule in process.rules):
        known = ", ".join(rule.key for rule in process.rules)
        yield Unmet("unmet.unknown_rule", {"rule": key, "known": known}, (NOBODY,))


def promise_reminders(excuse: Excuse, deadline: Deadline, context: Attempt, *, seq: int) -> tuple[Reminder, ...]:
    """What reminds of a promised day on its morning, or on the working day before: whose duty it is, and their head."""
    calendar = assume(context.situation.law.calendar, context.today.year, excuse.promised.year + 1)
    day = calendar.on_or_before(excuse.promised)
    day = day if day > context.today else calendar.on_or_after(excuse.promised)
    agency = deadline.seat.partition("@")[2]
    return tuple(
        Reminder(
            rule=deadline.rule,
            period=deadline.period,
            epoch=deadline.epoch,
            offset=promise_rung(excuse.promised, seq),
            seat=seat,
            notice="overdue",
            channel="mail",
            fire_at=morning(day),
            missed="late",
            escalation=False,
            repeat_every=None,
        )
        for seat in dict.fromkeys((deadline.seat, seat_of("head", agency)))
    )


def unmet_extendable(rule: DeadlineRule) -> Iterator[Unmet]:
    """A limit that nobody extends: a fixed day, or one that the process keeps as it is."""
    if rule.kind in {"fixed", "monthly"}:
        yield Unmet("unmet.fixed_day", {"rule": rule.label}, (NOBODY,))
    elif rule.extension is None:
        yield Unmet("unmet.not_extendable", {"rule": rule.label}, (NOBODY,))


def unmet_extension(wish: Wish, deadline: Deadline | None, trail: Trail, context: Attempt) -> Iterator[Unmet]:
    """Everything that stands in the way of extending, ownership apart."""
    rule = context.process.rule(wish.rule)
    given = rule.extension
    if given is None:
        return
    if not wish.reason.strip():
        yield Unmet("unmet.no_reason", {})
    if not wish.decision.strip():
        yield Unmet("unmet.no_decision", {})
    if not 1 <= wish.days <= given.most:
        yield Unmet("unmet.extend_days", {"days": wish.days, "most": given.most})
    if deadline is None or not deadline.is_live:
        yield Unmet("unmet.no_running_deadline", {"rule": rule.label}, (NOBODY,))
        return
    if deadline.state == "paused":
        yield Unmet("unmet.extend_paused", {"rule": rule.label}, (TIME,))
    elif deadline.passed(context.today):
        yield Unmet("unmet.extend_late", {"rule": rule.label, "last_day": deadline.last_day}, (NOBODY,))
    elif 1 <= wish.days <= given.most and longer(wish, deadline, context).last_day <= deadline.last_day:
        yield Unmet("unmet.extend_capped", {"rule": rule.label, "last_day": deadline.last_day}, (NOBODY,))
    if len(trail.of(EXTENDED)) >= given.times:
        yield Unmet("unmet.extended_already", {"rule": rule.label, "times": given.times}, (NOBODY,))


def longer(wish: Wish, deadline: Deadline, context: Attempt) -> Deadline:
    """The deadline with the days that are wished for."""
    return lengthened(deadline, wish.days, context)


def lengthened(deadline: Deadline, days: int, context: Attempt) -> Deadline:
    """The running deadline with so many days more, by the calendar of now."""
    rule, calendar = context.process.rule(deadline.rule), context.situation.law.calendar
    cap = cap_of(rule, context.proposal.budget_year, calendar, started_on=deadline.started_on)
    return extend(deadline, days, calendar=calendar, reason=EXTENDED, cap=cap)


def excuser(deadline: Deadline, context: Attempt) -> Seat:
    """The seat by which the actor answers for a deadline: its own, or who leads its agency. Raises NotOwner."""
    seat, on = context.situation.seat_now(deadline.seat, context.today), context.today
    role, _, agency = seat.partition("@")
    here = [one for one in context.actor.seats if one.agency == agency and one.holds(on)]
    fit = [one for one in here if one.role == role or one.capacity in LEADING]
    if not fit:
        params = {"role": context.process.role_label(role), "agency": context.situation.agency_name(agency, on)}
        raise NotOwner("reason-late", [Unmet("unmet.not_owner", params, (seat,))])
    return max(fit, key=lambda one: one.role == role)


def unmet_excuse(excuse: Excuse, deadline: Deadline, trail: Trail, context: Attempt) -> Iterator[Unmet]:
    """Everything that stands in the way of saying why a deadline is late, ownership apart."""
    rule, allowed, on = context.process.rule(excuse.rule), context.process.promise, context.today
    if not excuse.reason.strip():
        yield Unmet("unmet.no_reason", {})
    if not deadline.passed(on):
        yield Unmet("unmet.not_late", {"rule": rule.label, "last_day": deadline.last_day}, (TIME,))
    if allowed is None:
        yield Unmet("unmet.no_promises", {"process": context.process.label}, (NOBODY,))
        return
    latest = assume(context.situation.law.calendar, on.year, on.year + 1).shift(on, allowed.working_days)
    if not on < excuse.promised <= latest:
        yield Unmet("unmet.promise_day", {"promised": excuse.promised, "latest": latest})
    if len(trail.of(PROMISED)) >= allowed.times:
        yield Unmet("unmet.promised_already", {"rule": rule.label, "times": allowed.times}, (NOBODY,))
