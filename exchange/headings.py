"""Finds the heading of a list and what each column is: any order, any spelling, titles above it, two rows or one."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import islice

from definitions.process import Field, Process
from exchange.errors import UnreadableFile
from exchange.folding import fold, without_brackets
from exchange.sources import Line, Source, is_empty, place
from workflow.opening import opening_fields

#: The heading stands among the first rows.
_SEARCHED = 60
_FEWEST = 2
_UNITS = (
    (re.compile(r"\btr(?:iệu|\.)?\s*(?:đồng|đ)|\btriệu\b", re.IGNORECASE), 10**6),
    (re.compile(r"\b(?:nghìn|ngàn|1\.?000)\s*(?:đồng|đ)\b", re.IGNORECASE), 10**3),
    (re.compile(r"\bt[ỷỉ]\s*(?:đồng|đ)?\b", re.IGNORECASE), 10**9),
    (re.compile(r"\bđồng\b|\bvnđ\b|\bvnd\b", re.IGNORECASE), 1),
)
_UNIT_LINE = re.compile(r"(?:đơn vị(?: tính)?|đvt)\s*[:;.]?\s*(.+)", re.IGNORECASE)
_YEAR = re.compile(r"(?<!tháng \d )(?<!tháng \d\d )\bnăm (20\d\d)\b", re.IGNORECASE)
_ORDINALS = re.compile(r"\(?(?:\d{1,2}|[a-zđ])\)?(?:\s*[=+*/x-]\s*\(?\d{1,2}\)?)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the columns of lists are called."""

    keys: Mapping[str, str]
    unread: frozenset[str]

    def key(self, text: str) -> str | None:
        """The key that a heading means, an empty one for a column that is never read, or None."""
        for folded in (fold(text), fold(without_brackets(text))):
            if folded in self.keys:
                return self.keys[folded]
            if folded in self.unread:
                return ""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The heading of a list."""

    #: Its last row; the list begins below.
    number: int
    #: Key by column, from 0.
    columns: Mapping[int, str]
    #: The heading as it is written, by column.
    texts: Mapping[int, str]
    #: How many đồng a bare number means, by column.
    units: Mapping[int, int] = field(default_factory=dict)
    #: The year that the titles above speak of; None: none, or several.
    year: int | None = None
    #: Columns whose heading is not known, as written.
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def synonyms() -> dict[str, dict[str, list[str]]]:
    """The words of ``headings.toml``."""
    return tomllib.loads(files("exchange").joinpath("headings.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def words_of(process: Process) -> Words:
    """The words for the columns of a process: the synonyms first, then its own labels and keys."""
    found: dict[str, str] = {}
    known = synonyms()
    for section in ("row", "data", "fact"):
        for key, texts in known[section].items():
            for text in texts:
                found.setdefault(fold(text), key)
    labelled: list[tuple[str, Field]] = [(one.key, one) for one in process.data]
    labelled += opening_fields(process).items()
    for key, one in labelled:
        for text in (one.label, without_brackets(one.label), key):
            found.setdefault(fold(text), key)
    return Words(keys=found, unread=frozenset(fold(text) for text in known["unread"]["words"]))


def has_heading(source: Source, words: Words) -> bool:
    """Whether a list begins somewhere among the first rows."""
    lines = list(islice(source.lines(), _SEARCHED))
    return any(found.score >= _FEWEST and "name" in found.columns.values() for found in _candidates(lines, words))


def find_heading(source: Source, words: Words) -> Heading:
    """The heading of the list.

    Raises UnreadableFile where there is none, where no column holds names, or where two columns mean the same.
    """
    lines = list(islice(source.lines(), _SEARCHED))
    if not any(line.filled for line in lines):
        raise UnreadableFile("file.no_rows")
    best = max(_candidates(lines, words), key=lambda found: found.score, default=None)
    if best is None or best.score < _FEWEST:
        raise UnreadableFile("file.no_heading", {"rows": _SEARCHED})
    _check(best)
    above = [line for line in lines if line.number < best.first]
    unit = _unit_above(above)
    texts = {column: text for column, text in best.texts.items() if text}
    number = _below_ordinals(lines, best.last)
    return Heading(
        number=number,
        columns=best.columns,
        texts=texts,
        units={column: unit_in(texts[column]) or unit for column in best.columns},
        year=_year_above(above),
        unknown=tuple(text for column, text in texts.items() if column not in best.columns and words.key(text) is None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    first: int
    last: int
    columns: dict[int, str]
    texts: dict[int, str]
    doubled: tuple[tuple[int, int], ...]

    @property
    def score(self) -> int:
        return len(set(self.columns.values()))


def _candidates(lines: Sequence[Line], words: Words) -> Iterator[_Candidate]:
    for place_, line in enumerate(lines):
        if line.filled < _FEWEST:
            continue
        yield _candidate(line, line, {column: [_text(cell)] for column, cell in enumerate(line.cells)}, words)
        below = lines[place_ + 1] if place_ + 1 < len(lines) else None
        if below is not None and below.filled and _is_words(below):
            yield _candidate(line, below, _stacked(line, below), words)


def _is_words(line: Line) -> bool:
    return all(is_empty(cell) or isinstance(cell, str) for cell in line.cells)


def _stacked(upper: Line, lower: Line) -> dict[int, list[str]]:
    """Headings in two rows: what stands below, read alone, then with what stands above it and to the left."""
    found: dict[int, list[str]] = {}
    parent = ""
    for column in range(max(len(upper.cells), len(lower.cells))):
        above = _text(upper.cells[column]) if column < len(upper.cells) else ""
        below = _text(lower.cells[column]) if column < len(lower.cells) else ""
        parent = above or parent
        found[column] = [f"{parent} {below}", below] if below else [above]
    return found


def _candidate(first: Line, last: Line, texts: dict[int, list[str]], words: Words) -> _Candidate:
    columns: dict[int, str] = {}
    written: dict[int, str] = {}
    doubled: list[tuple[int, int]] = []
    for column, ways in texts.items():
        key = next((found for text in ways if text and (found := words.key(text)) is not None), None)
        written[column] = ways[0]
        if not key:
            continue
        earlier = next((known for known, other in columns.items() if other == key), None)
        if earlier is not None:
            doubled.append((earlier, column))
        columns[column] = key
    return _Candidate(first=first.number, last=last.number, columns=columns, texts=written, doubled=tuple(doubled))


def _check(best: _Candidate) -> None:
    if best.doubled:
        one, other = best.doubled[0]
        params = {"one": place(best.last, one), "other": place(best.last, other)}
        raise UnreadableFile("file.heading_twice", {**params, "text": best.texts[one], "same": best.texts[other]})
    if "name" not in best.columns.values():
        texts = ", ".join(text for text in best.texts.values() if text)
        raise UnreadableFile("file.no_names", {"row": best.last, "texts": texts})


def _text(cell: object) -> str:
    if is_empty(cell):
        return ""
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


def unit_in(text: str) -> int | None:
    """How many đồng a number under this heading means; None where it does not say."""
    return next((unit for pattern, unit in _UNITS if pattern.search(text)), None)


def _unit_above(lines: Sequence[Line]) -> int:
    for line in lines:
        for text in map(_text, line.cells):
            found = _UNIT_LINE.search(text)
            if found and (unit := unit_in(found[1])):
                return unit
    return 1


def _year_above(lines: Sequence[Line]) -> int | None:
    years = {year for line in lines for text in map(_text, line.cells) for year in _YEAR.findall(text)}
    return int(years.pop()) if len(years) == 1 else None


def _below_ordinals(lines: Sequence[Line], last: int) -> int:
    """The heading's last row, or the row below it that only numbers the columns: (1), (2), 3=1+2."""
    line = next((line for line in lines if line.number == last + 1), None)
    texts = [text for text in map(_text, line.cells) if text] if line else []
    numbered = len(texts) > _FEWEST and all(_ORDINALS.fullmatch(text) for text in texts)
    return last + 1 if numbered else last
