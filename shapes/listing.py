"""A proposal as a row of a list."""

from datetime import date, timedelta
from typing import Any

from definitions.bundle import Bundle
from definitions.errors import UnknownDefinition
from definitions.process import Process
from store.lists import ProposalLine
from workflow.authority import seat_of
from workflow.proposal import legal_day

_DAY = timedelta(days=1)


def line_of(line: ProposalLine, law: Bundle, *, today: date) -> dict[str, Any]:
    """The row of ``proposal list``; ``last_day`` is the day that its next deadline ends with."""
    process = _process(law, line.process)
    role, _, agency = (line.holder or "").partition("@")
    return {
        "code": line.code,
        "title": line.title,
        "programme": line.programme,
        "process": line.process,
        "state": line.state,
        "state_label": _state(process, line.state),
        "milestone": line.milestone,
        "milestone_label": _milestone(process, line.milestone),
        "revision": line.revision,
        "open": line.open,
        "holder": line.holder,
        "holder_role": process.role_label(role) if process and role else role or None,
        "holder_agency": agency or None,
        "holder_agency_name": _agency(law, agency, today) if agency else None,
        "officer": line.officer,
        "officer_name": line.officer_name,
        "implementer": line.implementer,
        "implementer_name": _agency(law, line.implementer, today),
        "province": line.province,
        "plan_year": line.plan_year,
        "activity": line.activity,
        "due": line.due.isoformat() if line.due else None,
        "last_day": (legal_day(line.due) - _DAY).isoformat() if line.due else None,
        "created_at": line.created_at.isoformat(),
        "last_at": line.last_at.isoformat(),
    }


def seats_at(law: Bundle, agency: str) -> tuple[str, ...]:
    """Every seat that an agency may hold proposals in. Raises UnknownDefinition for an agency that is not known."""
    known = law.agency(agency).key
    roles = dict.fromkeys(role.key for process in law.processes.values() for role in process.roles)
    return tuple(seat_of(role, known) for role in roles)


def _process(law: Bundle, ref: str) -> Process | None:
    try:
        return law.processes.get(ref) or law.process(ref.partition("@")[0])
    except UnknownDefinition:
        return None


def _state(process: Process | None, key: str) -> str:
    return process.state(key).label if process and process.has_state(key) else key


def _milestone(process: Process | None, key: str) -> str:
    rows = process.milestones if process else ()
    return next((row.label for row in rows if row.key == key), key)


def _agency(law: Bundle, key: str, on: date) -> str:
    known = law.agencies.get(key)
    return known.named(on).name if known else key
