"""Opens a file as a list: what form it has, where its heading is."""

from functools import partial
from pathlib import Path

from definitions.process import Process
from exchange.headings import Heading, find_heading, has_heading, words_of
from exchange.sniffing import kind_of
from exchange.sources import Source
from exchange.texts import open_text
from exchange.workbooks import open_workbook


def open_list(file: Path, process: Process, *, sheet: str | None = None) -> tuple[Source, Heading]:
    """The list in a file and its heading. Raises UnreadableFile where there is none."""
    words = words_of(process)
    if kind_of(file) == "workbook":
        source = open_workbook(file, sheet=sheet, has_heading=partial(has_heading, words=words))
    else:
        source = open_text(file)
    return source, find_heading(source, words)
