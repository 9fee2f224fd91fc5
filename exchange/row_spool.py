"""Rows of an answer in a file aside: read from the database once, counted, and then read as often as they are shown.

However many there are, one is in memory; and nothing of an answer is shown before all of it could be told.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from msgspec import msgpack

_LENGTH = 4


class RowSpool:
    """Written once by ``kept_aside``, then iterated. Instants come back as they were, and days in columns of days."""

    def __init__(self, file: IO[bytes], days: Iterable[str]) -> None:
        self._file, self._days = file, tuple(days)
        #: How many rows there are.
        self.count = 0

    def fill(self, rows: Iterable[dict[str, Any]]) -> None:
        """Takes the rows."""
        encode, write = msgpack.Encoder().encode, self._file.write
        for row in rows:
            line = encode(row)
            write(len(line).to_bytes(_LENGTH, "big") + line)
            self.count += 1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows in their order, from the first."""
        self._file.seek(0)
        while length := self._file.read(_LENGTH):
            row: dict[str, Any] = msgpack.decode(self._file.read(int.from_bytes(length, "big")))
            for key in self._days:
                if row.get(key) is not None:
                    row[key] = date.fromisoformat(row[key])
            yield row

    def __len__(self) -> int:
        return self.count


@contextmanager
def kept_aside(rows: Iterable[dict[str, Any]], *, days: Iterable[str] = ()) -> Iterator[RowSpool]:
    """The rows in a file that is gone at the end; ``days`` names the keys that hold days."""
    with TemporaryFile(prefix="khuyencong-") as file:
        spool = RowSpool(file, days)
        spool.fill(rows)
        yield spool
