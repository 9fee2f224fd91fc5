"""Workbooks read row by row, memory flat: values as they were last calculated, and where cells are merged."""

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from exchange.errors import UnreadableFile
from exchange.folding import fold
from exchange.sources import UNCALCULATED, Line, Merges, Source

#: No list of an office is wider.
_MOST_COLUMNS = 256
_MOST_MERGES = 50_000
_CHUNK, _OVERLAP = 2**20, 128
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z0-9:$]{5,30})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_BROKEN = (
    *(ParseError, DefusedXmlException, zipfile.BadZipFile, InvalidFileException),
    *(KeyError, ValueError, IndexError, TypeError, AttributeError, EOFError, OSError),
)


def open_workbook(file: Path, *, sheet: str | None, has_heading: Callable[[Source], bool]) -> Source:
    """The list in a workbook: the sheet of that name, else the first visible one with a heading.

    Raises UnreadableFile where the file is damaged, or has no such sheet.
    """
    sheets = _visible(file)
    titles = [one.title for one in sheets]
    if sheet is not None:
        chosen = next((one for one in sheets if fold(one.title) == fold(sheet)), None)
        if chosen is None:
            raise UnreadableFile("file.no_sheet", {"sheet": sheet, "known": ", ".join(titles)})
        return _source(file, chosen, ())
    if not sheets:
        raise UnreadableFile("file.no_sheets", {"file": file.name})
    sources = (_source(file, one, tuple(title for title in titles if title != one.title)) for one in sheets)
    return next((source for source in sources if has_heading(source)), _source(file, sheets[0], ()))


@dataclass(frozen=True, slots=True)
class _Sheet:
    title: str
    part: str
    epoch: datetime
    about: int | None


def _visible(file: Path) -> list[_Sheet]:
    with _reading(file), _loaded(file) as book:
        return [
            _Sheet(one.title, one._worksheet_path, book.epoch, one.max_row)  # noqa: SLF001 - its part of the archive.
            for one in book.worksheets
            if one.sheet_state == "visible"
        ]


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Says of whatever openpyxl stumbles over that the file is damaged."""
    try:
        yield
    except UnreadableFile:
        raise
    except _BROKEN as error:
        unsafe = any(isinstance(one, DefusedXmlException) for one in (error, error.__cause__))
        raise UnreadableFile("file.entities" if unsafe else "file.damaged", {"file": file.name}) from error


@contextmanager
def _loaded(file: Path, *, formulas: bool = False) -> Iterator[Any]:
    with file.open("rb") as opened:  # Opened here, so that it is closed where openpyxl gives up half-way.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that are not read here.
            book = load_workbook(opened, read_only=True, data_only=not formulas, keep_links=False)
        try:
            yield book
        finally:
            book.close()


def _source(file: Path, sheet: _Sheet, others: tuple[str, ...]) -> Source:
    with _reading(file):
        merged, formulas = _scan(file, sheet.part)
    return Source(
        sheet=sheet.title,
        lines=lambda: _lines(file, sheet.title, formulas=formulas),
        merges=_merges(merged),
        others=others,
        epoch=sheet.epoch,
        about=sheet.about,
    )


def _scan(file: Path, part: str) -> tuple[list[str], bool]:
    """The merged areas of a sheet and whether it has formulas, found in its bytes without reading it into memory."""
    merged: list[str] = []
    formulas, kept = False, b""
    with zipfile.ZipFile(file) as archive, archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            text = kept + chunk
            formulas = formulas or _FORMULA.search(text) is not None
            ends = [found.end() for found in _MERGED.finditer(text)]
            merged += [found[1].decode() for found in _MERGED.finditer(text)]
            kept = text[max(len(text) - _OVERLAP, ends[-1] if ends else 0) :]
            if len(merged) > _MOST_MERGES:
                raise UnreadableFile("file.damaged", {"file": file.name})
    return merged, formulas


def _merges(areas: list[str]) -> Merges:
    merges = Merges()
    for area in areas:
        left, top, right, bottom = range_boundaries(area.replace("$", ""))
        if bottom - top > _MOST_MERGES or right - left > _MOST_COLUMNS:
            continue
        for row in range(top, bottom + 1):
            merges.across[row] = max(merges.across.get(row, 1), right - left + 1)
            if row > top:
                merges.above[row, left - 1] = (top, left - 1)
    return merges


def _lines(file: Path, title: str, *, formulas: bool) -> Iterator[Line]:
    with _reading(file):
        rows = _calculated(file, title) if formulas else _plain(file, title)
        for number, cells in enumerate(rows, start=1):
            yield Line(number, cells)


def _plain(file: Path, title: str, *, formulas: bool = False) -> Iterator[tuple[Any, ...]]:
    with _loaded(file, formulas=formulas) as book:
        sheet = book[title]
        sheet.reset_dimensions()  # What programs write there is often wrong, and would cut rows off.
        yield from sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)


def _calculated(file: Path, title: str) -> Iterator[tuple[Any, ...]]:
    """Values, with a mark where a formula has none yet."""
    for values, written in zip_longest(_plain(file, title), _plain(file, title, formulas=True), fillvalue=()):
        pairs = zip_longest(values, written)
        yield tuple(UNCALCULATED if value is None and _is_formula(text) else value for value, text in pairs)


def _is_formula(text: object) -> bool:
    return (isinstance(text, str) and text.startswith("=")) or type(text).__name__ == "ArrayFormula"
