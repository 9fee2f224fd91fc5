"""Text tables read row by row: in the encodings and with the separators that offices' programs write."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from exchange.errors import UnreadableFile
from exchange.sources import Line, Source

_SEPARATORS = (";", "\t", ",")
_SAMPLE = 40
_CHUNK = 2**20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_text(file: Path) -> Source:
    """The list in a text table. Raises UnreadableFile for bytes that are no text in a known encoding."""
    encoding = encoding_of(file)
    separator, skipped = _separator(file, encoding)
    return Source(sheet="", lines=lambda: _lines(file, encoding, separator, skipped))


def encoding_of(file: Path) -> str:
    """UTF-8 with or without mark, UTF-16, else Windows-1258 (the old Vietnamese one)."""
    with file.open("rb") as opened:
        head = opened.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head[1::2].count(0) > len(head) // 8:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 8:
        return "utf-16-be"
    for encoding in ("utf-8", "cp1258"):
        if _decodes(file, encoding):
            return encoding
    raise UnreadableFile("file.encoding", {"file": file.name})


def _decodes(file: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with file.open("rb") as opened:
        try:
            while chunk := opened.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _opened(file: Path, encoding: str) -> io.TextIOWrapper:
    return file.open(encoding=encoding, newline="")


def _separator(file: Path, encoding: str) -> tuple[str, int]:
    """The separator, and how many lines at the start only name it (``sep=;``)."""
    with _opened(file, encoding) as opened:
        try:
            sample = list(islice(opened, _SAMPLE))
        except UnicodeError as error:
            raise UnreadableFile("file.encoding", {"file": file.name}) from error
    first = sample[0].strip().lower() if sample else ""
    if first.startswith("sep=") and len(first) == len("sep=;"):
        return first[-1], 1
    return max(_SEPARATORS, key=lambda separator: _fitness(sample, separator)), 0


def _fitness(sample: list[str], separator: str) -> int:
    """How much of the sample falls into rows of one width."""
    try:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator) if len(row) > 1)
    except csv.Error:
        return 0
    width, rows = widths.most_common(1)[0] if widths else (0, 0)
    return width * rows


def _lines(file: Path, encoding: str, separator: str, skipped: int) -> Iterator[Line]:
    with _opened(file, encoding) as opened:
        reader = csv.reader(opened, delimiter=separator)
        try:
            for number, cells in enumerate(islice(reader, skipped, None), start=1):
                yield Line(number, tuple(cell or None for cell in cells))
        except csv.Error as error:
            code = "file.cell_too_long" if "limit" in str(error) else "file.no_table"
            raise UnreadableFile(code, {"file": file.name, "row": reader.line_num}) from error
        except UnicodeError as error:
            raise UnreadableFile("file.encoding", {"file": file.name}) from error
