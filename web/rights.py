"""Who may open which page: said beside each route, and held by one test that walks all of them."""

from enum import StrEnum

from workflow.administration import ADMINISTRATOR, AUDITOR
from workflow.proposal import Actor


class Right(StrEnum):
    """Whom a route is for. What a person may see of a case is asked of each case besides."""

    #: Whoever comes.
    ANYBODY = "anybody"
    #: Whoever is signed in.
    SIGNED_IN = "signed in"
    #: Whoever works on cases or looks at them: every seat but an administrator's.
    CASES = "cases"
    #: Those of them who may change something; auditors may not.
    WORKS = "works"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


def has(actor: Actor, right: Right) -> bool:
    """Whether somebody who is signed in may come in; their seats are those they act from."""
    roles = {seat.role for seat in actor.seats}
    return {
        Right.ANYBODY: True,
        Right.SIGNED_IN: True,
        Right.CASES: bool(roles - {ADMINISTRATOR}),
        Right.WORKS: bool(roles - {ADMINISTRATOR, AUDITOR}),
        Right.AUDITOR: AUDITOR in roles,
        Right.ADMINISTRATOR: ADMINISTRATOR in roles,
    }[right]
