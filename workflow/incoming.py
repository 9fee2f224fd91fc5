"""The rows of a list on their way in, and what became of each."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct, field

from workflow.errors import Unmet
from workflow.proposal import FactValue

#: ``differs``: a running proposal stands otherwise than its row says; it is told, and nothing is written.
Status = Literal["created", "opened", "edited", "unchanged", "differs", "refused", "skipped"]
STATUSES: tuple[Status, ...] = ("created", "opened", "edited", "unchanged", "differs", "refused", "skipped")


class Paper(Struct, frozen=True, kw_only=True):
    """A file that a row names, relative to the folder of papers."""

    key: str
    path: str


class Incoming(Struct, frozen=True, kw_only=True):
    """A row as it was read. Keys and types are those of the process; what could not be read is among ``faults``."""

    #: Its number in the file, as a spreadsheet counts.
    number: int
    #: The same row keeps its key from file to file: its code, else a hash of what names a proposal.
    key: str
    title: str
    code: str = ""
    values: Mapping[str, FactValue] = field(default_factory=dict)
    #: What was decided so far; sums as ``action.key``.
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    #: Empty: a draft.
    state: str = ""
    effective_on: date | None = None
    programme: str = ""
    implementer: str = ""
    province: str = ""
    papers: tuple[Paper, ...] = ()
    faults: tuple[Unmet, ...] = ()
    remarks: tuple[Unmet, ...] = ()
    #: Why the row is no proposal (a total, a heading of a group); None: it is one.
    skipped: Unmet | None = None


class Change(Struct, frozen=True, kw_only=True):
    """A field that a row changes, or in which it differs."""

    key: str
    label: str
    type: str
    before: FactValue | None
    after: FactValue


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a row, or would."""

    number: int
    status: Status
    title: str
    #: Empty for a new proposal that was not written.
    code: str = ""
    state: str = ""
    unmet: tuple[Unmet, ...] = ()
    remarks: tuple[Unmet, ...] = ()
    changes: tuple[Change, ...] = ()


class Imported(Struct, frozen=True, kw_only=True):
    """How a whole list came in. ``written`` is False for a trial, and where one refused row kept all others out."""

    counts: Mapping[Status, int]
    written: bool

    @property
    def refused(self) -> int:
        """How many rows cannot come in."""
        return self.counts["refused"]
