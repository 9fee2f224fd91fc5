"""A deadline that explains itself: its rule, what it rests on, how each day was counted, and the result."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from definitions.model import Basis
from definitions.process import DeadlineRule
from khuyencong.shapes.counting import Line, Pause, follow, lines_of
from workflow.authority import Situation
from workflow.deadlines import Deadline, days_left, year_day
from workflow.proposal import Proposal, Step


def explain(
    deadline: Deadline, proposal: Proposal, situation: Situation, steps: Sequence[Step], *, today: date
) -> dict[str, Any]:
    """One deadline with everything needed to compute its last day again by hand."""
    rule = situation.process.rule(deadline.rule)
    calendar = situation.law.calendar
    return {
        **summary(deadline, situation, today=today),
        "kind": rule.kind,
        "basis": _basis(rule.basis),
        "started_by": _starter(deadline, situation, steps),
        "started_on": deadline.started_on.isoformat(),
        "counts_from": rule.counts_from,
        "allowance": deadline.allowance,
        "unit": deadline.unit,
        "not_after": _not_after(rule, proposal, situation),
        "fixed": _fixed(rule, proposal, situation),
        "fact": {"key": rule.fact, "value": deadline.last_day.isoformat()} if rule.fact else None,
        **_counted(deadline, rule, situation, steps),
        "calendar": deadline.calendar,
        "calendar_now": calendar.version,
        "if_missed": rule.if_missed,
    }


def summary(deadline: Deadline, situation: Situation, *, today: date) -> dict[str, Any]:
    """A deadline in short, as lists show it; ``days_left`` in working days, negative when late, None when closed."""
    rule = situation.process.rule(deadline.rule)
    role, _, agency = deadline.seat.partition("@")
    left = days_left(deadline, today, situation.law.calendar) if deadline.state == "running" else None
    return {
        "rule": deadline.rule,
        "label": rule.label,
        "period": deadline.period,
        "state": deadline.state,
        "reason": deadline.reason,
        "seat": deadline.seat,
        "role": role,
        "agency": agency,
        "agency_name": situation.agency_name(agency, today),
        "last_day": deadline.last_day.isoformat(),
        "due": deadline.due.isoformat(),
        "days_left": left,
        "provisional": deadline.provisional,
        "is_law": rule.basis.is_law,
        "by_contract": rule.kind == "fact",
    }


def _basis(basis: Basis) -> dict[str, Any]:
    return {**basis.model_dump(mode="json"), "is_law": basis.is_law}


def _starter(deadline: Deadline, situation: Situation, steps: Sequence[Step]) -> dict[str, Any]:
    step = next((step for step in steps if step.seq == deadline.started_by), None)
    if step is None:
        return {"seq": deadline.started_by, "action": None, "label": None, "recorded_at": None}
    move = situation.process.transition(step.source, step.action)
    return {
        "seq": step.seq,
        "action": step.action,
        "label": move.label if move else step.action,
        "recorded_at": step.recorded_at.isoformat(),
    }


def _not_after(rule: DeadlineRule, proposal: Proposal, situation: Situation) -> str | None:
    if rule.not_after is None:
        return None
    return year_day(rule.not_after, proposal.plan_year, situation.law.calendar).isoformat()


def _fixed(rule: DeadlineRule, proposal: Proposal, situation: Situation) -> dict[str, Any] | None:
    if rule.fixed is None:
        return None
    guided = [one for one in situation.guidance if (one.rule, one.plan_year) == (rule.key, proposal.plan_year)]
    return {
        **rule.fixed.model_dump(),
        "plan_year": proposal.plan_year,
        "by_rule": year_day(rule.fixed, proposal.plan_year, situation.law.calendar).isoformat(),
        "guided_by": guided[-1].paper if guided else None,
    }


def _counted(deadline: Deadline, rule: DeadlineRule, situation: Situation, steps: Sequence[Step]) -> dict[str, Any]:
    """Lines and pauses of a duration; other kinds have none. ``agrees``: the lines lead to the last day on record."""
    if deadline.allowance is None:
        return {"lines": [], "pauses": [], "counted": None, "agrees": True}
    runs, pauses = follow(deadline, rule, steps)
    lines = lines_of(deadline, runs, situation.law.calendar)
    counted = sum(line.number is not None for line in lines)
    standing = bool(pauses) and pauses[-1].until is None
    return {
        "lines": [_line(line) for line in lines],
        "pauses": [_pause(one, situation, steps) for one in pauses],
        "counted": counted,
        "agrees": standing or _agrees(deadline, rule, lines, counted),
    }


def _agrees(deadline: Deadline, rule: DeadlineRule, lines: Sequence[Line], counted: int) -> bool:
    """Whether counting the lines again ends on the last day on record."""
    if not lines or lines[-1].day > deadline.last_day:
        return False
    return rule.not_after is not None or (counted == deadline.allowance and _ends(deadline, lines))


def _ends(deadline: Deadline, lines: Sequence[Line]) -> bool:
    return deadline.unit == "calendar" or lines[-1].number == deadline.allowance


def _line(line: Line) -> dict[str, Any]:
    return {
        "day": line.day.isoformat(),
        "counts": line.number is not None,
        "number": line.number,
        "name": line.name,
        "provisional": line.provisional,
    }


def _pause(pause: Pause, situation: Situation, steps: Sequence[Step]) -> dict[str, Any]:
    step = next(step for step in steps if step.seq == pause.seq)
    move = situation.process.transition(step.source, step.action)
    return {
        "from": pause.since.isoformat(),
        "until": pause.until.isoformat() if pause.until else None,
        "action": pause.action,
        "label": move.label if move else pause.action,
        "seq": pause.seq,
    }
