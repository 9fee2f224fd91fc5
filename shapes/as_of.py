"""What was known at an instant, as programs and people read it."""

from typing import Any

from audit.backdating import USUAL_LIMIT, days_back, is_back_dated
from shapes.daywork import paper_names
from shapes.history import decisions_of, step_label, steps_of
from shapes.proposals import Around, proposal_of
from shapes.signing import signings_of
from store.as_of import AsOf, CaseThen, Holder, Right
from workflow.deadlines import Deadline


def case_as_of(then: AsOf, case: CaseThen) -> dict[str, Any]:
    """The document of ``proposal show``, as it was then, with ``as_of``: who had authority, by which law."""
    situation, entries = case.situation, case.entries
    around = Around(
        holder=case.holder,
        officer=then.officer(case),
        paper_names=paper_names(entries),
        decided=decisions_of(entries, situation.process),
        signings=signings_of(case.proposal, situation, entries, today=then.today),
    )
    document = proposal_of(case.proposal, situation, case.deadlines, around, today=then.today)
    return document | {"as_of": _known(then, case)}


def _known(then: AsOf, case: CaseThen) -> dict[str, Any]:
    proposal, sealed = case.proposal, then.sealed(case)
    return {
        "checkpoint": {"size": sealed.size, "made_at": sealed.made_at.isoformat() if sealed.made_at else None},
        "not_yet_sealed": sealed.not_yet,
        "instant": then.at.isoformat(),
        "entries": len(case.entries),
        "last_hash": proposal.last_hash,
        "definitions": {
            "process": {"ref": proposal.process, "sha256": proposal.process_sha256},
            "programme": {"ref": proposal.programme, "sha256": proposal.programme_sha256},
            "templates": {"sha256": proposal.templates_sha256},
            "calendar": case.situation.law.calendar.version,
        },
        "rights": [_right(one, case, then) for one in then.rights(case)],
        "back_dated": list(_back_dated(case)),
    }


def _right(right: Right, case: CaseThen, then: AsOf) -> dict[str, Any]:
    return {
        "action": right.action,
        "label": right.label,
        "seats": [
            {
                "seat": seat,
                "role_label": case.situation.process.role_label(seat.partition("@")[0]),
                "agency_name": case.situation.agency_name(seat.partition("@")[2], then.today),
                "people": [_person(one) for one in people],
            }
            for seat, people in right.holders
        ],
    }


def _person(holder: Holder) -> dict[str, Any]:
    return {
        "person": holder.person.id,
        "name": holder.person.name or None,
        "capacity": holder.seat.capacity,
        "since": holder.seat.since.isoformat(),
        "until": holder.seat.until.isoformat() if holder.seat.until else None,
        "can_sign_in": holder.can_sign_in,
    }


def _back_dated(case: CaseThen) -> Any:
    for step in steps_of(case.entries, case.situation.process):
        if is_back_dated(step.effective_on, step.recorded_at):
            yield {
                "seq": step.seq,
                "label": step_label(step, case.situation.process),
                "effective_on": step.effective_on.isoformat(),
                "recorded_at": step.recorded_at.isoformat(),
                "days": days_back(step.effective_on, step.recorded_at),
                "beyond": USUAL_LIMIT,
            }


def line_as_of(then: AsOf, case: CaseThen) -> dict[str, Any]:
    """A case in one line of the list of all that were known."""
    proposal, process = case.proposal, case.situation.process
    role, _, agency = case.holder.partition("@")
    return {
        "code": proposal.code,
        "title": proposal.title,
        "programme": proposal.programme,
        "process": proposal.process,
        "state": proposal.state,
        "state_label": process.state(proposal.state).label,
        "milestone": proposal.milestone,
        "holder": case.holder or None,
        "holder_role": process.role_label(role) if role else None,
        "holder_agency_name": case.situation.agency_name(agency, then.today) if agency else None,
        "revision": proposal.revision,
        "entries": len(case.entries),
        "last_hash": proposal.last_hash,
        "next_day": min(map(_last_day, filter(_runs, case.deadlines)), default=None),
    }


def _runs(deadline: Deadline) -> bool:
    return deadline.state == "running"


def _last_day(deadline: Deadline) -> str:
    return deadline.last_day.isoformat()
