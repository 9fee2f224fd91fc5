"""A proposal as lists and its own page show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from definitions.process import Process
from shapes.explaining import summary
from shapes.history import step_label
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.proposal import FactValue, Filed, Proposal, Step
from workflow.values import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a proposal's own values do not say: the seat that holds it, and names of people and papers."""

    holder: str
    #: The name of the person in charge; empty: nobody in particular.
    officer: str = ""
    #: By the number of the entry and the key.
    paper_names: Mapping[tuple[int, str], str] = field(default_factory=dict)
    #: Papers on their way, as programs read them.
    signings: Sequence[Mapping[str, Any]] = ()
    #: The newest step that gave a fact, by its key.
    decided: Mapping[str, Step] = field(default_factory=dict)


def proposal_of(
    proposal: Proposal,
    situation: Situation,
    deadlines: tuple[Deadline, ...],
    around: Around,
    *,
    today: date,
) -> dict[str, Any]:
    """The document of ``proposal show``: everything that ``proposal list`` has of it, its data and its deadlines."""
    process = situation.process
    state = process.state(proposal.state)
    holder = around.holder
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
        "officer": proposal.officer or None,
        "officer_name": around.officer or None,
        "if_nobody_acts": state.if_nobody_acts,
        "implementer": proposal.implementer,
        "implementer_name": situation.agency_name(implementer, today),
        "province": proposal.province,
        "plan_year": proposal.plan_year,
        "data": to_json(data),
        "labels": {key: process.fields[key].label for key in data if key in process.fields},
        "types": {key: process.fields[key].type for key in data if key in process.fields},
        "choice_labels": dict(_choices(process, data)),
        "decisions": list(_decisions(process, data, around)),
        "papers": [_paper(paper, situation, around, today) for paper in proposal.papers],
        "opinions": [
            {
                "asked": one.seq,
                "agency": one.agency,
                "agency_name": situation.agency_name(one.agency, today),
                "last_day": one.last_day.isoformat(),
                "answered_by": one.answered_by,
            }
            for one in proposal.opinions
        ],
        "signings": list(around.signings),
        "deadlines": [summary(one, situation, today=today) for one in deadlines],
        "created_at": proposal.created_at.isoformat(),
        "last_at": proposal.last_at.isoformat(),
        "last_on": proposal.last_on.isoformat() if proposal.last_on else None,
        "last_hash": proposal.last_hash,
    }


def _paper(paper: Filed, situation: Situation, around: Around, today: date) -> dict[str, Any]:
    fields = (field for move in situation.process.transitions for field in move.documents)
    return {
        "key": paper.key,
        "label": next((field.label for field in fields if field.key == paper.key), paper.key),
        "name": around.paper_names.get((paper.seq, paper.key)),
        "size": paper.size,
        "sha256": paper.sha256,
        "agency": paper.agency,
        "agency_name": situation.agency_name(paper.agency, today),
        "seq": paper.seq,
    }


def _decisions(process: Process, data: Mapping[str, FactValue], around: Around) -> Iterator[dict[str, Any]]:
    """Which step gave each value that is not the draft's own, and on what day."""
    draft = {own.key for own in process.data}
    for key in data:
        step = None if key in draft else around.decided.get(key)
        if step is not None:
            yield {
                "key": key,
                "seq": step.seq,
                "action": step.action,
                "label": step_label(step, process),
                "on": step.effective_on.isoformat(),
            }


def _choices(process: Process, data: Mapping[str, FactValue]) -> Iterator[tuple[str, str]]:
    """The words for each value that was chosen from a list."""
    for key, value in data.items():
        field = process.fields.get(key)
        for choice in field.choices if field else ():
            if choice.key == value:
                yield key, choice.label
