"""A proposal as lists and its own page show it."""

from datetime import date
from typing import Any

from khuyencong.shapes.explaining import summary
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.proposal import Proposal
from workflow.values import to_json


def proposal_of(
    proposal: Proposal,
    situation: Situation,
    deadlines: tuple[Deadline, ...],
    *,
    holder: str,
    today: date,
) -> dict[str, Any]:
    """The document of ``proposal show``: everything that ``proposal list`` has of it, its data and its deadlines."""
    process = situation.process
    state = process.state(proposal.state)
    role, _, agency = holder.partition("@")
    implementer = situation.successor(proposal.implementer, today)
    return {
        "code": proposal.code,
        "title": proposal.title,
        "programme": proposal.programme,
        "programme_label": situation.programme.label,
        "process": proposal.process,
        "process_sha256": proposal.process_sha256,
        "state": proposal.state,
        "state_label": state.label,
        "milestone": proposal.milestone,
        "milestone_label": next((row.label for row in process.milestones if row.key == proposal.milestone), ""),
        "revision": proposal.revision,
        "open": not state.end,
        "holder": holder or None,
        "holder_role": process.role_label(role) if role else None,
        "holder_agency": agency or None,
        "holder_agency_name": situation.agency_name(agency, today) if agency else None,
        "if_nobody_acts": state.if_nobody_acts,
        "implementer": proposal.implementer,
        "implementer_name": situation.agency_name(implementer, today),
        "province": proposal.province,
        "plan_year": proposal.plan_year,
        "data": to_json(proposal.data),
        "labels": {key: process.fields[key].label for key in proposal.data if key in process.fields},
        "types": {key: process.fields[key].type for key in proposal.data if key in process.fields},
        "deadlines": [summary(one, situation, today=today) for one in deadlines],
        "created_at": proposal.created_at.isoformat(),
        "last_at": proposal.last_at.isoformat(),
        "last_on": proposal.last_on.isoformat() if proposal.last_on else None,
        "last_hash": proposal.last_hash,
    }
