"""What a process that died left, told so exactly that the next run need not be tried twice from the very same.

A next run has nothing to go by but rows, tables and their guards, the numbers that the database gave out, and files. Of
a file that is only being written nobody reads the content, and its name is drawn, so of it counts that it is there.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from re import sub

from tests.crash.grounds import Ground, files_of, marks_of
from tests.crash.model import CLOCK, is_unfinished
from tests.crash.rows import Rows


def leavings(ground: Ground, rows: Rows) -> Hashable:
    """Equal where two deaths left the same. Told before anything else opens the database."""
    return rows.mark_without(CLOCK), ground.beside_rows(), frozenset(Counter(_files(ground)).items())


def _files(ground: Ground) -> Iterator[Hashable]:
    hashes = files_of(ground)
    for path, (size, _, mode, *_) in marks_of(ground).items():
        if is_unfinished(path):
            yield sub(r"(written|copied|swept)-\w+", r"\1", path), mode
        else:
            yield path, mode, hashes.get(path, size)
