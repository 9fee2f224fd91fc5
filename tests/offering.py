"""Draws values that the engine's own bounds allow, so that tests can hold the engine to what it offers."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from hypothesis import reject
from hypothesis import strategies as st

from definitions.process import Field
from tests.rehearsal import CAST, Case, attempt_of
from workflow.attempt import Attempt
from workflow.bounds import largest, open_periods, recorded_lines, smallest
from workflow.changing import changed
from workflow.checks import is_required
from workflow.conditions import open_request_kind
from workflow.engine import ActionView, available
from workflow.ownership import owner_seats
from workflow.proposal import Actor, FactValue, legal_day

#: What an adjustment of a kind may change; the other new values stay empty.
_CHANGES = {
    "time": ("contract_end",),
    "next_year": ("contract_end",),
    "place": ("commune",),
    "beneficiary": ("beneficiary", "commune"),
    "increase_support": ("approved_amount",),
    "decrease_or_same": ("approved_amount",),
}
_NEW_VALUES = ("contract_end", "beneficiary", "commune", "approved_amount")
_MOST = 10**12


def offers(case: Case, at: datetime) -> Iterator[tuple[Actor, ActionView]]:
    """Everything that somebody of the cast may do now, each action with the first who may."""
    found: dict[str, tuple[Actor, ActionView]] = {}
    for actor in _owners(case, at):
        for view in available(case.proposal, situation=case.situation, by=actor, at=at, deadlines=case.deadlines):
            if view.allowed:
                found.setdefault(view.transition.action, (actor, view))
    return iter(found.values())


def _owners(case: Case, at: datetime) -> Iterator[Actor]:
    """Whoever of the cast owns some action of the state; nobody else is ever allowed one."""
    moves = case.situation.process.transitions_from(case.proposal.state)
    seats = {seat for move in moves for seat in owner_seats(attempt_of(case, move.action, at=at))}
    return (actor for actor in CAST if any(str(seat) in seats for seat in actor.seats))


def values(draw: st.DrawFn, attempt: Attempt) -> dict[str, FactValue]:
    """Facts within the bounds of the fields, the paper's date first because amounts depend on it."""
    facts: dict[str, FactValue] = {}
    fields = sorted(attempt.transition.facts, key=lambda field: field.key != attempt.transition.effective)
    for field in fields:
        on = facts.get(attempt.transition.effective or "", attempt.effective_on)
        now = changed(attempt, facts=facts, effective_on=on if isinstance(on, date) else attempt.effective_on)
        if _wanted(draw, field, now):
            if not _possible(field, now):  # The day drawn for the paper leaves no amount: another day would.
                reject()
            facts[field.key] = _value(draw, field, now)
    return facts


def _wanted(draw: st.DrawFn, field: Field, attempt: Attempt) -> bool:
    if attempt.transition.action == "adjust" and field.key in _NEW_VALUES:
        opened = field.key in _CHANGES.get(open_request_kind(attempt), ())
        return opened and (is_required(field, attempt) or (_possible(field, attempt) and draw(st.booleans())))
    return is_required(field, attempt) or (_possible(field, attempt) and draw(st.booleans()))


def _possible(field: Field, attempt: Attempt) -> bool:
    least, most = largest(field.min, attempt), smallest(field.max, attempt)
    return least is None or most is None or least <= most  # type: ignore[operator]  # Both are numbers or both days.


def _value(draw: st.DrawFn, field: Field, attempt: Attempt) -> FactValue:
    if field.equals is not None:
        return field.equals
    match field.type:
        case "bool":
            return draw(st.booleans())
        case "choice":
            return draw(st.sampled_from(_choices(field, attempt)))
        case "date":
            return _day(draw, field, attempt)
        case "text":
            return _text(draw, field, attempt)
        case _:
            least, most = largest(field.min, attempt), smallest(field.max, attempt)
            low = least if isinstance(least, int) else 0
            return draw(st.integers(low, max(low, most) if isinstance(most, int) else _MOST))


def _choices(field: Field, attempt: Attempt) -> list[str]:
    """The choices that guards leave: the kind that was asked for, and forms taken on site where nobody inspected."""
    known = [choice.key for choice in field.choices]
    if field.key == "kind" and attempt.transition.action == "adjust":
        return [open_request_kind(attempt)]
    if field.key == "form" and not any(attempt.proposal.did("inspect")):
        return ["mau_5a", "mau_5b"]
    return known


def _day(draw: st.DrawFn, field: Field, attempt: Attempt) -> date:
    least, most = largest(field.min, attempt), smallest(field.max, attempt)
    drafted = legal_day(attempt.proposal.created_at)  # Papers older than the file would choose the law of their day.
    low = least if isinstance(least, date) else drafted
    high = most if isinstance(most, date) else low + timedelta(days=400)
    return draw(st.dates(low, max(low, high)))


def _text(draw: st.DrawFn, field: Field, attempt: Attempt) -> str:
    if field.key == "period":
        return draw(st.sampled_from(open_periods(attempt)))
    if field.key in ("commune", "line_commune", "proposed_commune"):
        return "binh-lu"
    if field.key == "accepted_line":
        return draw(st.sampled_from(lines_to_accept(attempt)))
    return draw(st.sampled_from(("1", "2", "12/ABC", "Đủ hồ sơ, đúng quy định.")))


def lines_to_accept(attempt: Attempt) -> list[str]:
    """Lines of the plan that no site acceptance names yet."""
    accepted = {past.facts.get("accepted_line") for past in attempt.proposal.did("accept_line")}
    return [line for line in recorded_lines(attempt.proposal) if line not in accepted]
