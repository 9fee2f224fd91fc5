"""Counting a deadline anew because the calendar or a letter changed: what becomes of it, and is that news? Pure.

A proposal's own entries and the law of the moment are all it takes, so a replay counts the same again.
"""

from collections.abc import Sequence

from definitions.calendar import Calendar
from definitions.process import DeadlineRule
from workflow.attempt import Attempt
from workflow.deadlines import Deadline, recount
from workflow.entries import Entry
from workflow.proposal import Proposal
from workflow.reminding import reminders_ahead
from workflow.storage import Cancelled, Effects
from workflow.trails import follow, steps_taken

#: What of a deadline is worth an entry when it changes; the calendar mark alone is not.
_TOLD = ("last_day", "provisional", "consumed")


def count_anew(deadline: Deadline, context: Attempt, entries: Sequence[Entry]) -> Deadline:
    """The deadline as the law of now counts it; a moved last day of a running one begins a new epoch."""
    rule, proposal = context.process.rule(deadline.rule), context.proposal
    runs, _ = follow(deadline, rule, steps_taken(entries, context.process)) if rule.kind == "days" else ((), ())
    again = recount(
        deadline,
        rule,
        runs,
        plan_year=proposal.budget_year,
        calendar=context.situation.law.calendar,
        guided=context.situation.guided_day(rule, proposal, context.today),
    )
    return moved(deadline, again)


def moved(deadline: Deadline, again: Deadline) -> Deadline:
    """``again`` with a new epoch where reminders of ``deadline`` would speak of another day."""
    news = deadline.state == "running" and again.last_day != deadline.last_day
    return again.in_epoch(deadline.epoch + 1) if news else again


def is_news(deadline: Deadline, again: Deadline) -> bool:
    """Whether counting anew changed more than the calendar mark."""
    return any(getattr(deadline, name) != getattr(again, name) for name in _TOLD)


def effects_of_moving(pairs: Sequence[tuple[Deadline, Deadline]], context: Attempt, *, reason: str) -> Effects:
    """What follows where deadlines were counted anew; ``context`` holds the proposal with the new ones.

    Where the day stays, so do the reminders; a reminder of the beginning is not sent again.
    """
    fresh = [again for before, again in pairs if again.epoch != before.epoch]
    return Effects(
        deadlines=tuple(again for _, again in pairs),
        reminders=tuple(row for again in fresh for row in reminders_ahead(again, context)),
        cancelled=tuple(
            Cancelled(rule=again.rule, period=again.period, reason=reason, superseded=True) for again in fresh
        ),
    )


def follow_edit(before: Proposal, context: Attempt, entries: Sequence[Entry]) -> tuple[tuple[Deadline, Deadline], ...]:
    """The live deadlines that an edit moves because it names another plan year, each before and after it."""
    if before.budget_year == context.proposal.budget_year:
        return ()
    live = (row for row in context.deadlines if row.is_live)
    pairs = ((row, count_anew(row, context, entries)) for row in live if _of_a_year(row, context))
    return tuple((row, again) for row, again in pairs if is_news(row, again))


def _of_a_year(deadline: Deadline, context: Attempt) -> bool:
    rule = context.process.rule(deadline.rule)
    return rule.fixed is not None or rule.not_after is not None


def counts_plainly(deadline: Deadline, rule: DeadlineRule) -> bool:
    """Whether the deadline can be counted anew without its history: it never stood still, and nothing caps it."""
    if rule.kind == "days":
        begun = deadline.state == "running" and deadline.consumed == 0 and deadline.running_since == deadline.started_on
        return begun and rule.not_after is None
    return rule.fixed is None


def plainly(deadline: Deadline, rule: DeadlineRule, calendar: Calendar) -> Deadline:
    """Such a deadline counted anew."""
    runs = follow(deadline, rule, ())[0]
    return moved(deadline, recount(deadline, rule, runs, plan_year=0, calendar=calendar))
