"""Proves of definitions, before anything runs, that no proposal can be lost in them: every fault with an example."""

from collections.abc import Iterator

from definitions.bundle import Bundle
from definitions.errors import Fault
from definitions.loading import read_all
from definitions.model import Definition
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Agencies, Appointments, Ceilings, Places
from definitions.soundness import agencies, bases, calendars, ceilings, places, programmes
from definitions.soundness.deadlines import deadline_faults
from definitions.soundness.fields import field_faults
from definitions.soundness.finding import Finding
from definitions.soundness.guards import guard_faults
from definitions.soundness.main_path import main_path_faults
from definitions.soundness.notices import notice_faults
from definitions.soundness.paths import Paths
from definitions.soundness.states import state_faults
from definitions.soundness.transitions import transition_faults
from definitions.soundness.vocabulary import Vocabulary

__all__ = ["Vocabulary", "check"]


def check(bundle: Bundle, vocabulary: Vocabulary) -> tuple[Fault, ...]:
    """Every fault of the definitions that ``assemble`` put together, in the order of files and places; empty if sound.

    What a name means comes from above (``vocabulary``): this room knows no guard, template or recipient by itself.
    """
    faults = {
        Fault(file=text.name, place=found.place, message=found.message, example=found.example)
        for text, value in read_all(bundle.texts)
        for found in (*_findings(value, bundle, vocabulary), *bases.basis_faults(value, bundle))
    }
    whole = (
        Fault(file=found.place, place="", message=found.message, example=found.example)
        for found in calendars.calendar_faults(bundle)
    )
    return tuple(sorted({*faults, *whole}))


def _findings(value: Definition, bundle: Bundle, vocabulary: Vocabulary) -> Iterator[Finding]:
    match value:
        case Process():
            yield from _process_findings(value, vocabulary)
        case Programme():
            yield from programmes.programme_faults(value, bundle)
        case Agencies():
            yield from agencies.agency_faults(value, bundle)
        case Appointments():
            yield from agencies.appointment_faults(value, bundle)
        case Ceilings():
            yield from ceilings.ceiling_faults(value, bundle)
        case Places():
            yield from places.place_faults(value, bundle)


def _process_findings(process: Process, vocabulary: Vocabulary) -> Iterator[Finding]:
    paths = Paths(process)
    yield from state_faults(process, paths, vocabulary)
    yield from transition_faults(process, paths)
    yield from main_path_faults(process, paths)
    yield from guard_faults(process, paths, vocabulary)
    yield from field_faults(process, paths, vocabulary)
    yield from deadline_faults(process, paths)
    yield from notice_faults(process, paths, vocabulary)
