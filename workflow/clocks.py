"""Which deadlines a step stops, lets stand still, resumes or starts. Nothing else in the house starts a clock."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from definitions.process import DeadlineRule, Process
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.conditions import held_by
from workflow.deadlines import LIVE, Deadline, cap_of, close, hold, pause, periods, resume, start, year_day
from workflow.proposal import Proposal, Step, legal_day

#: The fact that carries a proposal into another budget year, and with it the fixed days of that year's end.
_CARRIED = "contract_end"


class ClockChanges(Struct, frozen=True, kw_only=True):
    """Deadlines that a step changed: ``ended`` stopped or stand still, ``started`` run from now on (anew or again)."""

    ended: tuple[Deadline, ...] = ()
    started: tuple[Deadline, ...] = ()

    def merged(self, deadlines: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
        """The deadlines with these changes in place of the rows they replace."""
        changed = {(d.rule, d.period): d for d in (*self.ended, *self.started)}
        return (*[d for d in deadlines if (d.rule, d.period) not in changed], *changed.values())


def follow_clocks(before: Proposal | None, context: Attempt, step: Step, *, holder: str) -> ClockChanges:
    """The clock changes of a step; ``context`` holds the proposal after it and the deadlines before it."""
    ended: list[Deadline] = []
    started: list[Deadline] = []
    running: dict[str, list[Deadline]] = {}
    for deadline in context.deadlines:
        if deadline.state in LIVE:
            running.setdefault(deadline.rule, []).append(deadline)
    for rule in context.process.rules_of(context.process.rules_in(step.target).union(running)):
        live = running.get(rule.key, ())
        changes = [moved for d in live if (moved := _stopped(d, rule, context, step)) is not None]
        if _begins(rule, before, step, is_live=bool(live)) or _goes_on(rule, step):
            changes += _begin(rule, context, step, holder)
        for deadline in changes:
            (started if deadline.state == "running" else ended).append(deadline)
    return ClockChanges(ended=tuple(ended), started=tuple(started))


def _stopped(deadline: Deadline, rule: DeadlineRule, context: Attempt, step: Step) -> Deadline | None:
    """What the step makes of a live deadline; None: it goes on as it was."""
    calendar, on = context.situation.law.calendar, legal_day(step.recorded_at)
    if step.action in rule.ended_by and (not deadline.period or step.facts.get("period") == deadline.period):
        return close(deadline, on=on, calendar=calendar, state="met", reason=step.action)
    if step.target in rule.runs_in:
        if deadline.state == "paused" and not deadline.is_held:
            cap = cap_of(rule, context.proposal.budget_year, calendar, started_on=deadline.started_on)
            return resume(deadline, on=on, calendar=calendar, reason=step.action, cap=cap)
        if _goes_on(rule, step) and deadline.period > str(context.proposal.day(_CARRIED))[: len("2026-10")]:
            return close(deadline, on=on, calendar=calendar, state="lapsed", reason=step.action)
        return _moved_day(deadline, rule, context, step)
    if step.target in rule.pauses_in:
        return pause(deadline, on=on, calendar=calendar, reason=step.action) if deadline.state == "running" else None
    state: Literal["met", "lapsed"] = "met" if _meets(deadline, rule, context, step) else "lapsed"
    return close(deadline, on=on, calendar=calendar, state=state, reason=step.action)


def _meets(deadline: Deadline, rule: DeadlineRule, context: Attempt, step: Step) -> bool:
    """Whether a step that leaves the deadline's states is what it waited for: its agency carried the file on.

    Sending it back, withdrawing it, or leaving a duty that only its own act ends (a monthly report) meets nothing.
    """
    duty = context.situation.seat_now(deadline.seat, context.today).partition("@")[2]
    if rule.ended_by or duty != step.agency:
        return False
    if context.process.state(step.target).end:
        return step.role != "implementer"
    way = main_path(context.process)
    return step.target in way and (step.source not in way or way.index(step.target) > way.index(step.source))


@lru_cache(maxsize=64)
def main_path(process: Process) -> tuple[str, ...]:
    """The states of the main path, in order."""
    onward = {move.source[0]: move.target for move in process.transitions if move.main and move.target}
    way = [process.initial]
    while way[-1] in onward:
        way.append(onward[way[-1]])
    return tuple(way)


def _moved_day(deadline: Deadline, rule: DeadlineRule, context: Attempt, step: Step) -> Deadline | None:
    """A running deadline whose day the step moves: it names the fact, or carries the work into another year."""
    day = step.facts.get(rule.fact) if rule.fact else None
    if rule.fixed is not None and _CARRIED in step.facts:
        proposal, situation = context.proposal, context.situation
        day = year_day(rule.fixed, proposal.budget_year, situation.law.calendar)
        day = situation.guided_day(rule, proposal, context.today) or day
    if not isinstance(day, date) or day == deadline.last_day:
        return None
    return changed(deadline, epoch=deadline.epoch + 1, last_day=day, reason=step.action)


def _begins(rule: DeadlineRule, before: Proposal | None, step: Step, *, is_live: bool) -> bool:
    if is_live or step.target not in rule.runs_in or step.action in rule.ended_by:
        return False
    if rule.started_by:
        return step.action in rule.started_by
    return before is None or before.state not in rule.runs_in


def _goes_on(rule: DeadlineRule, step: Step) -> bool:
    """Whether a monthly duty is owed for more months, because the contract ends on another day."""
    return rule.monthly is not None and step.target in rule.runs_in and _CARRIED in step.facts


def _begin(rule: DeadlineRule, context: Attempt, step: Step, holder: str) -> list[Deadline]:
    on, shared = legal_day(step.recorded_at), context.situation.shared if rule.per_contract else None
    counted = context.proposal.day(rule.counts_from) if rule.counts_from else None
    if shared is not None and shared.since is not None:
        counted = max(counted or on, shared.since)
    fact = context.proposal.day(rule.fact) if rule.fact else None
    if rule.kind == "fact" and fact is None:
        return []
    if rule.kind == "fixed" and not context.proposal.budget_year:
        return []  # Without a plan year there is no year whose day it could be.
    seat = duty_seat(rule, context, holder)
    guided = context.situation.guided_day(rule, context.proposal, context.today)
    begun = []
    for period in _owed(rule, context, on):
        earlier = next((d for d in context.deadlines if d.rule == rule.key and d.period == period), None)
        if earlier is not None and period and (earlier.is_live or earlier.state == "met"):
            continue
        deadline = start(
            rule,
            seat=seat,
            seq=step.seq,
            on=counted or on,
            plan_year=context.proposal.budget_year,
            calendar=context.situation.law.calendar,
            period=period,
            fact=fact,
            guided=guided,
            epoch=earlier.epoch + 1 if earlier else 1,
        )
        begun.append(hold(deadline) if shared is not None and shared.waits_for else deadline)
    return begun


def _owed(rule: DeadlineRule, context: Attempt, on: date) -> tuple[str, ...]:
    """The periods of a monthly duty until the contract ends; one nameless period for every other kind."""
    if rule.monthly is None:
        return ("",)
    end = context.proposal.day("contract_end") or on
    return tuple(periods(on + timedelta(days=1), max(on, end), rule.monthly))


def duty_seat(rule: DeadlineRule, context: Attempt, holder: str) -> str:
    """Whose duty a deadline is: the role its rule names, else who owns the act that ends it, else the holder."""
    role = rule.duty
    if role is None and rule.ended_by:
        move = context.process.transition(context.proposal.state, rule.ended_by[0])
        role = held_by(move.owner, context) if move else None
    if role is None:
        return holder
    return seat_of(role, context.situation.agency_for(role, context.proposal, context.today) or "unappointed")
