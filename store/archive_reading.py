"""Reads a backup without trusting it: only members that a backup has, each held against the manifest and its hash.

Nothing is ever extracted under a name that the archive gives, so no name can lead anywhere.
"""

import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from pydantic import ValidationError
from sqlalchemy import Table

from store.archive import (
    LAYOUT,
    LONGEST,
    MANIFEST,
    PAPERS,
    ArchiveDamaged,
    Manifest,
    TablePart,
    kinds_of,
    member_of,
    tables,
)
from store.documents import LIMIT

#: Hears what is being done, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]
_CHUNK = 1024 * 1024
_EVERY = 5_000
_PAPER = re.compile(rf"{PAPERS}[0-9a-f]{{64}}")
_FAULTS = (
    *(BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, LookupError, TypeError, ValueError),
)


@contextmanager
def _reading(member: str) -> Iterator[None]:
    """Whatever a broken ZIP makes the library raise is one thing: damage."""
    try:
        yield
    except _FAULTS as error:
        raise ArchiveDamaged(member, str(error) or type(error).__name__) from error


class Archive:
    """An open backup. Raises ArchiveDamaged wherever it is not what its manifest says."""

    def __init__(self, file: Path) -> None:
        self._name = file.name
        with _reading(self._name):
            self._zip = ZipFile(file)
        try:
            self._members = {info.filename: info for info in self._zip.infolist()}
            self._refuse_strangers()
            self.manifest = self._manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _refuse_strangers(self) -> None:
        known = {MANIFEST, *(member_of(table.name) for table in tables())}
        twice = Counter(info.filename for info in self._zip.infolist())
        for info in self._zip.infolist():
            if info.filename not in known and not _PAPER.fullmatch(info.filename):
                raise ArchiveDamaged(info.filename, "no backup has a part of this name")
            if twice[info.filename] > 1:
                raise ArchiveDamaged(info.filename, "stands in it twice")
            if info.flag_bits & 1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise ArchiveDamaged(info.filename, "is packed in a way that this software never does")
        for name in known - self._members.keys():
            raise ArchiveDamaged(name, "is missing")

    def _manifest(self) -> Manifest:
        if self._members[MANIFEST].file_size > LONGEST:
            raise ArchiveDamaged(MANIFEST, "is too long")
        with _reading(MANIFEST):
            try:
                found = Manifest.model_validate_json(self._zip.read(MANIFEST))
            except ValidationError as error:
                raise ValueError(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from error
        if found.layout != LAYOUT:
            raise ArchiveDamaged(MANIFEST, f"its layout is {found.layout}; this software reads {LAYOUT}")
        return found

    def table(self, table: Table) -> TablePart:
        """What the manifest says of a table, which must have the columns that this software knows."""
        part = next((part for part in self.manifest.tables if part.name == table.name), None)
        if part is None or part.columns != [column.name for column in table.columns]:
            raise ArchiveDamaged(MANIFEST, f"it does not describe the table {table.name} as this software knows it")
        return part

    def check(self, progress: Progress = lambda *_: None) -> None:
        """Reads every member once: its checksum, its hash, its rows, and that no paper is missing or another."""
        for table in tables():
            part = self.table(table)
            for done, _ in enumerate(self.rows(table), start=1):
                if done % _EVERY == 0:
                    progress(table.name, done, part.rows)
        if not any(part.name == "entry" and part.rows for part in self.manifest.tables):
            raise ArchiveDamaged(member_of("entry"), "there is no history in it")
        papers = self.papers()
        if len(papers) != self.manifest.papers:
            raise ArchiveDamaged(PAPERS, f"there are {len(papers)}, not {self.manifest.papers} as the manifest says")
        for done, paper in enumerate(papers, start=1):
            self._check_paper(paper)
            progress("papers", done, len(papers))

    def rows(self, table: Table) -> Iterator[list[Any]]:
        """The rows of a table; damage that only the whole shows is raised after the last."""
        part, kinds, member = self.table(table), kinds_of(table), member_of(table.name)
        digest, rows = sha256(), 0
        for line in self._lines(member):
            digest.update(line)
            rows += 1
            with _reading(f"{member} line {rows}"):
                values = kinds.read(line)
            yield values
        if rows != part.rows:
            raise ArchiveDamaged(member, f"it has {rows} rows, not {part.rows} as the manifest says")
        if digest.hexdigest() != part.sha256:
            raise ArchiveDamaged(member, "its content does not fit its hash")

    def _lines(self, member: str) -> Iterator[bytes]:
        with self._opened(member) as content:
            while True:
                with _reading(member):
                    line = content.readline(LONGEST)
                if not line:
                    return
                if not line.endswith(b"\n"):
                    raise ArchiveDamaged(member, "a line is cut off or too long")
                yield line

    def papers(self) -> tuple[str, ...]:
        """The hashes of the papers in it."""
        return tuple(name.removeprefix(PAPERS) for name in self._members if name.startswith(PAPERS))

    @contextmanager
    def paper(self, sha: str) -> Iterator[IO[bytes]]:
        """The content of a paper."""
        with self._opened(PAPERS + sha) as content:
            yield content

    def _check_paper(self, sha: str) -> None:
        member, digest = PAPERS + sha, sha256()
        if self._members[member].file_size > LIMIT:
            raise ArchiveDamaged(member, "is larger than papers may be")
        with self._opened(member) as content, _reading(member):
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != sha:
            raise ArchiveDamaged(member, "its content does not fit its hash")

    @contextmanager
    def _opened(self, member: str) -> Iterator[IO[bytes]]:
        with _reading(member):
            content = self._zip.open(self._members[member])
        with content:
            yield content
