"""Writes a backup: beside its place, then checked by reading it all again, then under its name. Or not at all."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy import Table

from definitions.errors import KhuyencongError
from store.archive import MANIFEST, PAPERS, Manifest, TablePart, kinds_of, line, member_of
from store.leftovers import sweep_unfinished

#: How unfinished archives, and folders with a copy of a database, are called.
UNFINISHED, COPYING = ".being-written-", ".being-copied-"


class ArchiveUnwritable(KhuyencongError):
    """A backup could not be written; nothing of it was left behind."""

    def __init__(self, file: Path, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"{file}: {why}")


@contextmanager
def writing(file: Path) -> Iterator[Path]:
    """A new file beside ``file``, readable by its owner only, that takes its name when the block ends well.

    What a backup that was killed left in the folder a day ago or more goes first: it may be large, and it holds names.
    Raises ArchiveUnwritable; also where ``file`` exists, for a backup never replaces another.
    """
    try:
        if file.exists():
            raise FileExistsError(0, "there is a file of this name already")
        for unfinished in (UNFINISHED, COPYING):
            sweep_unfinished(file.parent, f"{unfinished}*")
        descriptor, name = mkstemp(prefix=UNFINISHED, dir=file.parent)
        os.close(descriptor)
        path = Path(name)
        try:
            yield path
            _keep(path, file)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ArchiveUnwritable(file, error.strerror or str(error)) from error


def _keep(path: Path, file: Path) -> None:
    for opened, flags in ((path, os.O_RDONLY), (file.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(opened, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if opened == path:
            path.rename(file)


class Writer:
    """Adds the parts of a backup to an open ZIP, one at a time."""

    def __init__(self, zipped: ZipFile) -> None:
        self._zip = zipped

    def table(self, table: Table, rows: Iterable[Sequence[Any]]) -> TablePart:
        """Writes every row of a table."""
        kinds, digest, count = kinds_of(table), sha256(), 0
        with self._zip.open(member_of(table.name), "w", force_zip64=True) as member:
            for row in rows:
                written = line(row, kinds)
                digest.update(written)
                member.write(written)
                count += 1
        names = [column.name for column in table.columns]
        return TablePart(name=table.name, columns=names, rows=count, sha256=digest.hexdigest())

    def paper(self, sha: str, content: bytes) -> None:
        """Writes a paper as it is: most are packed already."""
        self._zip.writestr(PAPERS + sha, content, compress_type=ZIP_STORED)

    def manifest(self, manifest: Manifest) -> None:
        """Writes what the backup says of itself."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))


def packed(path: Path) -> ZipFile:
    """A ZIP of any size for writing."""
    return ZipFile(path, "w", compression=ZIP_DEFLATED, allowZip64=True)
