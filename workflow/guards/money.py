"""What money may move: allocated, advanced, paid, refunded, settled."""

from collections.abc import Iterator

from workflow.attempt import Attempt
from workflow.bounds import accepted_or_done, advance_left, net_paid, payable_left
from workflow.errors import ACTOR, NOBODY, Unmet
from workflow.guards.registry import guard
from workflow.ownership import implementer_seat, seats_owning


@guard
def allocated(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Money has been allocated."""
    if attempt.proposal.total("allocate", "allocated_amount") <= 0:
        yield Unmet("unmet.allocated", {}, seats_owning(attempt, "allocate"))


@guard
def advance_rate(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Advances before acceptance stay within the activity's share of the contract (TT 36/2013, Điều 13)."""
    amount, left, activity = attempt.given("amount"), advance_left(attempt), attempt.activity()
    if isinstance(amount, int) and isinstance(left, int) and amount > left and activity is not None:
        params = {"amount": amount, "limit": left, "percent": activity.first_payment_bp // 100}
        yield Unmet("unmet.advance_rate", params)


@guard
def own_capital_spent(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """The own capital that was committed has been invested (what was invested less the support of the State)."""
    invested, own = attempt.given("invested_total"), attempt.amount("own_capital") or 0
    support = attempt.amount("contract_value") or 0
    if isinstance(invested, int) and invested - support < own:
        yield Unmet("unmet.own_capital_spent", {"amount": invested - support, "limit": own}, implementer_seat(attempt))


@guard
def paid_within_accepted(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """What is paid in all stays within what was accepted and contracted."""
    amount, left = attempt.given("amount"), payable_left(attempt)
    if isinstance(amount, int) and isinstance(left, int) and amount > left:
        yield Unmet("unmet.paid_within_accepted", {"amount": amount, "limit": left})


@guard
def refund_within_paid(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """No more comes back than was paid out."""
    amount, paid = attempt.given("amount"), net_paid(attempt)
    if isinstance(amount, int) and amount > paid:
        yield Unmet("unmet.refund_within_paid", {"amount": amount, "limit": paid})


@guard
def money_squared(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """What was paid, less refunds, is what is settled; before anything is typed: it can be."""
    settled, paid, most = attempt.given("settled_amount"), net_paid(attempt), accepted_or_done(attempt)
    if attempt.facts is None and isinstance(most, int) and paid > most:
        settled = most
    if isinstance(settled, int) and settled != paid:
        yield Unmet(
            "unmet.money_squared",
            {"settled_amount": settled, "paid_amount": paid},
            (ACTOR, *seats_owning(attempt, "pay_rest", "refund")),
        )


@guard
def nothing_paid(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Nothing is paid out, or all of it came back."""
    if net_paid(attempt) != 0:
        yield Unmet("unmet.nothing_paid", {"paid_amount": net_paid(attempt)}, seats_owning(attempt, "refund"))


@guard
def something_paid(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Money was paid out and has to be settled."""
    if net_paid(attempt) <= 0:
        yield Unmet("unmet.something_paid", {}, (NOBODY,))
