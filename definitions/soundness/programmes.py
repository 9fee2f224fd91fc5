"""Faults of programmes: tracks that lead nowhere, roles that nobody wears on some day, activities nobody knows."""

from collections.abc import Iterator
from datetime import date, timedelta

from definitions.bundle import Bundle
from definitions.process import Process
from definitions.programme import Programme, Track
from definitions.registers import Appointment
from definitions.soundness.finding import Finding, doubled, unknown

_DAY = timedelta(days=1)
#: Bound per proposal and without a step of its own: never appointed.
_BENEFICIARY = "beneficiary"


def programme_faults(programme: Programme, bundle: Bundle) -> Iterator[Finding]:
    """Every track's process and ceilings exist, its roles are worn every day, and its activities are known there."""
    yield from doubled("track", "the process", (row.process.partition("@")[0] for row in programme.tracks))
    if programme.province is not None and programme.province not in {row.key for row in bundle.provinces}:
        yield unknown("province", "province", programme.province, {row.key for row in bundle.provinces})
    for index, track in enumerate(programme.tracks):
        yield from _track(f"track[{index}]", track, programme, bundle)


def _track(place: str, track: Track, programme: Programme, bundle: Bundle) -> Iterator[Finding]:
    if track.ceilings not in bundle.ceilings:
        yield unknown(f"{place}.ceilings", "ceiling register", track.ceilings, bundle.ceilings)
    process = bundle.processes.get(track.process)
    if process is None:
        yield unknown(f"{place}.process", "process", track.process, bundle.processes)
        return
    if process.money != track.source:
        message = f"{track.process} spends {process.money} money, the track says {track.source}"
        yield Finding(f"{place}.source", message, track.source)
    yield from _activities(programme, process)
    for role in process.roles:
        if not role.per_proposal and role.key != _BENEFICIARY:
            yield from _staffing(f"{place}.process", role.key, programme, process, bundle)


def _activities(programme: Programme, process: Process) -> Iterator[Finding]:
    field = next((field for field in process.data if field.key == "activity"), None)
    known = {choice.key for choice in field.choices} if field else set()
    for activity in programme.activities if known else ():
        if activity.key not in known:
            yield unknown(f"activity[{activity.key}]", f"activity of {process.ref}", activity.key, known)


def _staffing(place: str, role: str, programme: Programme, process: Process, bundle: Bundle) -> Iterator[Finding]:
    day = first_unstaffed(role, programme, process, bundle.appointments)
    if day is not None:
        message = f"no agency is appointed {role} of {process.key} in {programme.key} on {day}"
        yield Finding(place, message, f"{role} on {day}")


def first_unstaffed(
    role: str, programme: Programme, process: Process, appointments: tuple[Appointment, ...]
) -> date | None:
    """The first day of the programme's years on which no agency wears the role, or None.

    A national programme has an agency for each province; here one of them is enough.
    """
    day, last = date(programme.first_year, 1, 1), date(programme.last_year, 12, 31)
    fitting = [row for row in appointments if _fits(row, role, programme, process)]
    while day <= last:
        ends = [row.until or date.max for row in fitting if (row.since or date.min) <= day <= (row.until or date.max)]
        if not ends:
            return day
        if max(ends) >= last:
            return None
        day = max(ends) + _DAY
    return None


def _fits(row: Appointment, role: str, programme: Programme, process: Process) -> bool:
    territory = row.province is None or programme.province in (None, row.province)
    here = row.programme in (None, programme.key) and row.process in (None, process.key)
    return row.role == role and here and territory
