"""What an attempt must bring whatever the process: ownership, well-formed facts, papers, dates. Guards come after."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from definitions.process import Field, Transition
from workflow.attempt import Attempt
from workflow.bounds import largest, smallest
from workflow.conditions import holds
from workflow.errors import ACTOR, NOBODY, TIME, Unmet
from workflow.guards import PERSONAL, unmet_guards
from workflow.ownership import owner_role, owner_seats, seat_held
from workflow.proposal import FactValue, legal_day
from workflow.signed_papers import number_key, unmet_signing
from workflow.values import is_free, is_writable


def effective_day(transition: Transition, facts: Mapping[str, FactValue], stated: date | None, at: datetime) -> date:
    """The date on the paper: the fact that carries it, else what was stated, else the day of recording in Vietnam."""
    given = facts.get(transition.effective) if transition.effective else None
    return given if type(given) is date else stated or legal_day(at)  # An instant is no day; it is refused as a fact.


def unmet_by(attempt: Attempt, *, stated: date | None = None) -> tuple[Unmet, ...]:
    """Everything that stands in the way of an attempt, in the order in which a person would mend it."""
    found = [*_ownership(attempt), *unmet_signing(attempt)]
    if attempt.facts is not None:
        found += [*_unknown(attempt), *_facts(attempt, attempt.facts), *_documents(attempt), *_dates(attempt, stated)]
    else:
        found += _nothing_left(attempt)
    return (*found, *unmet_guards(attempt))


def unmet_by_paper(attempt: Attempt) -> tuple[Unmet, ...]:
    """What stands in the way of a paper that is to be signed for the attempt: everything but who acts, and its number.

    ``facts`` of the attempt hold what the paper says; its date, if it is not signed yet, is today's.
    """
    number = number_key(attempt.transition)
    found = (*_unknown(attempt), *_facts(attempt, attempt.facts or {}), *_documents(attempt), *_dates(attempt, None))
    return (
        *(unmet for unmet in found if unmet.code != "unmet.missing_fact" or unmet.params["field"] != number),
        *unmet_guards(attempt, without=PERSONAL),
    )


def _ownership(attempt: Attempt) -> Iterator[Unmet]:
    if seat_held(attempt) is not None:
        return
    role = owner_role(attempt)
    owners = owner_seats(attempt)
    params: dict[str, object] = {"role": attempt.process.role_label(role) if role else "", "agency": ""}
    if owners:
        params["agency"] = attempt.situation.agency_name(owners[0].partition("@")[2], attempt.today)
    yield Unmet("unmet.not_owner" if owners else "unmet.no_agency", params, owners or (NOBODY,))


def _unknown(attempt: Attempt) -> Iterator[Unmet]:
    known = {field.key for field in attempt.transition.facts}
    for key in attempt.facts or {}:
        if key not in known:
            yield Unmet("unmet.unknown_fact", {"field": key, "known": ", ".join(sorted(known))})
    papers = {paper.key for paper in attempt.transition.documents}
    for document in attempt.documents:
        if document.key not in papers:
            yield Unmet("unmet.unknown_document", {"document": document.key, "known": ", ".join(sorted(papers))})


def _nothing_left(attempt: Attempt) -> Iterator[Unmet]:
    """Required fields for which no value can be given now: nothing is left to allocate, to advance, to refund."""
    for field in attempt.transition.facts:
        least, most = largest(field.min, attempt), smallest(field.max, attempt)
        if field.required and least is not None and most is not None and least > most:  # type: ignore[operator]  # Both are whole numbers or both dates.
            params = {"field": field.key, "label": field.label, "type": field.type, "least": least, "limit": most}
            yield Unmet("unmet.nothing_left", params, (NOBODY,))


def is_required(field: Field, attempt: Attempt) -> bool:
    """Whether the move needs this field, on the conditions of now."""
    return field.required or (field.required_when is not None and holds(field.required_when, attempt))


def _facts(attempt: Attempt, facts: Mapping[str, FactValue]) -> Iterator[Unmet]:
    for field in attempt.transition.facts:
        value = facts.get(field.key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if is_required(field, attempt):
                yield Unmet("unmet.missing_fact", {"field": field.key, "label": field.label})
        else:
            yield from faults_of(field, value, attempt)


_WHOLE = 2**53
_FIRST_DAY, _LAST_DAY = date(2010, 1, 1), date(2090, 12, 31)
_PYTHON = {"text": str, "choice": str, "money": int, "number": int, "date": date, "bool": bool}


def faults_of(field: Field, value: FactValue, attempt: Attempt) -> Iterator[Unmet]:
    """What is wrong with a value given for a field: type, choice, pattern, declaration, bounds, repetition."""
    named: dict[str, object] = {"field": field.key, "label": field.label, "type": field.type, "value": value}
    if not _fits(field, value):
        yield Unmet("unmet.wrong_type", {**named, "wanted": _wanted(field, value)})
        return
    if field.type == "choice" and value not in {choice.key for choice in field.choices}:
        yield Unmet("unmet.not_a_choice", {**named, "choices": ", ".join(choice.key for choice in field.choices)})
    if field.pattern and not re.fullmatch(field.pattern, str(value)):
        yield Unmet("unmet.wrong_pattern", {**named, "example": field.example or field.pattern})
    if field.equals is not None and value is not field.equals:
        yield Unmet("unmet.must_be", named)
    if field.unique and any(
        past.facts.get(field.key) == value for past in attempt.proposal.did(attempt.transition.action)
    ):
        yield Unmet("unmet.already_given", named)
    yield from _outside(field, value, attempt, named)


def _fits(field: Field, value: FactValue) -> bool:
    """Whether a value is of the field's type, exactly (an instant is no day, true is no number), and can be written.

    History holds whole numbers below 2^53 and Unicode text; days are those of which a calendar can be assumed.
    """
    if type(value) is not _PYTHON[field.type]:
        return False
    if isinstance(value, str):
        return is_writable(value, lines=is_free(field))
    if isinstance(value, date):
        return _FIRST_DAY <= value <= _LAST_DAY
    return abs(value) < _WHOLE


def _wanted(field: Field, value: FactValue) -> str:
    """What was wanted instead, as a word of ``WANTED``; text that cannot be kept is told which text can."""
    if not isinstance(value, str) or _PYTHON[field.type] is not str:
        return field.type
    return "lines" if is_free(field) else "line"


def _outside(field: Field, value: FactValue, attempt: Attempt, named: dict[str, object]) -> Iterator[Unmet]:
    least, most = largest(field.min, attempt), smallest(field.max, attempt)
    if field.type == "money" and least is None:
        least = 0
    if least is not None and value < least:  # type: ignore[operator]  # Soundness: both are whole numbers or both dates.
        yield Unmet("unmet.below_min", {**named, "limit": least})
    if most is not None and value > most:  # type: ignore[operator]  # As above.
        yield Unmet("unmet.above_max", {**named, "limit": most})


def _documents(attempt: Attempt) -> Iterator[Unmet]:
    attached = {document.key for document in attempt.documents}
    for paper in attempt.transition.documents:
        needed = paper.required or (paper.required_when is not None and holds(paper.required_when, attempt))
        if needed and paper.key not in attached:
            yield Unmet("unmet.missing_document", {"document": paper.key, "label": paper.label})


def _dates(attempt: Attempt, stated: date | None) -> Iterator[Unmet]:
    on, last = attempt.effective_on, attempt.proposal.last_on
    if stated is not None and stated != on:
        yield Unmet("unmet.effective_must_repeat", {"effective_on": stated, "paper_date": on}, (ACTOR,))
    if on > attempt.today:
        yield Unmet("unmet.effective_in_future", {"effective_on": on, "today": attempt.today}, (ACTOR, TIME))
    if last is not None and on < last:
        yield Unmet("unmet.effective_before_previous", {"effective_on": on, "previous": last}, (ACTOR,))
