"""The lines below the heading: merged areas filled in, and which lines are no proposals."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange.folding import fold
from exchange.reading import Reading
from exchange.sources import Line, is_empty
from workflow.changing import changed

_TOTAL = re.compile(
    r"(?:tong|cong|luy ke)(?: (?:cong|so|kinh phi|chung|toan (?:tinh|bo)|de an))?"
    r"(?: [ivx]+)*(?: \d+ (?:de an|nhiem vu))?"
)
_ORDINAL = re.compile(r"[IVX]{1,5}|[A-ZĐ]|[a-zđ]")
_FEW = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A line below the heading."""

    line: Line
    #: Why it is no proposal: ``row.total``, ``row.group``, ``row.note``; empty: it is one.
    why: str
    #: Columns whose amount is merged with that of another line.
    doubtful: frozenset[int]


def listed(reading: Reading) -> Iterator[Listed]:
    """The lines below the heading that hold something. Raises UnreadableFile."""
    below_total = False
    anchors = frozenset(reading.source.merges.above.values())
    seen: dict[tuple[int, int], object] = {}
    for line in reading.source.lines():
        if line.number <= reading.heading.number or not line.filled:
            continue
        whole, doubtful = _unmerged(line, reading, anchors, seen)
        why = _no_proposal(whole, reading, below_total=below_total)
        below_total = below_total or why == "row.total"
        yield Listed(whole, why, doubtful)


def _unmerged(
    line: Line, reading: Reading, anchors: frozenset[tuple[int, int]], seen: dict[tuple[int, int], object]
) -> tuple[Line, frozenset[int]]:
    """The line with the texts of areas merged downwards filled in, and the columns whose amount would be doubled."""
    columns, above = reading.heading.columns, reading.source.merges.above
    width = max((*columns, len(line.cells) - 1), default=0) + 1
    filled, doubtful = [*line.cells, *[None] * (width - len(line.cells))], set()
    for column in range(width) if above else ():
        spot = (line.number, column)
        merged = spot in above or spot in anchors
        if merged and reading.kind(columns.get(column, "")) == "money":
            doubtful.add(column)
        elif spot in anchors:
            seen[spot] = filled[column]
        elif spot in above and filled[column] is None:
            filled[column] = seen.get(above[spot])
    return changed(line, cells=tuple(filled)), frozenset(doubtful)


def by_key(line: Line, reading: Reading) -> dict[str, tuple[int, object]]:
    """Column and cell by key."""
    columns = reading.heading.columns
    return {key: (column, line.cells[column]) for column, key in columns.items() if column < len(line.cells)}


def _no_proposal(line: Line, reading: Reading, *, below_total: bool) -> str:
    """Why a line is no proposal: a total, the heading of a group, a note or signature; empty: it is one."""
    known = by_key(line, reading)
    texts = [fold(cell) for cell in line.cells if isinstance(cell, str) and not is_empty(cell)]
    name = known.get("name", (0, None))[1]
    first = texts[0] if texts else ""
    if first and _TOTAL.fullmatch(first) and (is_empty(name) or fold(str(name)) == first):
        return "row.total"
    ordinal = str(known.get("number", (0, ""))[1] or "").strip(" .")
    spanned = reading.source.merges.across.get(line.number, 1) >= _FEW and line.filled <= 2  # noqa: PLR2004 - ordinal and words.
    if spanned or (_ORDINAL.fullmatch(ordinal) and not is_empty(name) and _is_group(known)):
        return "row.group"
    if is_empty(name) and line.filled < _FEW and not _has_numbers(line):
        return "row.note"
    return "row.note" if below_total and line.filled <= _FEW and not _has_numbers(line) else ""


def _is_group(known: Mapping[str, tuple[int, object]]) -> bool:
    """Whether a line under a Roman number or a letter says nothing that only a proposal has."""
    own = ("beneficiary", "activity", "commune", "trade", "plan_year", "code")
    return all(is_empty(known[key][1]) for key in own if key in known)


def _has_numbers(line: Line) -> bool:
    return any(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in line.cells)
