"""Faults of the places register: provinces that do not exist, successors in a circle."""

from collections.abc import Iterator

from definitions.bundle import Bundle
from definitions.registers import Places
from definitions.soundness.finding import Finding, circle, unknown


def place_faults(file: Places, bundle: Bundle) -> Iterator[Finding]:
    """Provinces named by communes and as successors exist, and no chain of successors goes in a circle."""
    known = {row.key for row in bundle.provinces}
    after = {row.key: row.successor for row in bundle.provinces if row.successor}
    for commune in file.communes:
        if commune.province not in known:
            yield unknown(f"commune[{commune.key}].province", "province", commune.province, known)
    for province in file.provinces:
        if province.successor is not None and province.successor not in known:
            yield unknown(f"province[{province.key}].successor", "province", province.successor, known)
        yield from circle(f"province[{province.key}].successor", province.key, after.get)
