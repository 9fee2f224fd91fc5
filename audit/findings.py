"""What a check of history found, and what it covered."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that does not fit: of which subject, at which entry (None: of the subject as a whole), and what.

    ``code`` is the sentence of the catalogues, ``params`` what it names.
    """

    subject: str
    seq: int | None
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.params.items())
        return f"{self.subject} {self.seq or ''}".rstrip() + f": {self.code}" + (f" ({said})" if said else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A checkpoint that was kept outside the database and held against the log; ``source`` says where it was."""

    source: str
    size: int
    made_at: str
    holds: bool


@dataclass(slots=True, kw_only=True)
class Coverage:
    """How much of history a check has seen."""

    entries: int = 0
    chains: int = 0
    openings: int = 0
    erased: int = 0
    #: Entries under a leaf, and entries that still wait for one: those are covered by their chains alone.
    sealed: int = 0
    unsealed: int = 0
    nodes: int = 0
    #: Signed checkpoints whose root and signature were compared.
    checkpoints: int = 0
