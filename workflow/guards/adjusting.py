"""What an adjustment may change: each kind of request opens its own values and no others."""

from collections.abc import Iterator

from workflow.attempt import Attempt
from workflow.errors import Unmet
from workflow.guards.registry import guard
from workflow.guards.rules import eligible_place

#: Which kinds of adjustment may give a new value of each fact (Thông tư 36/2013/TT-BCT, Điều 11).
_OPENS = {
    "contract_end": ("time", "next_year"),
    "beneficiary": ("beneficiary",),
    "commune": ("place", "beneficiary"),
    "approved_amount": ("increase_support", "decrease_or_same"),
}


@guard
def fits_kind(attempt: Attempt, _: str) -> Iterator[Unmet]:
    """Each new value is one that the kind of adjustment changes, and in its direction; a new place is eligible."""
    kind = str(attempt.given("kind") or "")
    for key, kinds in _OPENS.items():
        if attempt.given(key) is not None and kind not in kinds:
            yield Unmet("unmet.fits_kind", {"field": key, "kind": kind, "kinds": ", ".join(kinds)})
    yield from _direction(attempt, kind)
    if attempt.given("commune") is not None:
        yield from eligible_place(attempt, "")


def _direction(attempt: Attempt, kind: str) -> Iterator[Unmet]:
    new, old = attempt.given("approved_amount"), attempt.proposal.amount("approved_amount")
    if not isinstance(new, int) or kind not in ("increase_support", "decrease_or_same"):
        return
    if (new > old) != (kind == "increase_support"):
        yield Unmet("unmet.adjusts_the_other_way", {"amount": new, "approved_amount": old, "kind": kind})
