"""What was read of the definitions and registers and is kept between transactions.

Texts never change under their hash. The registers do; but every change of them (a publication, an appointment, a
letter, a person, a seat, an account) is an entry of their one chain, so the hash of its newest entry names all that
they say. A transaction reads that hash, and takes what is kept only under the same one: whichever process changed
something, nobody reads what stood there before.
"""

from collections.abc import Iterable
from typing import cast

from definitions.bundle import Bundle, assemble
from definitions.calendar import CalendarYear
from definitions.errors import UnknownDefinition
from definitions.loading import TYPES, DefinitionText, Kind, read
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Appointment
from workflow.authority import Guidance
from workflow.proposal import Seat
from workflow.storage import Person


class Registers:
    """What the registers say since the entry of that hash, as far as anybody has asked."""

    __slots__ = ("appointments", "guidance", "hash", "law", "people")

    def __init__(self, hash_: str) -> None:
        self.hash = hash_
        self.law: Bundle | None = None
        self.appointments: tuple[Appointment, ...] | None = None
        #: By programme.
        self.guidance: dict[str, tuple[Guidance, ...]] = {}
        #: Who ever held a seat, with its days and capacity, and whose account is open, by ``role@agency``.
        self.people: dict[str, tuple[tuple[Person, Seat], ...]] = {}


class Pinned:
    """A cache that transactions share. Only what is committed may be kept here."""

    __slots__ = ("processes", "programmes", "registers")

    def __init__(self) -> None:
        self.processes: dict[str, Process] = {}
        self.programmes: dict[str, Programme] = {}
        self.registers = Registers("")


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


def as_years(texts: Iterable[DefinitionText]) -> tuple[CalendarYear, ...]:
    """The calendar years of texts; whatever is of something else is left out."""
    return tuple(value for value in map(read, texts) if isinstance(value, CalendarYear))


def named_text(kind: str, key: str, sha256: str, text: str) -> DefinitionText:
    """A stored text with the name by which faults call it."""
    return DefinitionText(cast("Kind", kind), f"{kind} {key} ({sha256[:12]})", text)


def assembled(texts: dict[tuple[str, str], DefinitionText]) -> Bundle:
    """The law of the newest texts; what is no definition (the notice templates) is left out."""
    return assemble(text for (kind, _), text in sorted(texts.items()) if kind in TYPES)
