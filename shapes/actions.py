"""Every action of a proposal's state, for one actor: may they, why not, what it asks for, what it does."""

from datetime import datetime
from typing import Any

from shapes.consequence import consequence_of
from shapes.fields import fields_of
from shapes.problems import Names, reason
from workflow.ownership import owner_role
from workflow.proposal import legal_day
from workflow.service.acting import Case, Offer


def actions_of(case: Case, *, at: datetime, lang: str, names: Names) -> dict[str, Any]:
    """The document of ``proposal actions``."""
    return {
        "code": case.proposal.code,
        "state": case.proposal.state,
        "state_label": case.situation.process.state(case.proposal.state).label,
        "revision": case.proposal.revision,
        "actions": [_action(offer, case, at=at, lang=lang, names=names) for offer in case.offers],
    }


def _action(offer: Offer, case: Case, *, at: datetime, lang: str, names: Names) -> dict[str, Any]:
    move = offer.view.transition
    return {
        "action": move.action,
        "label": move.label,
        "main": move.main,
        "allowed": offer.view.allowed,
        "reasons": [reason(unmet, lang=lang, names=names) for unmet in offer.view.unmet],
        "owner": _owner(offer, case, at),
        "fields": fields_of(offer.view.attempt),
        "consequence": consequence_of(offer.consequence, case.proposal, case.situation, lang=lang),
        "basis": move.basis.model_dump(mode="json") if move.basis else None,
    }


def _owner(offer: Offer, case: Case, at: datetime) -> dict[str, str | None]:
    role = owner_role(offer.view.attempt)
    agency = offer.owners[0].partition("@")[2] if offer.owners else None
    return {
        "role": role,
        "role_label": case.situation.process.role_label(role) if role else None,
        "agency": agency,
        "agency_name": case.situation.agency_name(agency, legal_day(at)) if agency else None,
    }
