"""What a paper on its way means for the step that it is the paper of: until it is signed nothing, then exactly it."""

from collections.abc import Iterator, Mapping
from datetime import date

from definitions.process import Transition
from workflow.attempt import Attempt
from workflow.authority import seat_of
from workflow.errors import ACTOR, Unmet
from workflow.ownership import owner_seats
from workflow.proposal import Document, FactValue, Filed, Signing
from workflow.signing import open_paper
from workflow.values import from_json, to_json


def number_key(transition: Transition) -> str | None:
    """The fact that holds the number of the step's paper: beside ``decision_date`` stands ``decision_number``."""
    if transition.effective is None:
        return None
    key = f"{transition.effective.removesuffix('_date')}_number"
    fact = transition.fact(key)
    return key if fact is not None and fact.official else None


def bears_paper(transition: Transition) -> bool:
    """Whether a step has a paper that can be signed: one that is attached, or a number and a date."""
    return bool(transition.documents) or number_key(transition) is not None


def paper_of(attempt: Attempt) -> Signing | None:
    """The paper of the attempted step that is on its way at the agency which owns the step today, or None."""
    if not attempt.proposal.signings:
        return None
    paper = open_paper(attempt.proposal, attempt.transition.action)
    if paper is None:
        return None
    agencies = {seat.partition("@")[2] for seat in owner_seats(attempt)}
    return paper if attempt.situation.successor(paper.agency, attempt.today) in agencies else None


def signed_facts(paper: Signing, attempt: Attempt) -> dict[str, FactValue]:
    """What a paper says, free text apart: its facts, the day it was signed and its number, as far as they are known."""
    known = from_json(attempt.process, paper.facts)
    if paper.signed is not None and attempt.transition.effective is not None:
        known[attempt.transition.effective] = paper.signed.on
    key = number_key(attempt.transition)
    if paper.drawn is not None and key is not None:
        known[key] = paper.drawn.text
    return known


def signed_documents(paper: Signing) -> tuple[Document, ...]:
    """The papers of a signed paper as a step bears them; names stand in the entries by which they came."""
    return tuple(map(_document, paper.papers))


def _document(paper: Filed) -> Document:
    return Document(
        key=paper.key,
        name="",
        size=paper.size,
        sha256=paper.sha256,
        media_type=paper.media_type,
        attached=paper.seq,
    )


def unmet_signing(attempt: Attempt) -> Iterator[Unmet]:
    """What the paper on its way keeps from happening: a step before its signature, or another than was signed."""
    paper = paper_of(attempt)
    if paper is None:
        return
    if paper.signed is None:
        yield Unmet("unmet.not_signed_yet", {"action": attempt.transition.label}, owner_seats(attempt))
        return
    if paper.drawn is None and number_key(attempt.transition) is not None:
        agencies = (seat.partition("@")[2] for seat in owner_seats(attempt))
        yield Unmet(
            "unmet.not_numbered_yet",
            {"action": attempt.transition.label},
            tuple(seat_of("head", agency) for agency in agencies),
        )
    if attempt.facts is not None:
        yield from _differs(paper, paper.signed.on, attempt, attempt.facts)


def _differs(paper: Signing, on: date, attempt: Attempt, facts: Mapping[str, FactValue]) -> Iterator[Unmet]:
    signed, given = to_json(signed_facts(paper, attempt)), to_json(facts)
    for field in attempt.transition.facts:
        if field.key in signed and field.key in given and given[field.key] != signed[field.key]:
            params = {"field": field.key, "label": field.label, "type": field.type}
            yield Unmet(
                "unmet.differs_from_signed",
                {**params, "value": facts[field.key], "limit": signed_facts(paper, attempt)[field.key]},
            )
    if attempt.transition.effective is None and attempt.effective_on != on:
        days = {"effective_on": attempt.effective_on, "paper_date": on}
        yield Unmet("unmet.effective_must_repeat", days, (ACTOR,))
    hashes = {one.key: one.sha256 for one in paper.papers}
    labels = {field.key: field.label for field in attempt.transition.documents}
    for document in attempt.documents:
        if hashes.get(document.key, document.sha256) != document.sha256:
            params = {"document": document.key, "label": labels.get(document.key, document.key)}
            yield Unmet("unmet.differs_from_signed_paper", params)
