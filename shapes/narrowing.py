"""What guards leave of a field's values, computed with the very measures by which the guards refuse.

Guards speak after the values are typed; this says beforehand which values they would let pass.
"""

from collections.abc import Callable
from dataclasses import dataclass

from definitions.process import Field
from workflow.attempt import Attempt
from workflow.bounds import Limit, ceiling, largest, net_paid, open_periods, recorded_lines, smallest
from workflow.changing import changed
from workflow.conditions import open_request_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The values that a field accepts now: from ``min`` to ``max``, or one of ``choices``; None leaves it open."""

    min: Limit | None = None
    max: Limit | None = None
    choices: tuple[str | bool, ...] | None = None

    def at_least(self, limit: Limit | None) -> "Range":
        """The range without what lies below."""
        known = [one for one in (self.min, limit) if one is not None]
        return changed(self, min=max(known)) if known else self

    def at_most(self, limit: Limit | None) -> "Range":
        """The range without what lies above."""
        known = [one for one in (self.max, limit) if one is not None]
        return changed(self, max=min(known)) if known else self

    def only(self, *values: str) -> "Range":
        """The range with none but these choices."""
        kept = tuple(one for one in self.choices or values if one in values)
        return changed(self, choices=kept)


Narrow = Callable[[Range, Field, Attempt], Range]


def range_of(field: Field, attempt: Attempt) -> Range:
    """The values that the engine would accept for a field, as far as it alone decides."""
    found = Range(min=largest(field.min, attempt), max=smallest(field.max, attempt), choices=_choices(field))
    if field.type == "money":
        found = found.at_least(0)
    if field.key == attempt.transition.effective:
        found = found.at_least(attempt.proposal.last_on).at_most(attempt.today)
    for named in attempt.transition.guards:
        name, _, argument = named.partition(":")
        if name in _BY_ARGUMENT and argument == field.key:
            found = _BY_ARGUMENT[name](found, field, attempt)
        if (name, field.key) in _BY_KEY:
            found = _BY_KEY[name, field.key](found, field, attempt)
    return found


def _choices(field: Field) -> tuple[str | bool, ...] | None:
    if field.equals is not None:
        return (field.equals,)
    return tuple(choice.key for choice in field.choices) or None


def _under_ceiling(found: Range, _: Field, attempt: Attempt) -> Range:
    return found.at_most(ceiling(attempt))


def _own_capital(found: Range, _: Field, attempt: Attempt) -> Range:
    return found.at_least((attempt.amount("own_capital") or 0) + (attempt.amount("contract_value") or 0))


def _paid(found: Range, _: Field, attempt: Attempt) -> Range:
    return found.at_least(net_paid(attempt)).at_most(net_paid(attempt))


def _open(found: Range, _: Field, attempt: Attempt) -> Range:
    return found.only(*open_periods(attempt))


def _on_site(found: Range, _: Field, attempt: Attempt) -> Range:
    return found if any(attempt.proposal.did("inspect")) else found.only("mau_5a", "mau_5b")


def _requested(found: Range, _: Field, attempt: Attempt) -> Range:
    kind = open_request_kind(attempt)
    return found.only(kind) if kind else found


def _line(found: Range, _: Field, attempt: Attempt) -> Range:
    return found.only(*recorded_lines(attempt.proposal))


def _counted(found: Range, _: Field, attempt: Attempt) -> Range:
    lines = len(recorded_lines(attempt.proposal))
    return found.at_least(lines).at_most(lines) if lines else found


#: Guards whose argument names the fact that they bound.
_BY_ARGUMENT: dict[str, Narrow] = {"within_ceiling": _under_ceiling}
#: Guards that bound a fact by its key.
_BY_KEY: dict[tuple[str, str], Narrow] = {
    ("own_capital_spent", "invested_total"): _own_capital,
    ("money_squared", "settled_amount"): _paid,
    ("period_open", "period"): _open,
    ("site_seen", "form"): _on_site,
    ("open_request", "kind"): _requested,
    ("line_in_plan", "accepted_line"): _line,
    ("lines_within", "lines"): _counted,
}
