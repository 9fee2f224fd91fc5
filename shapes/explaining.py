"""A deadline that explains itself: its rule, what it rests on, how each day was counted, and the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from definitions.calendar import Calendar
from definitions.model import Basis
from definitions.process import DeadlineRule
from shapes.counting import Line, last_day_of, lines_of
from workflow.authority import Situation
from workflow.deadlines import Deadline, cap_of, days_left, is_left_provisional, is_stale, with_marked, year_day
from workflow.entries import Entry
from workflow.proposal import Proposal, Step
from workflow.storage import UnitOfWork
from workflow.trails import EXTENDED, PROMISED, RECOUNTED, STARTS, WAITS, Mark, Pause, Trail, steps_taken, trail_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an explanation is made from: the proposal, the law of now, the entries, the others under its contract."""

    proposal: Proposal
    situation: Situation
    entries: Sequence[Entry]
    today: date
    #: The number of its contract, where others stand under it, and the titles of those still to be accepted, by code.
    contract: str = ""
    waits_for: Mapping[str, str] = field(default_factory=dict)
    #: For marks of closed deadlines that other versions of a year followed: the calendar as it was then.
    calendars: Mapping[str, Calendar] = field(default_factory=dict)

    def calendar_of(self, deadline: Deadline) -> Calendar:
        """By what a deadline is counted: the calendar of now, or for a closed one that by which it was."""
        now = self.situation.law.calendar
        return now if deadline.is_live else self.calendars.get(deadline.calendar, now)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that were not taken back."""
        return steps_taken(self.entries, self.situation.process)


def calendars_then(uow: UnitOfWork, deadlines: Sequence[Deadline]) -> dict[str, Calendar]:
    """The calendars by which closed deadlines were counted, by their marks, where those of now are other versions."""
    now = uow.law().calendar
    marks = {row.calendar for row in deadlines if not row.is_live and is_stale(row.calendar, now)}
    return {mark: with_marked(now, mark, uow.calendar_years) for mark in marks}


def explain(deadline: Deadline, told: Told) -> dict[str, Any]:
    """One deadline with everything needed to compute its last day again by hand."""
    situation, rule = told.situation, told.situation.process.rule(deadline.rule)
    calendar = situation.law.calendar
    trail = trail_of(deadline, rule, told.entries, situation.process)
    return {
        **summary(deadline, situation, today=told.today),
        "code": told.proposal.code,
        "kind": rule.kind,
        "basis": _basis(rule.basis),
        "started_by": _starter(deadline, told),
        "started_on": deadline.started_on.isoformat(),
        "counts_from": rule.counts_from,
        "allowance": deadline.allowance,
        "unit": deadline.unit,
        "standing": _standing(deadline),
        "not_after": _not_after(deadline, rule, told),
        "fixed": _fixed(deadline, rule, told),
        "fact": {"key": rule.fact, "value": deadline.last_day.isoformat()} if rule.fact else None,
        **_counted(deadline, rule, trail, told),
        "extensions": [_extension(mark) for mark in trail.of(EXTENDED)],
        "recounts": [_recount(mark) for mark in trail.of(RECOUNTED)],
        "contract": _contract(deadline, rule, trail, told),
        "promises": [_promise(mark) for mark in trail.of(PROMISED)],
        "extendable": _extendable(rule),
        "calendar": deadline.calendar,
        "calendar_now": calendar.version,
        "waits_for_recount": _waits(deadline, rule, told),
        "if_missed": rule.if_missed,
    }


def summary(deadline: Deadline, situation: Situation, *, today: date) -> dict[str, Any]:
    """A deadline in short, as lists show it; ``days_left`` in working days, negative when late, None when closed.

    ``provisional``: the day itself; ``days_left_provisional``: how many there are, which may change although it stays.
    """
    rule = situation.process.rule(deadline.rule)
    role, _, agency = deadline.seat.partition("@")
    calendar = situation.law.calendar
    left = days_left(deadline, today, calendar) if deadline.state == "running" else None
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
        "days_left_provisional": left is not None and is_left_provisional(calendar, today, deadline.last_day),
        "provisional": deadline.provisional,
        "is_law": rule.basis.is_law,
        "by_contract": rule.kind == "fact",
        "held": deadline.is_held,
    }


def _basis(basis: Basis) -> dict[str, Any]:
    return {**basis.model_dump(mode="json"), "is_law": basis.is_law}


def _starter(deadline: Deadline, told: Told) -> dict[str, Any]:
    step = next((step for step in told.steps if step.seq == deadline.started_by), None)
    if step is None:
        return {"seq": deadline.started_by, "action": None, "label": None, "recorded_at": None}
    move = told.situation.process.transition(step.source, step.action)
    return {
        "seq": step.seq,
        "action": step.action,
        "label": move.label if move else step.action,
        "recorded_at": step.recorded_at.isoformat(),
    }


def _standing(deadline: Deadline) -> dict[str, Any] | None:
    """What a duration that stands still has used up and has left; ``late``: its last day had passed before it did."""
    left = deadline.remaining
    if deadline.state != "paused" or deadline.is_held or deadline.allowance is None or left is None:
        return None
    return {"used": min(deadline.consumed, deadline.allowance), "left": max(left, 0), "late": left < 0}


def _not_after(deadline: Deadline, rule: DeadlineRule, told: Told) -> str | None:
    calendar = told.calendar_of(deadline)
    cap = cap_of(rule, told.proposal.budget_year, calendar, started_on=deadline.started_on)
    return cap.isoformat() if cap else None


def _fixed(deadline: Deadline, rule: DeadlineRule, told: Told) -> dict[str, Any] | None:
    if rule.fixed is None:
        return None
    situation, year = told.situation, told.proposal.budget_year
    letter = situation.guiding_letter(rule, told.proposal, told.today)
    if letter is not None and not deadline.is_live and letter.last_day != deadline.last_day:
        letter = None  # It came when this one was over.
    return {
        **rule.fixed.model_dump(),
        "plan_year": year,
        "by_rule": year_day(rule.fixed, year, told.calendar_of(deadline)).isoformat(),
        "guided_by": letter.paper if letter else None,
        "guided_day": letter.last_day.isoformat() if letter else None,
    }


def _counted(deadline: Deadline, rule: DeadlineRule, trail: Trail, told: Told) -> dict[str, Any]:
    """Lines and pauses of a duration; other kinds have none. ``agrees``: the lines lead to the last day on record."""
    if deadline.allowance is None or not trail.runs:
        return {"lines": [], "pauses": [], "counted": None, "agrees": True}
    calendar = told.calendar_of(deadline)
    lines = lines_of(deadline, trail.runs, calendar)
    cap = cap_of(rule, told.proposal.budget_year, calendar, started_on=deadline.started_on)
    last = last_day_of(lines, trail.pauses, allowance=deadline.allowance, cap=cap)
    standing = bool(trail.pauses) and trail.pauses[-1].until is None
    return {
        "lines": [_line(line) for line in lines],
        "pauses": [_pause(one, told) for one in trail.pauses],
        "counted": sum(line.number is not None for line in lines),
        "agrees": standing or last == deadline.last_day,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "day": line.day.isoformat(),
        "counts": line.number is not None,
        "number": line.number,
        "name": line.name,
        "provisional": line.provisional,
        "working": line.working,
    }


def _pause(pause: Pause, told: Told) -> dict[str, Any]:
    step = next(step for step in told.steps if step.seq == pause.seq)
    move = told.situation.process.transition(step.source, step.action)
    return {
        "from": pause.since.isoformat(),
        "until": pause.until.isoformat() if pause.until else None,
        "action": pause.action,
        "label": move.label if move else pause.action,
        "seq": pause.seq,
    }


def _extension(mark: Mark) -> dict[str, Any]:
    said = {key: mark.body[key] for key in ("days", "decision_number", "last_day")}
    said["before"] = mark.body["last_day_before"]
    return {"seq": mark.seq, "on": mark.on.isoformat(), **said, "reason": mark.private.get("reason")}


def _recount(mark: Mark) -> dict[str, Any]:
    said = {key: mark.body[key] for key in ("cause", "paper", "before", "after")}
    return {"seq": mark.seq, "on": mark.on.isoformat(), **said}


def _promise(mark: Mark) -> dict[str, Any]:
    said = {key: mark.body[key] for key in ("last_day", "promised")}
    return {"seq": mark.seq, "on": mark.on.isoformat(), **said, "reason": mark.private.get("reason")}


def _contract(deadline: Deadline, rule: DeadlineRule, trail: Trail, told: Told) -> dict[str, Any] | None:
    """What a clock that runs per contract waits for, or waited for; None where no other proposal is under it."""
    changes = [_change(mark) for mark in trail.marks if mark.kind in (WAITS, STARTS)]
    if not rule.per_contract or not (told.contract or changes):
        return None
    waiting = [{"code": code, "title": title} for code, title in sorted(told.waits_for.items())]
    return {"number": told.contract, "waits_for": waiting if deadline.is_held else [], "changes": changes}


def _change(mark: Mark) -> dict[str, Any]:
    return {
        "seq": mark.seq,
        "on": mark.on.isoformat(),
        "waits_for": mark.body.get("waits_for", []),
        "from_day": mark.body.get("from_day"),
        "cause": mark.body["cause"],
    }


def _extendable(rule: DeadlineRule) -> dict[str, Any] | None:
    given = rule.extension
    return {"most": given.most, "times": given.times, "basis": _basis(given.basis)} if given else None


def _waits(deadline: Deadline, rule: DeadlineRule, told: Told) -> bool:
    """Whether a calendar or a letter came that this deadline was not counted by yet."""
    if not deadline.is_live or deadline.is_held:
        return False
    if is_stale(deadline.calendar, told.situation.law.calendar):
        return True
    guided = told.situation.guided_day(rule, told.proposal, told.today)
    return rule.fixed is not None and guided is not None and guided != deadline.last_day
