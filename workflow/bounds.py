"""The named bounds of process files: the least or most that a field accepts now, from the rule that enforces it.

A bound answers None where it does not bind; fields show it and the engine checks it, so the two cannot differ.
"""

from collections.abc import Callable, Iterable
from datetime import date

from definitions.process import Bound
from definitions.registers import Ceiling
from workflow.attempt import Attempt
from workflow.conditions import no_cap_on_record

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
    value = attempt.value(bound)
    return value if isinstance(value, int | date) and not isinstance(value, bool) else None


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
    """What may still be paid: the lesser of accepted and contract, less what is paid, in đồng."""
    accepted = accepted_or_done(attempt)
    contract = attempt.amount("contract_value")
    if not isinstance(accepted, int) or contract is None:
        return None
    return max(0, min(accepted, contract) - net_paid(attempt))


@_bound
def advance_left(attempt: Attempt) -> Limit | None:
    """What may still be advanced before acceptance, in đồng: the activity's share of the contract, less advances.

    Source: Thông tư 36/2013/TT-BCT, Điều 13; TTLT 26/2014/TTLT-BTC-BCT, Điều 8 khoản 2b (70 %).
    """
    activity, contract = attempt.activity(), attempt.amount("contract_value")
    if activity is None or contract is None:
        return None
    return max(0, contract * activity.first_payment_bp // _WHOLE - net_paid(attempt))
