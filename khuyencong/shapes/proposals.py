"""A proposal as lists and its own page show it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from definitions.process import Process
from khuyencong.shapes.explaining import summary
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.proposal import FactValue, Proposal
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
    data = {key: proposal.data[key] for key in (*process.fields, *proposal.data) if key in proposal.data}
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
        "data": to_json(data),
        "labels": {key: process.fields[key].label for key in data if key in process.fields},
        "types": {key: process.fields[key].type for key in data if key in process.fields},
        "choice_labels": dict(_choices(process, data)),
        "deadlines": [summary(one, situation, today=today) for one in deadlines],
        "created_at": proposal.created_at.isoformat(),
        "last_at": proposal.last_at.isoformat(),
        "last_on": proposal.last_on.isoformat() if proposal.last_on else None,
        "last_hash": proposal.last_hash,
    }


def _choices(process: Process, data: Mapping[str, FactValue]) -> Iterator[tuple[str, str]]:
    """The words for each value that was chosen from a list."""
    for key, value in data.items():
        field = process.fields.get(key)
        for choice in field.choices if field else ():
            if choice.key == value:
                yield key, choice.label
