"""Faults of ceiling registers: activities that no programme supports, registers that no programme goes by."""

from collections.abc import Iterator

from definitions.bundle import Bundle
from definitions.registers import Ceilings
from definitions.soundness.finding import Finding, unknown


def ceiling_faults(register: Ceilings, bundle: Bundle) -> Iterator[Finding]:
    """Every ceiling is for an activity of some programme, and some programme goes by the register."""
    known = {activity.key for programme in bundle.programmes.values() for activity in programme.activities}
    for activity in dict.fromkeys(row.activity for row in register.ceilings):
        if activity not in known:
            yield unknown(f"ceiling[{activity}].activity", "activity of any programme", activity, known)
    if not any(track.ceilings == register.key for row in bundle.programmes.values() for track in row.tracks):
        yield Finding("key", "no programme goes by this ceiling register", register.key)
