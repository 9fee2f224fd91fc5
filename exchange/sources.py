"""What a file gives, whatever its form: lines of raw cells, as often as asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openpyxl.utils import get_column_letter

#: A cell with a formula that was never calculated.
UNCALCULATED: Final = object()
#: A cell below the first of an area merged from top to bottom; its text is the first one's.
Raw = object


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file; ``number`` as a spreadsheet counts, cells from column A."""

    number: int
    cells: tuple[Raw, ...]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(not is_empty(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merges:
    """Merged areas: lower cells by their first one's place, and rows whose cells are merged from left to right."""

    above: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    across: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A list in a file."""

    #: The sheet's name; empty for text files.
    sheet: str
    lines: Callable[[], Iterator[Line]]
    merges: Merges = field(default_factory=Merges)
    #: Sheets that were not read.
    others: tuple[str, ...] = ()
    #: What day a serial number 0 means.
    epoch: datetime = datetime(1899, 12, 30)  # noqa: DTZ001 - days of a spreadsheet have no zone.
    #: About how many lines there are; None: not known.
    about: int | None = None


def is_empty(cell: Raw) -> bool:
    """Whether a cell holds nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\u200b\ufeff \t\r\n\xa0"))


def place(number: int, column: int) -> str:
    """``D7``: how people name a cell."""
    return f"{get_column_letter(column + 1)}{number}"
