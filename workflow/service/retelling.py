"""What entries say of time: the deadlines and the holder that follow from them, worked out again.

The same functions that wrote the rows tell them again, so a row that differs was changed by somebody else, or was
written by a release that counted otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.authority import Situation, seat_of
from workflow.changing import changed
from workflow.clocks import follow_clocks
from workflow.correcting import CORRECTED, effects_of_taking_back
from workflow.deadlines import Deadline, close, hold, start
from workflow.entries import BrokenHistory, Entry, ReadEntry, read_body
from workflow.extending import lengthened
from workflow.ledger import Stage, read_shared
from workflow.opening import opening_effects
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Step, legal_day
from workflow.recounting import count_anew, follow_edit
from workflow.service.asking import OPINION
from workflow.service.contracts import released
from workflow.storage import Replaced
from workflow.telling import Told
from workflow.trails import ABOUT_ONE, EXTENDED, RECOUNTED, STARTS, WAITS

#: What the law and the registers said when an entry of that number was written.
SituationAt = Callable[[Proposal, int], Situation]
_NOBODY = Told(base_url="", sandbox=False)
#: Entries that lengthen the chain and leave the row as it was.
_BESIDE = ("handed-over",)


class Retold(Struct, frozen=True, kw_only=True):
    """The deadlines and the holder that the entries lead to."""

    deadlines: tuple[Deadline, ...]
    #: As ``role@agency``; empty at an end.
    holder: str


@dataclass(slots=True)
class _Telling:
    situation_at: SituationAt
    deadlines: dict[tuple[str, str], Deadline] = field(default_factory=dict)
    replaced: Replaced = field(default_factory=Replaced)
    holder: str = ""


def retell(stages: Sequence[Stage], situation_at: SituationAt) -> Retold:
    """What the entries of one proposal, in order, make of its deadlines and its holder. Raises BrokenHistory."""
    *_, telling = _tellings(stages, situation_at)
    return _told(telling)


def retold_after_each(stages: Sequence[Stage], situation_at: SituationAt) -> Iterator[Retold]:
    """The same after each of the entries. Raises BrokenHistory."""
    return map(_told, _tellings(stages, situation_at))


def _tellings(stages: Sequence[Stage], situation_at: SituationAt) -> Iterator[_Telling]:
    """The one telling, as it stands after each of the entries."""
    telling, entries = _Telling(situation_at), [stage.entry for stage in stages]
    _begun(telling, entries, stages[0].proposal)
    yield telling
    for before, stage in pairwise(stages):
        if stage.entry.kind not in _BESIDE:
            _follow(telling, before.proposal, stage, entries)
        yield telling


def _told(telling: _Telling) -> Retold:
    return Retold(deadlines=tuple(telling.deadlines.values()), holder=telling.holder)


def _begun(telling: _Telling, entries: Sequence[ReadEntry], draft: Proposal) -> None:
    body = read_body(entries[0])
    context = _context(telling, entries[0], draft)
    telling.holder = holder_seat(context)
    if len(entries) > 1 and entries[1].kind == "opened":
        return  # It runs already; its clocks start with its opening.
    step = Step(
        code=draft.code,
        seq=1,
        action="new",
        source="",
        target=draft.state,
        moves=True,
        milestone=draft.milestone,
        revision=0,
        person=body["person"],
        actor="",
        agency=draft.implementer,
        agency_name="",
        role="implementer",
        effective_on=context.today,
        recorded_at=draft.created_at,
        process=draft.process,
        process_sha256=draft.process_sha256,
        channel=body["channel"],
    )
    _put(telling, follow_clocks(None, context, step, holder=telling.holder).started)


def _follow(telling: _Telling, before: Proposal, stage: Stage, entries: Sequence[ReadEntry]) -> None:
    """``entries`` are all of the case."""
    entry, step, after = stage
    context = _context(telling, entry, after, step)
    holder = holder_seat(context)
    if entry.kind == "step" and step is not None:
        _step(telling, step, before, context, holder)
    elif step is not None:
        _put(telling, opening_effects(context, step, told=_NOBODY).deadlines)
        telling.replaced = Replaced()
    elif entry.kind == CORRECTED:
        _put(telling, effects_of_taking_back(telling.replaced, context).deadlines)
        telling.replaced = Replaced()
    elif entry.kind == "edited":
        _put(telling, tuple(again for _, again in follow_edit(before, context, _before(entry, entries))))
    elif entry.kind == "asked":
        _put(telling, (_asked(context, read_body(entry)),))
    elif entry.kind == "answered":
        _put(telling, _answered(context, read_body(entry)["answers"]))
    elif entry.kind in ABOUT_ONE:
        _put(telling, _about_one(entry, context, _before(entry, entries)))
    telling.holder = holder


def _before(entry: Entry, entries: Sequence[ReadEntry]) -> Sequence[ReadEntry]:
    return entries[: (entry.seq or 1) - 1]


def _step(telling: _Telling, step: Step, before: Proposal, context: Attempt, holder: str) -> None:
    changes = follow_clocks(before, context, step, holder=holder)
    touched = (*changes.ended, *changes.started)
    rows = {(row.rule, row.period): telling.deadlines.get((row.rule, row.period)) for row in touched}
    telling.replaced = Replaced(seq=step.seq, before=rows)
    _put(telling, touched)


def _about_one(entry: Entry, context: Attempt, entries: Sequence[Entry]) -> tuple[Deadline, ...]:
    """What an entry about one deadline made of it; where it counts, it is counted again."""
    body = read_body(entry)
    place = (body["rule"], body["period"])
    deadline = next((row for row in context.deadlines if (row.rule, row.period) == place), None)
    if deadline is None:
        raise BrokenHistory(entry.subject, entry.seq, "finding.no_deadline", name=place[0])
    if entry.kind == EXTENDED:
        return (lengthened(deadline, body["days"], context),)
    if entry.kind == RECOUNTED:
        return (count_anew(deadline, context, entries),)
    if entry.kind == WAITS:
        return (hold(deadline),)
    if entry.kind == STARTS:
        on = date.fromisoformat(body["from_day"])
        return (released(deadline, context.situation, on=on, seq=entry.seq or 0),)
    return ()


def _asked(context: Attempt, body: dict[str, Any]) -> Deadline:
    """The deadline of a question; its day was written down, because who asked may have named another allowance."""
    opinion = next(one for one in context.proposal.opinions if one.seq == body["seq"])
    calendar, rule = context.situation.law.calendar, context.process.rule(OPINION)
    named = start(
        rule.model_copy(update={"days": body.get("days", rule.days)}),
        seat=seat_of("head", opinion.agency),
        seq=opinion.seq,
        on=context.today,
        plan_year=context.proposal.budget_year,
        calendar=calendar,
        period=str(opinion.seq),
    )
    return changed(named, last_day=opinion.last_day)


def _answered(context: Attempt, seq: int) -> tuple[Deadline, ...]:
    live = [row for row in context.deadlines if (row.rule, row.period) == (OPINION, str(seq)) and row.is_live]
    calendar, on = context.situation.law.calendar, context.today
    return tuple(close(row, on=on, calendar=calendar, state="met", reason="answer") for row in live)


def _context(telling: _Telling, entry: ReadEntry, proposal: Proposal, step: Step | None = None) -> Attempt:
    """In what situation the entry was written; ``step`` is the one that it holds."""
    situation, content = telling.situation_at(proposal, entry.seq or 0), entry.content
    shared = read_shared(content) if step is not None else None
    if shared is not None:
        situation = changed(situation, shared=shared)
    move = situation.process.transition(step.source, step.action) if step is not None else None
    taken = step if entry.kind == "step" else None
    return Attempt(
        transition=move or situation.process.transitions[0],
        proposal=proposal,
        situation=situation,
        actor=Actor(person=str(content.get("person", "")), name=""),
        at=entry.recorded_at,
        effective_on=legal_day(entry.recorded_at) if step is None else step.effective_on,
        facts=taken.facts if taken is not None else None,
        documents=taken.documents if taken is not None else (),
        deadlines=tuple(telling.deadlines.values()),
    )


def _put(telling: _Telling, rows: Sequence[Deadline]) -> None:
    for row in rows:
        telling.deadlines[row.rule, row.period] = row
