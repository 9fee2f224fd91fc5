"""What must have passed, or must not have: fixed days, deadlines, the plan year."""

from collections.abc import Iterator
from datetime import date

from workflow.attempt import Attempt
from workflow.bounds import contract_last_day, open_periods
from workflow.deadlines import year_day
from workflow.errors import NOBODY, TIME, Unmet
from workflow.guards.registry import guard


@guard
def before_last_day(attempt: Attempt, rule: str) -> Iterator[Unmet]:
    """A fixed day of the plan year has not passed, unless a guidance letter sets a later one."""
    definition = attempt.process.rule(rule)
    fixed, year = definition.fixed, attempt.amount("plan_year")
    if fixed is None or not year:
        return
    guided = attempt.situation.guided_day(definition, attempt.proposal, attempt.today)
    last = guided or year_day(fixed, year, attempt.situation.law.calendar)
    if attempt.today > last:
        role = definition.guided_by
        agency = attempt.situation.agency_for(role, attempt.proposal, attempt.today) if role else None
        lifted = (f"{role}@{agency}",) if agency else (NOBODY,)
        yield Unmet("unmet.before_last_day", {"rule": definition.label, "last_day": last, "year": year}, lifted)


@guard
def deadline_passed(attempt: Attempt, rule: str) -> Iterator[Unmet]:
    """Open only after that deadline has passed."""
    deadline = attempt.deadline(rule)
    if deadline is None or not deadline.is_live or not deadline.passed(attempt.today):
        params: dict[str, object] = {"rule": attempt.process.rule(rule).label}
        if deadline is not None:
            params["last_day"] = deadline.last_day
        code = "unmet.deadline_passed" if deadline is not None else "unmet.deadline_not_running"
        yield Unmet(code, params, (TIME,))


@guard
def contract_ends_in_plan_year(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The contract ends by 31/12 of the plan year, unless the proposal is a pilot or was carried into the next year."""
    end, limit = attempt.given("contract_end"), contract_last_day(attempt)
    if type(end) is date and isinstance(limit, date) and end > limit:
        yield Unmet("unmet.contract_ends_in_plan_year", {"contract_end": end, "last_day": limit})


@guard
def reports_current(attempt: Attempt, rule: str) -> Iterator[Unmet]:
    """No monthly report is overdue (the agency's own rule)."""
    for deadline in attempt.deadlines:
        if deadline.rule == rule and deadline.is_live and deadline.passed(attempt.today):
            yield Unmet("unmet.reports_current", {"period": deadline.period}, (deadline.seat,))


@guard
def period_open(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The report is for a month from that of the contract to the present one, of which none was filed."""
    period, months = attempt.given("period"), open_periods(attempt)
    if not months:
        yield Unmet("unmet.nothing_owed", {}, (TIME,))
    elif period is not None and period not in months:
        yield Unmet("unmet.period_open", {"period": period, "open": ", ".join(months)})
