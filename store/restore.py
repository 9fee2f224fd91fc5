"""Restores a backup into an empty database: all of it, proved by replaying its history, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, inspect, literal_column, select
from sqlalchemy.engine import URL

from audit.findings import Finding
from definitions.errors import KhuyencongError
from store.address import file_of, parse, shown
from store.archive import ArchiveDamaged, Manifest, member_of, tables
from store.archive_reading import Archive, Progress
from store.documents import Papers
from store.loading_rows import Loader, loading
from store.log import Verified, verify
from store.migrations import connected
from store.revisions import HEAD
from store.statements import Statement


class TargetNotEmpty(KhuyencongError):
    """The database to restore into holds something already; ``table`` says where. A history is never mixed."""

    def __init__(self, url: str, table: str) -> None:
        self.url, self.table = url, table
        super().__init__(f"{url}: the table {table} holds something already; restore into an empty database")


class OtherRevision(KhuyencongError):
    """The backup was made by software whose tables are others."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(f"the backup is of revision {found} and this software is of {wanted}")


class HistoryUnproven(KhuyencongError):
    """What was restored does not fit its own history, so nothing of it was kept."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(map(str, findings[:3])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore put back, and what the replay of its history found."""

    manifest: Manifest
    verified: Verified


def restore(
    url: str, file: Path, papers: Papers, *, accept_findings: bool = False, progress: Progress = lambda *_: None
) -> Restored:
    """Restores ``file`` into the empty database behind ``url``, whose tables are made if need be, in one transaction.

    Every member is held against its hash before anything is written, and history is replayed before it is committed: a
    restore that dies leaves no table that was not there and no row, at most whole papers, which the next one takes as
    they are. A history that did not verify when it was backed up is restored only with ``accept_findings``.

    Raises ArchiveDamaged, OtherRevision, TargetNotEmpty, HistoryUnproven, PapersUnwritable, StorageFault; then nothing
    is kept.
    """
    target = parse(url)
    with _archive(file) as archive:
        if archive.manifest.revision != HEAD:
            raise OtherRevision(archive.manifest.revision, HEAD)
        _refuse_filled(target, url)
        archive.check(lambda what, done, of: progress(f"check:{what}", done, of))
        with _nothing_left_behind(target), _papers_kept(archive, papers, progress), loading(target) as loader:
            verified = _load(loader, archive, papers, target, progress, accept=accept_findings)
        return Restored(manifest=archive.manifest, verified=verified)


def _archive(file: Path) -> Archive:
    if not file.is_file():
        raise ArchiveDamaged(str(file), "there is no such file")
    return Archive(file)


def _refuse_filled(target: URL, url: str) -> None:
    """Before anything is made or upgraded: a database in use is not touched at all."""
    if target.get_backend_name() == "sqlite" and not file_of(target).exists():
        return
    with connected(url) as connection:
        there = set(inspect(connection).get_table_names())
        for one in tables():
            if one.name in there and _has_rows(connection, one):
                raise TargetNotEmpty(shown(target), one.name)


def _has_rows(connection: Connection, one: Table) -> bool:
    # Its columns may be those of an older revision.
    return connection.execute(select(literal_column("1")).select_from(one).limit(1)).first() is not None


@contextmanager
def _nothing_left_behind(target: URL) -> Iterator[None]:
    """An SQLite file that this restore made goes again if it fails."""
    made = target.get_backend_name() == "sqlite" and not file_of(target).exists()
    try:
        yield
    except BaseException:
        for ending in ("", "-wal", "-shm") if made else ():
            Path(f"{file_of(target)}{ending}").unlink(missing_ok=True)
        raise


@contextmanager
def _papers_kept(archive: Archive, papers: Papers, progress: Progress) -> Iterator[None]:
    """Puts the papers on disk, for good before any row speaks of them; those that are new go again on failure."""
    new: list[str] = []
    wanted = archive.papers()
    try:
        for done, sha in enumerate(wanted, start=1):
            if not papers.holds(sha):
                new.append(sha)
                _keep(archive, papers, sha)
            progress("papers", done, len(wanted))
        yield
    except BaseException:
        for sha in new:
            with suppress(OSError):
                papers.drop(sha)
        raise


def _keep(archive: Archive, papers: Papers, sha: str) -> None:
    with archive.paper(sha) as content:
        kept = papers.keep(content, key="", name=sha)  # type: ignore[arg-type]  # Only read() is asked of it.
    if kept.sha256 != sha:
        papers.drop(kept.sha256)
        raise ArchiveDamaged(sha, "its content changed while it was read")


def _load(
    loader: Loader, archive: Archive, papers: Papers, target: URL, progress: Progress, *, accept: bool
) -> Verified:
    for one in tables():
        if loader.transaction.first(Statement(select(literal_column("1").label("one")).select_from(one).limit(1))):
            raise TargetNotEmpty(shown(target), one.name)
    for one in tables():
        part = archive.table(one)
        loader.load(one, archive.rows(one))
        progress(one.name, part.rows, part.rows)
    loader.settle()
    verified = verify(loader.transaction, papers, progress=lambda done, whole: progress("history", done, whole))
    _hold(archive.manifest, verified, accept=accept)
    return verified


def _hold(manifest: Manifest, verified: Verified, *, accept: bool) -> None:
    """Raises where history does not fit, except for papers that the backup already named as lost."""
    lost = {f"paper {sha}" for sha in manifest.lost}
    unexpected = tuple(one for one in verified.findings if one.subject not in lost)
    if unexpected and not accept:
        raise HistoryUnproven(unexpected)
    if verified.covers_nothing:
        raise ArchiveDamaged(member_of("entry"), "there is no history in it")
