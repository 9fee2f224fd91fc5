"""A proposal as a row of a list."""

from datetime import date, timedelta
from functools import lru_cache
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
    last = last_day_of(line)
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
        "last_day": last.isoformat() if last else None,
        "created_at": line.created_at.isoformat(),
        "last_at": line.last_at.isoformat(),
    }


class LineWords:
    """The words of lines, each found once: a page has fifty lines of a few states, agencies and last days."""

    def __init__(self, law: Bundle, today: date) -> None:
        self.state = lru_cache(lambda process, state: _state(_process(law, process), state))
        self.agency = lru_cache(lambda key: _agency(law, key, today))


def last_day_of(line: ProposalLine) -> date | None:
    """The day that its next deadline ends with."""
    return legal_day(line.due) - _DAY if line.due else None


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
