"""Which deadlines a step stops, lets stand still, resumes or starts. Nothing else in the house starts a clock."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

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


class _Kind(NamedTuple):
    """All of a step that decides which rules' deadlines it may change."""

    #: The state before it; None: it is a creation.
    source: str | None
    action: str
    target: str
    #: Its facts that move days.
    named: frozenset[str]
    #: The rules of deadlines that run or stand still, and whether one of them stands still.
    live: frozenset[str]
    stands_still: bool


def follow_clocks(before: Proposal | None, context: Attempt, step: Step, *, holder: str) -> ClockChanges:
    """The clock changes of a step; ``context`` holds the proposal after it and the deadlines before it."""
    live: dict[str, list[Deadline]] = {}
    stands_still = False
    for deadline in context.deadlines:
        state = deadline.state
        if state in LIVE:
            live.setdefault(deadline.rule, []).append(deadline)
            stands_still = stands_still or state == "paused"
    process, source = context.process, None if before is None else before.state
    named = _naming_days(process).intersection(step.facts)
    kind = _Kind(source, step.action, step.target, named, frozenset(live), stands_still)
    ended: list[Deadline] = []
    started: list[Deadline] = []
    for rule in _concerned(process, kind):
        changes = [moved for d in live.get(rule.key, ()) if (moved := _stopped(d, rule, context, step)) is not None]
        if _begins(rule, kind) or _goes_on(rule, kind):
            changes += _begin(rule, context, step, holder)
        for deadline in changes:
            (started if deadline.state == "running" else ended).append(deadline)
    return ClockChanges(ended=tuple(ended), started=tuple(started)) if ended or started else _UNCHANGED


_UNCHANGED = ClockChanges()


@lru_cache(maxsize=64)
def _naming_days(process: Process) -> frozenset[str]:
    """The facts that move the days of deadlines which run."""
    return frozenset({_CARRIED} | {rule.fact for rule in process.rules if rule.fact})


@lru_cache(maxsize=8192)
def _concerned(process: Process, kind: _Kind) -> tuple[DeadlineRule, ...]:
    """The rules whose deadlines such a step may change, in their order: most steps in place change none."""
    rules = process.rules_of(process.rules_in(kind.target).union(kind.live))
    return tuple(
        rule
        for rule in rules
        if (rule.key in kind.live and not _runs_on(rule, kind)) or _begins(rule, kind) or _goes_on(rule, kind)
    )


def _runs_on(rule: DeadlineRule, kind: _Kind) -> bool:
    """Whether a live deadline certainly runs after such a step as it ran before."""
    is_moved = rule.fact in kind.named or (rule.fixed is not None and _CARRIED in kind.named)
    return kind.target in rule.runs_in and not (kind.stands_still or kind.action in rule.ended_by or is_moved)


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


def _begins(rule: DeadlineRule, kind: _Kind) -> bool:
    if rule.key in kind.live or kind.target not in rule.runs_in or kind.action in rule.ended_by:
        return False
    if rule.started_by:
        return kind.action in rule.started_by
    return kind.source not in rule.runs_in


def _goes_on(rule: DeadlineRule, step: _Kind | Step) -> bool:
    """Whether a monthly duty is owed for more months, because the contract ends on another day."""
    facts = step.named if isinstance(step, _Kind) else step.facts
    return rule.monthly is not None and step.target in rule.runs_in and _CARRIED in facts


def _begin(rule: DeadlineRule, context: Attempt, step: Step, holder: str) -> list[Deadline]:
    on, shared = legal_day(step.recorded_at), context.situation.shared if rule.per_contract else None
    counted = context.proposal.day(rule.counts_from) if rule.counts_from else None
    if shared is not None and shared.since is not None:
        counted = max(counted or on, shared.since)
    fact = context.proposal.day(rule.fact) if rule.fact else None
    kind, plan_year = rule.kind, context.proposal.budget_year
    if kind == "fact" and fact is None:
        return []
    if kind == "fixed" and not plan_year:
        return []  # Without a plan year there is no year whose day it could be.
    seat = duty_seat(rule, context, holder)
    guided = context.situation.guided_day(rule, context.proposal, context.today)
    begun, known = [], {d.period: d for d in context.deadlines if d.rule == rule.key}
    for period in _owed(rule, context, on):
        earlier = known.get(period)
        if earlier is not None and period and (earlier.is_live or earlier.state == "met"):
            continue
        deadline = start(
            rule,
            seat=seat,
            seq=step.seq,
            on=counted or on,
            plan_year=plan_year,
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
