"""What follows from a move: deadlines stopped and started, reminders, notices. Pure; ``plan`` is the one way in."""

from collections.abc import Callable

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.clocks import ClockChanges, follow_clocks
from workflow.deadlines import Deadline
from workflow.ownership import holder_seat
from workflow.proposal import Proposal, Step
from workflow.reminding import cancelled_by, reminders_of
from workflow.storage import Effects, Notice, Person
from workflow.telling import Told, notices_of

#: Who holds a seat (``role@agency``) on the day of the move.
People = Callable[[str], tuple[Person, ...]]


def plan(before: Proposal | None, context: Attempt, step: Step, *, people: People, told: Told) -> Effects:
    """Everything that follows from ``step``, as rows for its own transaction.

    ``context`` is the attempt with the proposal as it stands *after* the step and its deadlines as they were before.
    ``before`` is None for a creation, which starts clocks and tells nobody.
    """
    changes = follow_clocks(before, context, step, holder=holder_seat(context))
    calendar = context.situation.law.calendar
    fresh = (*changes.ended, *changes.started)
    after = changed(context, deadlines=changes.merged(context.deadlines)) if fresh else context
    reminders = tuple(
        reminder
        for deadline in changes.started
        for reminder in reminders_of(deadline, context, at=step.recorded_at, calendar=calendar)
    )
    notices: tuple[Notice, ...] = ()
    if before is not None:
        notices = notices_of(before, after, step, holder=holder_seat(after), people=people, told=told)
    return Effects(
        deadlines=fresh,
        replaced=_replaced(context.deadlines, fresh),
        reminders=reminders,
        cancelled=cancelled_by(changes, step),
        notices=notices,
    )


def _replaced(before: tuple[Deadline, ...], fresh: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
    changed = {(row.rule, row.period) for row in fresh}
    return tuple([row for row in before if (row.rule, row.period) in changed])


class Consequence(Struct, frozen=True, kw_only=True):
    """What pressing an action would do, for the person about to press it; from the same code that will do it."""

    target: str
    changes: ClockChanges
    notices: tuple[Notice, ...]


def foresee(before: Proposal, context: Attempt, step: Step, *, people: People, told: Told) -> Consequence:
    """What ``step`` would do if it happened now, with the facts known so far."""
    effects = plan(before, context, step, people=people, told=told)
    changes = follow_clocks(before, context, step, holder=holder_seat(context))
    return Consequence(target=step.target, changes=changes, notices=effects.notices)
