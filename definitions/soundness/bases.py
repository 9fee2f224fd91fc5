"""Faults of bases: law without the source it was read in, and sources that the register does not hold."""

from collections.abc import Iterator

from pydantic import BaseModel

from definitions.bundle import Bundle
from definitions.model import Basis, Definition
from definitions.soundness.finding import Finding

#: The keys by which an entry of a list is named in a place.
_NAMES = ("key", "action", "activity", "role", "year", "number")


def basis_faults(value: Definition, bundle: Bundle) -> Iterator[Finding]:
    """A rule said to be law (FOUND) names the source it was read in, and every source named is in the register."""
    for place, basis in _bases("", value):
        if basis.confidence == "FOUND" and not basis.source:
            yield Finding(place, "FOUND names no source: where was it read?", basis.text)
        for number in basis.source:
            if number not in bundle.sources:
                yield Finding(place, f"source [{number}] is not in the source register", basis.text)


def _bases(place: str, value: object) -> Iterator[tuple[str, Basis]]:
    if isinstance(value, Basis):
        yield place, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            shown = field.alias or name
            yield from _bases(f"{place}.{shown}" if place else shown, getattr(value, name))
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            named = next((getattr(entry, name) for name in _NAMES if hasattr(entry, name)), index)
            yield from _bases(f"{place}[{named}]", entry)
