"""The named bounds of process files: the least or most that a field accepts now, from the rule that enforces it.

A bound answers None where it does not bind; fields show it and the engine checks it, so the two cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from definitions.process import Bound
from definitions.registers import Ceiling
from workflow.attempt import Attempt
from workflow.conditions import no_cap_on_record, open_request_kind
from workflow.proposal import FactValue, Proposal

Limit = int | date
Measure = Callable[[Attempt], Limit | None]
BOUNDS: dict[str, Measure] = {}
_WHOLE = 10_000  # basis points


def _bound(measure: Measure) -> Measure:
    BOUNDS[measure.__name__] = measure
    return measure


def resolve(bound: Bound, attempt: Attempt) -> Limit | None:
    """What a bound stands for: the number itself, a named measure, or the value of another fact."""
    if isinstance(bound, int):
        return bound
    if bound in BOUNDS:
        return BOUNDS[bound](attempt)
    field, value = attempt.process.fields.get(bound), attempt.value(bound)
    wanted = date if field is not None and field.type == "date" else int
    return value if type(value) is wanted else None  # A sibling of a wrong type bounds nothing; it is refused itself.


def smallest(bounds: Iterable[Bound], attempt: Attempt) -> Limit | None:
    """The smallest upper bound that binds, or None."""
    return _pick(bounds, attempt, min)


def largest(bounds: Iterable[Bound], attempt: Attempt) -> Limit | None:
    """The largest lower bound that binds, or None."""
    return _pick(bounds, attempt, max)


def _pick(bounds: Iterable[Bound], attempt: Attempt, choose: Callable[..., Limit]) -> Limit | None:
    limits = [limit for bound in bounds if (limit := resolve(bound, attempt)) is not None]
    return choose(limits) if limits else None


@_bound
def today(attempt: Attempt) -> Limit:
    """The day of recording, in Vietnam."""
    return attempt.today


@_bound
def plan_year_end(attempt: Attempt) -> Limit | None:
    """31/12 of the plan year."""
    year = attempt.amount("plan_year")
    return date(year, 12, 31) if year else None


@_bound
def previous_day(attempt: Attempt) -> Limit | None:
    """The day before which no paper of this proposal may be dated any more: that of the step before."""
    return attempt.proposal.last_on


@_bound
def contract_last_day(attempt: Attempt) -> Limit | None:
    """31/12 of the plan year, a year later for each "next year" granted or now decided; a pilot: the programme's end.

    Source: Thông tư 36/2013/TT-BCT, Điều 11 ("kéo dài sang năm sau"), Điều 2 khoản 3 (a pilot runs for several years).
    """
    year = attempt.amount("plan_year")
    if not year:
        return None
    granted = [past for past in attempt.proposal.did("adjust") if past.facts.get("kind") == "next_year"]
    asked = "next_year" in (attempt.given("kind"), open_request_kind(attempt))
    last = year + len(granted) + asked
    return date(max(last, attempt.programme.last_year) if attempt.value("is_pilot") is True else last, 12, 31)


@_bound
def ceiling(attempt: Attempt) -> Limit | None:
    """The most that the ceiling in force on the paper's day allows for this proposal."""
    found = attempt.ceiling()
    if found is None or no_cap_on_record(attempt, ""):
        return None
    return support_limit(
        found,
        eligible_cost=attempt.amount("eligible_cost") or 0,
        is_line=attempt.value("is_line") is True,
        is_priority=attempt.value("is_priority") is True,
        units=units(attempt),
    )


def units(attempt: Attempt) -> int:
    """How many units a cap is given for: more than one only for a group or a task."""
    many = attempt.value("is_group") is True or attempt.value("is_task") is True
    return max(1, attempt.amount("units") or 1) if many else 1


