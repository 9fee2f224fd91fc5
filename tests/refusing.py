"""Asks the engine for what it must not do and hands back its refusal."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime

import pytest

from khuyencong.demo.acts import at as hour
from tests.rehearsal import (
    Case,
    Scene,
    perform,
)
from workflow.engine import advance
from workflow.errors import Refused, Unmet
from workflow.proposal import Actor, Document, FactValue

TRIEU = 1_000_000


def refusal(
    done: Scene,
    *,
    action: str | None = None,
    by: Actor | None = None,
    facts: Mapping[str, FactValue] | None = None,
    documents: tuple[Document, ...] | None = None,
    at: datetime | None = None,
    effective_on: date | None = None,
) -> Refused:
    """The refusal that this change to a step which went well leads to; nothing that went in has changed by it."""
    case, given = done.before, dict(done.act.facts if facts is None else facts)
    seen = deepcopy((case.proposal, case.deadlines, given))
    with pytest.raises(Refused) as refused:
        advance(
            case.proposal,
            action or done.act.action,
            situation=case.situation,
            by=by or done.by,
            at=at or done.at,
            facts=given,
            documents=done.documents if documents is None else documents,
            effective_on=effective_on,
            deadlines=case.deadlines,
        )
    assert (case.proposal, case.deadlines, given) == seen
    assert all(unmet.lifted_by and all(unmet.lifted_by) for unmet in refused.value.unmet)
    return refused.value


def codes(refused: Refused) -> set[str]:
    return {unmet.code for unmet in refused.unmet}


def about(refused: Refused, code: str, field: str = "") -> list[Unmet]:
    """The unmet conditions of a code that speak of a field or paper."""
    named = (unmet for unmet in refused.unmet if unmet.code == code)
    return [unmet for unmet in named if field in ("", unmet.params.get("field"), unmet.params.get("document"))]


def trying(case: Case, action: str, facts: Mapping[str, FactValue], day: date, *, by: Actor | None = None) -> Refused:
    """The refusal of an act on a case."""
    with pytest.raises(Refused) as refused:
        perform(case, action, facts, at=hour(day, 10), by=by)
    return refused.value
