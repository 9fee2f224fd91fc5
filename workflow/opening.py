"""Bringing in a proposal that was running before this system knew it: what it must say, who may say it, what follows.

One entry states where the proposal stands and what was decided so far. No step is made up: guards that ask for an
earlier step find none, sums that were moved before come along (``allocate.allocated_amount``), and the person who
brings the proposal in stands for the steps before it (docs/decisions/0012).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache

from msgspec import Struct

from definitions.calendar import Calendar
from definitions.process import Field, Process, Transition, free_texts
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.changing import changed
from workflow.checks import faults_of
from workflow.clocks import main_path
from workflow.conditions import held_by
from workflow.deadlines import assume
from workflow.effects import plan
from workflow.errors import ACTOR, NOBODY, TIME, Unmet
from workflow.proposal import OPENED, Document, FactValue, Proposal, Seat, Step, legal_day
from workflow.reminding import morning, office_instant
from workflow.storage import Effects, Reminder
from workflow.telling import Told
from workflow.values import official

#: Sums moved before, as ``action.key``: where ``Proposal.total`` looks for them.
ALLOCATED, PAID, PAID_REST, REFUNDED = (
    *("allocate.allocated_amount", "advance.amount"),
    *("pay_rest.amount", "refund.amount"),
)
SUMS = (ALLOCATED, PAID, PAID_REST, REFUNDED)
#: What later bounds cannot do without, once the step that gives it lies behind.
_READ_LATER = ("approved_amount", "contract_value", "accepted_amount")
#: The first of each is never more than the second.
_WITHIN = (
    *((ALLOCATED, "approved_amount"), ("contract_value", "approved_amount"), ("contract_value", ALLOCATED)),
    *(("accepted_amount", "contract_value"), (PAID, "contract_value")),
)


class Opening(Struct, frozen=True, kw_only=True):
    """What is said of a running proposal."""

    state: str
    facts: Mapping[str, FactValue]
    #: The day on which it entered that state; None: the date of the paper that brought it there, else today.
    effective_on: date | None = None
    documents: tuple[Document, ...] = ()


def open_states(process: Process) -> tuple[str, ...]:
    """The states in which a proposal can be brought in: those of the main path after the first, and the ends."""
    ends = (state.key for state in process.states if state.end)
    return tuple(dict.fromkeys((*main_path(process)[1:], *ends)))


@lru_cache(maxsize=64)
def opening_fields(process: Process) -> Mapping[str, Field]:
    """What may be said of a running proposal beside its data: facts that are no free text, and sums, unbounded."""
    data = {field.key for field in process.data}
    facts = {key: field for key, field in process.fields.items() if key not in data}
    named = {key: _unbounded(facts[key]) for key in official(free_texts(facts.values()), dict.fromkeys(facts, 0))}
    for action, _, key in (sum_.partition(".") for sum_ in SUMS):
        move = next((move for move in process.transitions if move.action == action), None)
        field = move.fact(key) if move else None
        if move is not None and field is not None:
            update = {"key": f"{action}.{key}", "label": f"{move.label}: {field.label}"}
            named[f"{action}.{key}"] = _unbounded(field.model_copy(update=update))
    return named


def _unbounded(field: Field) -> Field:
    return field.model_copy(update={"min": (), "max": (), "unique": False, "required": False})


def entering(process: Process, state: str) -> tuple[Transition, ...]:
    """The steps that bring a proposal into a state: those of the main path, or all where none is."""
    moves = tuple(move for move in process.transitions if move.target == state)
    return tuple(move for move in moves if move.main) or moves


def opening_day(process: Process, opening: Opening, *, today: date) -> date:
    """The day on which the proposal entered its state."""
    dates = (opening.facts.get(move.effective) for move in entering(process, opening.state) if move.effective)
    return opening.effective_on or next((day for day in dates if isinstance(day, date)), today)


def opening_seats(context: Attempt, state: str) -> tuple[str, ...]:
    """The seats that may bring a proposal in at a state: who took the step there, never the implementer.

    Where the implementer took it, whoever received the file vouches for it.
    """
    roles = [held_by(move.owner, context) for move in entering(context.process, state)]
    if "implementer" in roles:
        roles = [held_by(context.process.state(state).holder, context), *roles]
    found = [
        seat_of(role, agency)
        for role in roles
        if role and role != "implementer"
        if (agency := context.situation.agency_for(role, context.proposal, context.today))
    ]
    return tuple(dict.fromkeys(found))


def opener(context: Attempt, state: str) -> Seat | None:
    """The seat by which the actor may bring the proposal in, or None."""
    wanted = opening_seats(context, state)
    held = (seat for seat in context.actor.seats if str(seat) in wanted and seat.holds(context.today))
    return next(held, None)


def unmet_opening(context: Attempt, opening: Opening) -> Iterator[Unmet]:
    """What stands in the way of bringing the proposal of ``context`` (a draft) in as ``opening`` says."""
    process = context.process
    if opening.state not in open_states(process):
        known = "; ".join(process.state(key).label for key in open_states(process))
        label = process.state(opening.state).label if process.has_state(opening.state) else opening.state
        yield Unmet("unmet.opening_state", {"state": label, "known": known})
        return
    if opener(context, opening.state) is None:
        yield _not_owner(context, opening.state)
    yield from _fields_unmet(context, opening)
    yield from _missing(process, opening)
    yield from _sums_unmet(process, opening.facts)
    day = opening_day(process, opening, today=context.today)
    if day > context.today:
        yield Unmet("unmet.effective_in_future", {"effective_on": day, "today": context.today}, (ACTOR, TIME))
    if context.proposal.flag("is_group") and _passed(process, opening.state, "approve_plan"):
        yield Unmet("unmet.opening_group", {"state": process.state(opening.state).label})


def _not_owner(context: Attempt, state: str) -> Unmet:
    seats = opening_seats(context, state)
    role, _, agency = next(iter(seats), "@").partition("@")
    params = {
        "role": context.process.role_label(role),
        "agency": context.situation.agency_name(agency, context.today),
        "state": context.process.state(state).label,
    }
    return Unmet("unmet.not_opener", params, seats or (NOBODY,))


def _fields_unmet(context: Attempt, opening: Opening) -> Iterator[Unmet]:
    fields = opening_fields(context.process)
    for key, value in opening.facts.items():
        if key not in fields:
            yield Unmet("unmet.unknown_fact", {"field": key, "known": ", ".join(sorted(fields))})
        else:
            yield from faults_of(fields[key], value, context)


def _missing(process: Process, opening: Opening) -> Iterator[Unmet]:
    """What later steps are held against must be said; nothing allocated or paid is said as 0."""
    fields, way = opening_fields(process), main_path(process)
    if opening.state not in way:
        return
    before = way[: way.index(opening.state)]
    given = {fact.key for move in process.transitions if move.main and move.source[0] in before for fact in move.facts}
    asked = [key for key in _READ_LATER if key in given]
    asked += [key for key in SUMS[:3] if _possible(process, opening.state, key.partition(".")[0])]
    asked += [rule.fact for rule in process.deadlines if rule.fact in given and opening.state in rule.runs_in]
    for key in dict.fromkeys(asked):
        if key in fields and opening.facts.get(key) is None:
            code = "unmet.opening_sum" if key in SUMS else "unmet.missing_fact"
            yield Unmet(code, {"field": key, "label": fields[key].label})


def _possible(process: Process, state: str, action: str) -> bool:
    """Whether the action can have happened to a proposal that stands there now."""
    way = main_path(process)
    here = way[: way.index(state) + 1]
    return any(move.action == action and any(source in here for source in move.source) for move in process.transitions)


def _passed(process: Process, state: str, action: str) -> bool:
    """Whether the last state of the main path in which the action is taken lies behind."""
    way = main_path(process)
    places = [
        way.index(key) for move in process.transitions if move.action == action for key in move.source if key in way
    ]
    return bool(places) and state in way and way.index(state) > max(places)


def _sums_unmet(process: Process, facts: Mapping[str, FactValue]) -> Iterator[Unmet]:
    fields = opening_fields(process)
    for key, bound in _WITHIN:
        value, limit = _paid(facts) if key == PAID else facts.get(key), facts.get(bound)
        if isinstance(value, int) and isinstance(limit, int) and value > limit and key in fields:
            params = {"field": key, "label": fields[key].label, "type": "money", "value": value, "limit": limit}
            yield Unmet("unmet.above_max", params)


def _paid(facts: Mapping[str, FactValue]) -> int:
    """Advances and rest paid, less refunds, in đồng."""
    signed = ((PAID, 1), (PAID_REST, 1), (REFUNDED, -1))
    return sum(sign * value for key, sign in signed if isinstance(value := facts.get(key), int))


def opening_step(context: Attempt, opening: Opening, seat: Seat) -> Step:
    """The opening in the form of a step of the draft in ``context``; nothing is checked here."""
    before, process = context.proposal, context.process
    milestone = process.state(opening.state).milestone
    return Step(
        code=before.code,
        seq=before.last_seq + 1,
        action=OPENED,
        source=before.state,
        target=opening.state,
        moves=True,
        milestone=before.milestone if milestone == "inherit" else milestone,
        revision=before.revision + 1,
        person=context.actor.person,
        actor=context.actor.name,
        agency=seat.agency,
        agency_name=context.situation.agency_name(seat.agency, context.today),
        role=seat.role,
        capacity=seat.capacity,
        effective_on=opening_day(process, opening, today=context.today),
        recorded_at=context.at,
        facts=dict(opening.facts),
        documents=opening.documents,
        process=process.ref,
        process_sha256=process.sha256,
        channel=context.actor.channel,
        os_user=context.actor.os_user,
    )


def opening_effects(context: Attempt, step: Step, *, told: Told) -> Effects:
    """Deadlines and reminders as if the state had just been entered; ``context`` holds the proposal after it.

    Clocks that start with the step into the state, or with money brought along, run from the day of recording. Nobody
    is told of what lies behind, and no reminder goes out before the next working morning.
    """
    process = context.process
    brought = [key.partition(".")[0] for key, value in step.facts.items() if "." in key and value]
    actions = [*(move.action for move in entering(process, step.target)[:1]), *brought]
    effects = Effects()
    for number, action in enumerate(actions):
        if number and process.transition(step.target, action) is None:
            continue
        as_if = changed(step, action=action, facts={})
        before: Proposal | None = context.proposal if number else None
        merged = changed(context, deadlines=effects.deadlines)
        more = plan(before, merged, as_if, people=lambda _: (), told=told)
        effects = Effects(
            deadlines=(*effects.deadlines, *more.deadlines), reminders=(*effects.reminders, *more.reminders)
        )
    calendar = context.situation.law.calendar
    return changed(effects, reminders=from_now_on(effects.reminders, at=context.at, calendar=calendar))


def from_now_on(reminders: tuple[Reminder, ...], *, at: datetime, calendar: Calendar) -> tuple[Reminder, ...]:
    """The reminders that lie ahead of an import; where a deadline has none, its last one goes out the next morning.

    Whoever imports by mistake has until then to notice, and nobody's first mail is about the import itself.
    """
    kept: list[Reminder] = []
    for key in dict.fromkeys((row.rule, row.period) for row in reminders):
        rows = [row for row in reminders if (row.rule, row.period) == key]
        ahead = [row for row in rows if row.offset != "start" and legal_day(row.fire_at) > legal_day(at)]
        last = rows[-1].offset
        kept += ahead or [changed(row, fire_at=_next_morning(at, calendar)) for row in rows if row.offset == last]
    return tuple(kept)


def _next_morning(at: datetime, calendar: Calendar) -> datetime:
    day = assume(calendar, legal_day(at).year, legal_day(at).year + 1).shift(legal_day(at), 1)
    return office_instant(morning(day), calendar)