def support_limit(ceiling: Ceiling, *, eligible_cost: int, is_line: bool, is_priority: bool, units: int = 1) -> int:
    """min(rate x eligible cost, cap x units) in đồng, both holding ("tối đa x % nhưng không quá y").

    A production line multiplies the cap where the ceiling says so, and so does a priority area or trade. Rounded down
    to whole đồng.
    """
    limits = []
    if ceiling.rate_bp is not None:
        limits.append(eligible_cost * ceiling.rate_bp // _WHOLE)
    if ceiling.cap is not None:
        cap = ceiling.cap * units
        if is_line and ceiling.line_multiplier_bp:
            cap = cap * ceiling.line_multiplier_bp // _WHOLE
        if is_priority and ceiling.priority_multiplier_bp:
            cap = cap * ceiling.priority_multiplier_bp // _WHOLE
        limits.append(cap)
    return min(limits)


@_bound
def recommended_or_requested(attempt: Attempt) -> Limit | None:
    """What the base appraiser recommended; for a direct file, what was asked for."""
    recommended = attempt.amount("recommended_amount")
    return recommended if recommended is not None else attempt.amount("requested_amount")


@_bound
def allocated_total(attempt: Attempt) -> Limit:
    """What has been allocated so far, in đồng."""
    return attempt.proposal.total("allocate", "allocated_amount")


@_bound
def allocation_left(attempt: Attempt) -> Limit:
    """What is approved and not yet allocated, in đồng."""
    return (attempt.amount("approved_amount") or 0) - attempt.proposal.total("allocate", "allocated_amount")


@_bound
def accepted_lines_total(attempt: Attempt) -> Limit | None:
    """What the accepted lines of a plan come to, in đồng; no bound where nothing was planned by lines."""
    lines = {past.facts.get("accepted_line"): past.facts for past in attempt.proposal.did("accept_line")}
    amounts = [facts.get("line_accepted_amount") for facts in lines.values()]
    return sum(amount for amount in amounts if isinstance(amount, int)) if recorded_lines(attempt.proposal) else None


@_bound
def paid_net(attempt: Attempt) -> Limit:
    """Advances and rest paid, less refunds, in đồng."""
    return net_paid(attempt)


def net_paid(attempt: Attempt) -> int:
    """Advances and rest paid, less refunds, in đồng."""
    proposal = attempt.proposal
    paid = proposal.total("advance", "amount") + proposal.total("pay_rest", "amount")
    return paid - proposal.total("refund", "amount")


@_bound
def accepted_or_done(attempt: Attempt) -> Limit | None:
    """The accepted amount, or the work done before a stop, in đồng."""
    accepted = attempt.amount("accepted_amount")
    return accepted if accepted is not None else attempt.amount("done_value")


@_bound
def payable_left(attempt: Attempt) -> Limit | None:
    """What may still be paid: the least of accepted, contract and approved, less what is paid, in đồng."""
    accepted, contract = accepted_or_done(attempt), contract_in_force(attempt)
    if not isinstance(accepted, int) or contract is None:
        return None
    return max(0, min(accepted, contract) - net_paid(attempt))


def contract_in_force(attempt: Attempt) -> int | None:
    """The contract's value, in đồng; less where the approved amount was lowered after it was signed."""
    known = [value for key in ("contract_value", "approved_amount") if (value := attempt.amount(key)) is not None]
    return min(known, default=None)


@_bound
def advance_left(attempt: Attempt) -> Limit | None:
    """What may still be advanced before acceptance, in đồng: the activity's share of the contract, less advances.

    Source: Thông tư 36/2013/TT-BCT, Điều 13; TTLT 26/2014/TTLT-BTC-BCT, Điều 8 khoản 2b (70 %).
    """
    activity, contract = attempt.activity(), contract_in_force(attempt)
    if activity is None or contract is None:
        return None
    return max(0, contract * activity.first_payment_bp // _WHOLE - net_paid(attempt))


@_bound
def support_and_own_capital(attempt: Attempt) -> Limit:
    """What must have been invested when all is done: the State's support and the own capital committed, in đồng."""
    return (attempt.amount("contract_value") or 0) + (attempt.amount("own_capital") or 0)


@_bound
def adjusted_least(attempt: Attempt) -> Limit | None:
    """The least that an adjustment may approve: more than now where an increase was asked for."""
    increase = open_request_kind(attempt) == "increase_support"
    return attempt.proposal.amount("approved_amount") + 1 if increase else None


@_bound
def adjusted_most(attempt: Attempt) -> Limit | None:
    """The most that an adjustment may approve: not more than now where no increase was asked for."""
    lower = open_request_kind(attempt) == "decrease_or_same"
    return attempt.proposal.amount("approved_amount") if lower else None


@_bound
def lines_recorded(attempt: Attempt) -> Limit:
    """How many lines of the plan are recorded."""
    return len(recorded_lines(attempt.proposal))


def recorded_lines(proposal: Proposal) -> dict[str, Mapping[str, FactValue]]:
    """The lines of a group plan by name; a line that is recorded again replaces the one of its name."""
    return {str(past.facts.get("line")): past.facts for past in proposal.did("plan_line")}


def open_periods(attempt: Attempt) -> tuple[str, ...]:
    """The months (YYYY-MM) that a report may be filed for: from that of the contract to the present one, once each."""
    begun = attempt.proposal.day("contract_date") or attempt.today
    filed = {past.facts.get("period") for past in attempt.proposal.did("report")}
    months = (
        divmod(n, 12) for n in range(begun.year * 12 + begun.month - 1, attempt.today.year * 12 + attempt.today.month)
    )
    return tuple(name for year, month in months if (name := f"{year}-{month + 1:02d}") not in filed)
