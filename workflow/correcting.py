"""Taking back a step that was a mistake: what stands in the way, and what the proposal and its time become.

A compensating entry of the same agency, before any other step: the proposal is as it was before the step, but for what
was put on the case since. Time has really run: durations go on from where they ran before, as if never touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.deadlines import Deadline, assume, close, recount
from workflow.entries import Entry, read_body
from workflow.errors import NOBODY, Unmet
from workflow.proposal import FactValue, Filed, Proposal, Step, legal_day
from workflow.reminding import reminders_ahead
from workflow.signing import after_correction
from workflow.storage import Cancelled, Effects, Replaced
from workflow.telling import REACHING

#: Entries that stand for steps; what is taken back must be the newest of them.
_STEPS = ("step", "opened", "corrected")
CORRECTED = "corrected"
EXTENDED = "extended"


class Mistake(Struct, frozen=True, kw_only=True):
    """The step to take back, with what is needed to judge and undo it."""

    step: Step
    #: The entries that came after it.
    since: Sequence[Entry]
    replaced: Replaced
    reason: str


def newest_step(entries: Sequence[Entry]) -> Entry | None:
    """The newest entry that stands for a step, if it is one that can be taken back at all."""
    found = next((entry for entry in reversed(entries) if entry.kind in _STEPS), None)
    return found if found is not None and found.kind == "step" else None


def unmet_correction(mistake: Mistake, context: Attempt) -> Iterator[Unmet]:
    """Everything that stands in the way of taking the step back, ownership apart."""
    step, process = mistake.step, context.process
    move = process.transition(step.source, step.action)
    label = move.label if move else step.action
    if not mistake.reason.strip():
        yield Unmet("unmet.no_reason", {})
    if mistake.replaced.seq != step.seq:
        yield Unmet("unmet.nothing_to_correct", {}, (NOBODY,))
    if any(entry.kind == "edited" and not _reaches(entry) for entry in mistake.since):
        yield Unmet("unmet.edited_since", {"action": label}, (NOBODY,))
    if any(entry.kind == EXTENDED and _touched(entry, mistake.replaced) for entry in mistake.since):
        yield Unmet("unmet.extended_since", {"action": label}, (NOBODY,))
    money = [field for field in (move.facts if move else ()) if field.type == "money" and field.key in step.facts]
    if money:
        yield Unmet("unmet.money_decided", {"action": label, "label": money[0].label}, (NOBODY,))
    last = last_day_to_correct(step, context)
    if last is None:
        yield Unmet("unmet.never_corrected", {"process": process.label}, (NOBODY,))
    elif context.today > last:
        yield Unmet("unmet.too_late_to_correct", {"action": label, "last_day": last}, (NOBODY,))


def _reaches(entry: Entry) -> bool:
    """Whether an edit changed nothing but how the beneficiary is reached, which taking a step back leaves as it is."""
    body = read_body(entry)
    private = (path.removeprefix("data.") for path in body["private"] if path.startswith("data."))
    return REACHING.issuperset((*body["data"], *body["emptied"], *private))


def _touched(entry: Entry, replaced: Replaced) -> bool:
    """Whether an entry speaks of a deadline that the step changed, so that taking it back would forget the entry."""
    body = read_body(entry)
    return replaced.before.get((body["rule"], body["period"])) is not None


def last_day_to_correct(step: Step, context: Attempt) -> date | None:
    """The last day on which the step may be taken back; None where the process never allows it."""
    rule = context.process.correctable_within
    if rule is None:
        return None
    day = legal_day(step.recorded_at)
    return assume(context.situation.law.calendar, day.year, day.year + 1).shift(day, rule.working_days)


def owner_of(step: Step, context: Attempt) -> str:
    """The seat that may take the step back: its own, with the agency that does its work today."""
    return seat_of(step.role, context.situation.successor(step.agency, context.today))


def taken_back(now: Proposal, earlier: Proposal, body: dict[str, Any]) -> Proposal:
    """The proposal after the entry ``body``; ``earlier`` is it before the step, ``now`` it before this entry."""
    mistaken = changed(now.past[len(earlier.past)], undone=True)
    return changed(
        earlier,
        revision=body["revision"],
        data=_data(now, earlier),
        past=(*earlier.past, mistaken),
        papers=_papers(now, earlier, body["undoes"]),
        opinions=now.opinions,
        signings=after_correction(now, earlier, body["undoes"]),
        last_at=now.last_at,
        last_seq=now.last_seq,
        last_hash=now.last_hash,
    )


def _data(now: Proposal, earlier: Proposal) -> Mapping[str, FactValue]:
    """The data before the step; an address that was put right since stays, unless it is that of another beneficiary."""
    if now.data.get("beneficiary") != earlier.data.get("beneficiary"):
        return earlier.data
    kept = {key: value for key, value in earlier.data.items() if key not in REACHING}
    return {**kept, **{key: now.data[key] for key in REACHING & now.data.keys()}}


def _papers(now: Proposal, earlier: Proposal, undone: int) -> tuple[Filed, ...]:
    """The papers that waited before the step wait again; those put on the case since stand for older ones."""
    since = tuple(paper for paper in now.papers if paper.seq > undone)
    places = {(paper.agency, paper.key) for paper in since}
    return (*(paper for paper in earlier.papers if (paper.agency, paper.key) not in places), *since)


def effects_of_taking_back(replaced: Replaced, context: Attempt) -> Effects:
    """Deadlines as they were before the step, with reminders planned anew; ``context`` holds the proposal after it."""
    standing = {(row.rule, row.period): row for row in context.deadlines}
    found = [
        (standing[key], _restored(standing[key], before, context))
        for key, before in replaced.before.items()
        if key in standing
    ]
    rows = [row for _, row in found if row is not None]
    running = [row for row in rows if row.state == "running"]
    alive = {(row.rule, row.period) for row in running}
    return Effects(
        deadlines=tuple(rows),
        reminders=tuple(reminder for row in running for reminder in reminders_ahead(row, context)),
        cancelled=tuple(
            Cancelled(rule=row.rule, period=row.period, reason=CORRECTED, superseded=(row.rule, row.period) in alive)
            for row, _ in found
        ),
    )


def _restored(standing: Deadline, before: Deadline | None, context: Attempt) -> Deadline | None:
    """What becomes of a deadline that the step changed (None: nothing), or started (``before`` None)."""
    if before is not None:
        keeps = not before.is_live or before.is_held
        again = changed(before, epoch=standing.epoch + 1, reason=before.reason if keeps else CORRECTED)
        return _guided(again, context)
    if not standing.is_live:
        return None
    calendar = context.situation.law.calendar
    return close(standing, on=context.today, calendar=calendar, state="lapsed", reason=CORRECTED)


def _guided(deadline: Deadline, context: Attempt) -> Deadline:
    """A fixed day with what letters and calendars have said of it meanwhile."""
    rule = context.process.rule(deadline.rule)
    if rule.fixed is None or not deadline.is_live:
        return deadline
    situation, proposal = context.situation, context.proposal
    return recount(
        deadline,
        rule,
        (),
        plan_year=proposal.budget_year,
        calendar=situation.law.calendar,
        guided=situation.guided_day(rule, proposal, context.today),
    )
