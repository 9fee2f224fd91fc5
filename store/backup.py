"""Backs a database and its papers up into one file, while writers go on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from store.address import parse, shown
from store.archive import LAYOUT, Manifest, TablePart, tables
from store.archive_reading import Archive, Progress
from store.archive_writing import Writer, packed, writing
from store.documents import PaperLost, Papers
from store.errors import SchemaOutdated
from store.revisions import HEAD, revision_of
from store.sandbox import read_sandbox
from store.snapshot import Snapshot, snapshot
from store.statements import Statement
from store.tables import DocumentRow, table
from store.types import UTC
from workflow.entries import instant

_EVERY = 5_000
_CHUNK = 1024 * 1024
_DOCUMENT = table(DocumentRow)
_PAPERS = Statement(select(_DOCUMENT.c.sha256).order_by(_DOCUMENT.c.sha256))


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup that was written and read again."""

    manifest: Manifest
    size: int
    #: Of the whole file, to be noted where nobody can change it.
    sha256: str


def back_up(
    url: str, file: Path, papers: Papers, *, software: str, at: datetime, progress: Progress = lambda *_: None
) -> BackedUp:
    """Writes ``file``; it holds one consistent moment and every paper that this moment speaks of.

    Memory grows with the number of papers (some hundred bytes each), not with their size or the number of rows. Papers
    that are gone are named in the manifest. Raises StorageFault, ArchiveUnwritable, or ArchiveDamaged where what was
    written does not read back.
    """
    with writing(file) as path:
        with snapshot(parse(url), file.parent) as taken, packed(path) as zipped:
            _refuse_other_tables(taken, shown(parse(url)))
            writer = Writer(zipped)
            parts = [_table(taken, writer, one, progress) for one in tables()]
            papers_in, lost = _add_papers(taken, writer, papers, progress)
            about = {"software": software, "made_at": instant(at.astimezone(UTC)), "tables": parts}
            writer.manifest(_manifest(taken, about | {"papers": papers_in, "lost": lost}))
        with Archive(path) as written:
            written.check(lambda what, done, of: progress(f"check:{what}", done, of))
            manifest = written.manifest
        return BackedUp(manifest=manifest, size=path.stat().st_size, sha256=_hash(path))


def _refuse_other_tables(taken: Snapshot, url: str) -> None:
    found = revision_of(taken.transaction)
    if found != HEAD:
        raise SchemaOutdated(url, found=found, wanted=HEAD)


def _manifest(taken: Snapshot, about: dict[str, Any]) -> Manifest:
    sandbox = read_sandbox(taken.transaction) is not None
    return Manifest(layout=LAYOUT, revision=HEAD, dialect=taken.transaction.dialect, sandbox=sandbox, **about)


def _table(taken: Snapshot, writer: Writer, one: Table, progress: Progress) -> TablePart:
    part = writer.table(one, _counted(taken.rows(one), one.name, progress))
    progress(one.name, part.rows, part.rows)
    return part


def _counted(rows: Iterator[Sequence[Any]], name: str, progress: Progress) -> Iterator[Sequence[Any]]:
    for done, row in enumerate(rows, start=1):
        if done % _EVERY == 0:
            progress(name, done, 0)
        yield row


def _add_papers(taken: Snapshot, writer: Writer, papers: Papers, progress: Progress) -> tuple[int, list[str]]:
    """Adds the papers one by one, each held against its hash: how many, and which are lost."""
    wanted = [row.sha256 for row in taken.transaction.rows(_PAPERS)]
    lost: list[str] = []
    for done, sha in enumerate(wanted, start=1):
        try:
            writer.paper(sha, papers.read(sha))
        except PaperLost:
            lost.append(sha)
        progress("papers", done, len(wanted))
    return len(wanted) - len(lost), lost


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
