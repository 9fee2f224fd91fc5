"""What was read of the definitions once and never changes: texts by their hash, and the law as of a publication."""

from typing import cast

from definitions.bundle import Bundle, assemble
from definitions.errors import UnknownDefinition
from definitions.loading import TYPES, DefinitionText, Kind, read
from definitions.process import Process
from definitions.programme import Programme


class Pinned:
    """A cache that transactions share. Only what is committed may be kept here."""

    __slots__ = ("law", "processes", "programmes")

    def __init__(self) -> None:
        self.processes: dict[str, Process] = {}
        self.programmes: dict[str, Programme] = {}
        #: (count, newest id) of the publications that the bundle was assembled from.
        self.law: tuple[tuple[int, int], Bundle] | None = None


def as_process(text: DefinitionText, sha256: str) -> Process:
    """The process of a text. Raises UnknownDefinition where the text is of something else."""
    value = read(text) if text.kind == "process" else None
    if not isinstance(value, Process):
        raise UnknownDefinition("process", sha256)
    return value


def as_programme(text: DefinitionText, sha256: str) -> Programme:
    """The programme of a text. Raises UnknownDefinition where the text is of something else."""
    value = read(text) if text.kind == "programme" else None
    if not isinstance(value, Programme):
        raise UnknownDefinition("programme", sha256)
    return value


def named_text(kind: str, key: str, sha256: str, text: str) -> DefinitionText:
    """A stored text with the name by which faults call it."""
    return DefinitionText(cast("Kind", kind), f"{kind} {key} ({sha256[:12]})", text)


def assembled(texts: dict[tuple[str, str], DefinitionText]) -> Bundle:
    """The law of the newest texts; what is no definition (the notice templates) is left out."""
    return assemble(text for (kind, _), text in sorted(texts.items()) if kind in TYPES)
