"""Faults of the working calendars: a year between two published ones that nobody published."""

from collections.abc import Iterator
from itertools import pairwise

from definitions.bundle import Bundle
from definitions.soundness.finding import Finding


def calendar_faults(bundle: Bundle) -> Iterator[Finding]:
    """Calendar years follow each other without a gap; that no year stands twice is shown when they are assembled."""
    for before, after in pairwise(sorted(bundle.calendar.years)):
        if after != before + 1:
            message = f"the calendar of {before + 1} is missing between those of {before} and {after}"
            yield Finding("calendars", message, str(before + 1))
