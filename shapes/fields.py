"""The fields of an action as a form or a script needs them, each with the values that it accepts now."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from definitions.process import Bound, DocumentField, Field
from shapes.narrowing import Range, range_of
from workflow.attempt import Attempt
from workflow.checks import is_required
from workflow.conditions import holds
from workflow.filing import papers_for
from workflow.proposal import FactValue
from workflow.signed_papers import paper_of, signed_facts


def fields_of(attempt: Attempt) -> list[dict[str, Any]]:
    """Every fact and paper that the attempted action takes, facts first, in the order of the process file."""
    facts = [_fact(field, attempt) for field in attempt.transition.facts]
    return [*facts, *(_paper(paper, attempt) for paper in attempt.transition.documents)]


def _fact(field: Field, attempt: Attempt) -> dict[str, Any]:
    found = range_of(field, attempt)
    default = _default(field, found, attempt)
    return {
        "key": field.key,
        "type": field.type,
        "label": field.label,
        "required": is_required(field, attempt),
        "required_when": field.required_when,
        "min": plain(found.min),
        "max": plain(found.max),
        #: Keys of sibling facts that bound this one besides ``min`` and ``max``.
        "min_of": _siblings(field.min, attempt),
        "max_of": _siblings(field.max, attempt),
        "choices": list(found.choices) if found.choices is not None else None,
        "choice_labels": {choice.key: choice.label for choice in field.choices},
        "pattern": field.pattern,
        "unique": field.unique,
        "default": plain(default),
        "example": plain(next(_examples(field, found, default, attempt), None)),
        "is_effective": field.key == attempt.transition.effective,
        "basis": field.basis.model_dump(mode="json") if field.basis else None,
    }


def _paper(paper: DocumentField, attempt: Attempt) -> dict[str, Any]:
    needed = paper.required or (paper.required_when is not None and holds(paper.required_when, attempt))
    signing = paper_of(attempt)
    known = {one.key for one in papers_for(attempt)}
    known |= {one.key for one in signing.papers} if signing is not None and signing.signed is not None else set()
    waiting = paper.key in known
    empty = dict.fromkeys(("min", "max", "choices", "pattern", "default", "example"))
    return {
        "key": paper.key,
        "type": "document",
        "label": paper.label,
        "required": needed and not waiting,
        "required_when": paper.required_when,
        #: Whether a paper on the case answers it, so that none need be given.
        "on_case": waiting,
        **empty,
        "basis": paper.basis.model_dump(mode="json") if paper.basis else None,
    }


def plain(value: FactValue | None) -> str | int | bool | None:
    """A fact as JSON has it: dates in ISO 8601."""
    return value.isoformat() if isinstance(value, date) else value


def _siblings(bounds: tuple[Bound, ...], attempt: Attempt) -> list[str]:
    given = {field.key for field in attempt.transition.facts}
    return [bound for bound in bounds if isinstance(bound, str) and bound in given]


def _default(field: Field, found: Range, attempt: Attempt) -> FactValue | None:
    paper = paper_of(attempt)
    if paper is not None and paper.signed is not None:
        signed = signed_facts(paper, attempt).get(field.key)
        if signed is not None:
            return signed
    value = attempt.value(field.default) if field.default else None
    return value if value is not None and _inside(value, found) else None


def _inside(value: FactValue, found: Range) -> bool:
    if found.choices is not None:
        return value in found.choices
    low = found.min is None or not isinstance(value, type(found.min)) or value >= found.min  # type: ignore[operator]  # Same type.
    high = found.max is None or not isinstance(value, type(found.max)) or value <= found.max  # type: ignore[operator]  # Same type.
    return low and high


def _examples(field: Field, found: Range, default: FactValue | None, attempt: Attempt) -> Iterator[FactValue]:
    """Values that would be accepted, the best first."""
    if field.unique and field.key == "period":
        yield from _fresh_periods(field, attempt)
    if default is not None:
        yield default
    if found.choices:
        yield found.choices[0]
    if field.example is not None and field.type == "text":
        yield field.example
    yield from _typical(field, found, attempt)


def _typical(field: Field, found: Range, attempt: Attempt) -> Iterator[FactValue]:
    match field.type:
        case "money" | "number":
            largest = found.max if field.type == "money" else None
            yield next(one for one in (largest, found.min, 1) if one is not None)
        case "date":
            yield next(one for one in (found.min if _ahead(found, attempt) else None, attempt.today) if one is not None)
        case "bool":
            yield True
        case "text" if not field.pattern:
            yield field.label


def _ahead(found: Range, attempt: Attempt) -> bool:
    return isinstance(found.min, date) and found.min > attempt.today


def _fresh_periods(field: Field, attempt: Attempt) -> Iterator[str]:
    given = {past.facts.get(field.key) for past in attempt.proposal.did(attempt.transition.action)}
    owed = (deadline.period for deadline in attempt.deadlines if deadline.period and deadline.is_live)
    this = f"{attempt.today:%Y-%m}"
    yield from (period for period in (*owed, this) if period not in given)
