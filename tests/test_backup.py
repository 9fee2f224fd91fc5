"""A backup holds one consistent moment, restores into either database, and a broken one restores nothing."""

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from store.archive import MANIFEST, ArchiveDamaged, member_of, tables
from store.archive_writing import ArchiveUnwritable
from store.backup import BackedUp, back_up
from store.database import Database, open_database
from store.documents import Papers
from store.errors import HistoryProtected, SchemaOutdated
from store.log import verify
from store.migrations import upgrade
from store.restore import HistoryUnproven, OtherRevision, Restored, TargetNotEmpty, restore
from tests.contract import creation, deadline, furnish, move, notice, register_entry, reminder
from tests.postgres import Server
from workflow.changing import changed
from workflow.storage import Effects

KINDS = ("sqlite", "postgresql")
NOW = datetime(2021, 3, 2, tzinfo=UTC)
#: What the clocks of the tiny process make of a draft.
WINDOW = deadline("plan_window", seat="implementer@so-cu", allowance=None, started_by=1, last_day=date(2021, 5, 19))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database with its folder of papers."""

    url: str
    papers: Papers

    def backed_up(self, file: Path) -> BackedUp:
        """A backup of it."""
        return back_up(self.url, file, self.papers, software="test", at=NOW)

    def restored(self, file: Path, **options: Any) -> Restored:
        """A backup put back into it."""
        return restore(self.url, file, self.papers, **options)

    def open(self) -> Database:
        """Its store."""
        return open_database(self.url)

    def files(self) -> list[Path]:
        """Every file among its papers."""
        return sorted(path for path in self.papers.folder.rglob("*") if path.is_file())


Make = Callable[[str, str], Place]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes an empty place of a kind: no file, or a PostgreSQL database without tables."""
    with ExitStack() as stack:

        def place(kind: str, name: str) -> Place:
            folder = tmp_path / name
            folder.mkdir()
            url = f"sqlite:///{folder}/khuyencong.db"
            if kind == "postgresql":
                server: Server = request.getfixturevalue("postgres_server")
                url = stack.enter_context(server.database())
            return Place(url=url, papers=Papers(folder / "papers"))

        yield place


@pytest.fixture
def sqlite(make: Make) -> Place:
    """An installation on SQLite with a little of everything."""
    place = make("sqlite", "source")
    fill(place)
    return place


@pytest.fixture
def archive(sqlite: Place, tmp_path: Path) -> Path:
    """A backup of it."""
    sqlite.backed_up(tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def fill(place: Place) -> None:
    """A law, a proposal with a paper, a deadline, a reminder and a notice, and one more."""
    upgrade(place.url)
    store = place.open()
    furnish(store)
    add(store, place.papers, 1)
    add(store, place.papers, 2)
    store.close()


def add(store: Database, papers: Papers, number: int) -> None:
    """Another proposal, and a step with a paper of its own."""
    code = f"TT-2021-{number:04d}"
    first = changed(creation(code, plan_year=2022), effects=Effects(deadlines=(WINDOW,)))
    paper = papers.keep(io.BytesIO(f"Công văn {number}".encode()), key="letter", name=f"Công văn {number}.txt")
    with store.write() as uow:
        uow.add(first)
    told = notice(f"{code}/2/received/p-1", address="")
    met = changed(WINDOW, state="met", running_since=None, reason="submit")
    effects = Effects(deadlines=(met, deadline()), reminders=(reminder(),), notices=(told,))
    facts = {"letter_date": date(2021, 3, 1)}
    with store.write() as uow:
        uow.record(
            move(first.after, effects=effects, facts=facts, documents=(paper,), note="gấp", holder="appraiser@so-cu")
        )


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
def test_a_backup_restores_into_either_database(make: Make, tmp_path: Path, source: str, target: str) -> None:
    """What comes back backs up to the very same rows and papers, and goes on taking moves."""
    one, other = make(source, "one"), make(target, "other")
    fill(one)

    first = one.backed_up(tmp_path / "first.zip")
    restored = other.restored(tmp_path / "first.zip")
    second = other.backed_up(tmp_path / "second.zip")

    assert [part.sha256 for part in first.manifest.tables] == [part.sha256 for part in second.manifest.tables]
    assert restored.verified.holds
    assert (restored.verified.proposals, restored.verified.documents) == (2, 2)
    store = other.open()
    add(store, other.papers, 3)
    with store.read() as uow:
        assert uow.proposal("TT-2021-0003").state == "submitted"
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_under_load_is_one_moment(make: Make, tmp_path: Path, kind: str) -> None:
    """Writers act before, while and after it is taken; what it holds replays to what it says."""
    source, target = make(kind, "source"), make("sqlite", "target")
    fill(source)
    stop, written = Event(), [3_000, 6_000]

    def write(which: int) -> None:
        store = source.open()
        while not stop.is_set():
            written[which] += 1
            add(store, source.papers, written[which])
        store.close()

    threads = [Thread(target=write, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    try:
        while written[0] < 3_010 or written[1] < 6_010:
            stop.wait(0.01)
        began = sum(written)
        made = source.backed_up(tmp_path / "backup.zip")
        ended = sum(written)
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    restored = target.restored(tmp_path / "backup.zip")
    assert ended > began
    assert restored.verified.holds
    assert 20 <= restored.verified.proposals <= ended - 9_000 + 2
    assert made.manifest.papers == restored.verified.documents


def test_history_stays_guarded_after_a_restore(make: Make, archive: Path) -> None:
    """A restored entry can be changed as little as one that was written."""
    target = make("sqlite", "target")
    target.restored(archive)

    store = target.open()
    with pytest.raises(HistoryProtected), store.transaction(writes=True) as transaction:
        transaction.execute("UPDATE entry SET kind = 'x'")
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_in_use_is_not_restored_into(make: Make, archive: Path, kind: str) -> None:
    """One row anywhere is enough: histories are never mixed."""
    target = make(kind, "target")
    upgrade(target.url)
    store = target.open()
    with store.write() as uow:
        uow.append(register_entry(uow))
    store.close()

    with pytest.raises(TargetNotEmpty) as refused:
        target.restored(archive)

    assert refused.value.table == "entry"
    assert target.files() == []
    store = target.open()
    with store.transaction(writes=False) as transaction:
        assert verify(transaction).entries == 1
    store.close()


def test_a_backup_replaces_no_file(sqlite: Place, archive: Path) -> None:
    """Yesterday's backup is never lost to today's."""
    before = archive.read_bytes()

    with pytest.raises(ArchiveUnwritable):
        sqlite.backed_up(archive)

    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(".")] == []


def test_a_backup_is_its_owners_alone(archive: Path) -> None:
    """It holds what people are called and what they wrote."""
    assert archive.stat().st_mode & 0o077 == 0


def test_a_backup_of_nothing_is_refused(make: Make, tmp_path: Path) -> None:
    """A wrong address must not look like a backup that went well."""
    empty, missing = make("sqlite", "empty"), make("sqlite", "missing")
    upgrade(empty.url)

    with pytest.raises(ArchiveDamaged, match="no history"):
        empty.backed_up(tmp_path / "empty.zip")
    with pytest.raises(SchemaOutdated):
        missing.backed_up(tmp_path / "missing.zip")

    assert list(tmp_path.glob("*.zip")) == []
    assert not (tmp_path / "missing" / "khuyencong.db").exists()


def rewrite(archive: Path, changed: Mapping[str, bytes | None], more: Mapping[str, bytes] | None = None) -> None:
    """The archive with members replaced, left out (None) or added, each with a right checksum."""
    with zipfile.ZipFile(archive) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in {**parts, **changed, **(more or {})}.items():
            if content is not None:
                new.writestr(name, content)


def manifest(archive: Path) -> dict[str, Any]:
    """What the archive says of itself."""
    with zipfile.ZipFile(archive) as opened:
        found: dict[str, Any] = json.loads(opened.read(MANIFEST))
    return found


def truncated(archive: Path) -> None:
    """The last fifth of it is gone."""
    os.truncate(archive, archive.stat().st_size * 4 // 5)


def flipped(archive: Path) -> None:
    """One byte of a packed table is another."""
    content = bytearray(archive.read_bytes())
    content[content.index(b"tables/entry.jsonl") + 60] ^= 0xFF
    archive.write_bytes(content)


def other_row(archive: Path) -> None:
    """A row was changed by somebody who can make a ZIP."""
    with zipfile.ZipFile(archive) as opened:
        rows = opened.read(member_of("proposal"))
    rewrite(archive, {member_of("proposal"): rows.replace(b"250000000", b"950000000")})


def no_table(archive: Path) -> None:
    """A table is missing."""
    rewrite(archive, {member_of("notice"): None})


def no_manifest(archive: Path) -> None:
    """It does not say what it is."""
    rewrite(archive, {MANIFEST: None})


def climbing(archive: Path) -> None:
    """A member asks to be written outside."""
    rewrite(archive, {}, {"../../outside.txt": b"x"})


def absolute(archive: Path) -> None:
    """A member names a place on the machine."""
    rewrite(archive, {}, {"/tmp/outside.txt": b"x"})  # noqa: S108 - nothing is written there, which is the point.


def other_paper(archive: Path) -> None:
    """The content of a paper was exchanged."""
    with zipfile.ZipFile(archive) as opened:
        paper = next(name for name in opened.namelist() if name.startswith("papers/"))
    rewrite(archive, {paper: "Công văn khác".encode()})


def no_paper(archive: Path) -> None:
    """A paper was taken out."""
    with zipfile.ZipFile(archive) as opened:
        paper = next(name for name in opened.namelist() if name.startswith("papers/"))
    rewrite(archive, {paper: None})


def no_zip(archive: Path) -> None:
    """It is a letter."""
    archive.write_text("Kính gửi Sở Công Thương", encoding="utf-8")


DAMAGE: Mapping[Callable[[Path], None], str] = {
    truncated: "backup.zip",
    flipped: "tables/entry.jsonl",
    other_row: "tables/proposal.jsonl",
    no_table: "tables/notice.jsonl",
    no_manifest: MANIFEST,
    climbing: "../../outside.txt",
    absolute: "/tmp/outside.txt",  # noqa: S108 - as above.
    other_paper: "papers/",
    no_paper: "papers/",
    no_zip: "backup.zip",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_archive_names_its_part_and_restores_nothing(
    make: Make, archive: Path, damage: Callable[[Path], None]
) -> None:
    """Every byte is held against its hash before anything is written."""
    target = make("sqlite", "target")
    damage(archive)

    with pytest.raises(ArchiveDamaged) as refused:
        target.restored(archive)

    assert refused.value.member.startswith(DAMAGE[damage])
    assert list((archive.parent / "target").iterdir()) == []
    assert not list(archive.parent.parent.rglob("outside.txt"))


def forge(archive: Path, table: str, old: bytes, new: bytes) -> None:
    """Changes a table and makes the manifest fit, as somebody with time would."""
    with zipfile.ZipFile(archive) as opened:
        rows = opened.read(member_of(table)).replace(old, new)
    said = manifest(archive)
    part = next(part for part in said["tables"] if part["name"] == table)
    part["sha256"], part["rows"] = sha256(rows).hexdigest(), rows.count(b"\n")
    rewrite(archive, {member_of(table): rows, MANIFEST: json.dumps(said).encode()})


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_archive_fails_the_replay_and_nothing_stays(make: Make, archive: Path, kind: str) -> None:
    """Hashes of the manifest can be made to fit; the chains of history cannot without rewriting all of them."""
    target = make(kind, "target")
    forge(archive, "proposal", b"250000000", b"950000000")

    with pytest.raises(HistoryUnproven) as refused:
        target.restored(archive)

    assert "requested_amount" in str(refused.value)
    assert target.files() == []
    assert tables_seen(target) == []


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_half_a_restore(make: Make, archive: Path, kind: str) -> None:
    """Tables and rows appear together, so a restore that is killed leaves nothing, and the next one begins anew."""
    target, seen = make(kind, "target"), []

    target.restored(archive, progress=lambda *_: seen.append(tables_seen(target)))

    assert len(seen) > len(tables())
    assert [found for found in seen if found] == []
    assert {one.name for one in tables()} < set(tables_seen(target))


def tables_seen(place: Place) -> list[str]:
    """The tables that another connection finds; reading makes no file."""
    url = make_url(place.url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return []
    engine = create_engine(url)
    with engine.connect() as connection:
        found = inspect(connection).get_table_names()
    engine.dispose()
    return found


def test_a_history_broken_before_the_backup_is_restored_only_knowingly(make: Make, archive: Path) -> None:
    """A backup is also for looking at what happened; its findings are then told, not hidden."""
    target = make("sqlite", "target")
    forge(archive, "proposal", b"250000000", b"950000000")

    restored = target.restored(archive, accept_findings=True)

    assert [one.subject for one in restored.verified.findings] == ["TT-2021-0001", "TT-2021-0002"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_point_nowhere_are_named(make: Make, archive: Path, kind: str) -> None:
    """Keys between tables are checked on the way in, not trusted."""
    target = make(kind, "target")
    with zipfile.ZipFile(archive) as opened:
        row = opened.read(member_of("attachment")).splitlines(keepends=True)[0]
    forge(archive, "attachment", row, b"[9" + row[2:])

    with pytest.raises(ArchiveDamaged) as refused:
        target.restored(archive)

    assert refused.value.member == member_of("attachment")
    assert target.files() == []


def test_a_backup_of_another_revision_is_refused(make: Make, archive: Path) -> None:
    """Its rows would not mean what the tables say."""
    said = manifest(archive)
    rewrite(archive, {MANIFEST: json.dumps(said | {"revision": "0000_before"}).encode()})

    with pytest.raises(OtherRevision):
        make("sqlite", "target").restored(archive)


def test_a_lost_paper_is_named_and_does_not_stop_the_rest(make: Make, sqlite: Place, tmp_path: Path) -> None:
    """A day on which one file is gone is a day on which a backup is needed."""
    gone = sqlite.files()[0]
    gone.unlink()

    made = sqlite.backed_up(tmp_path / "backup.zip")
    restored = make("sqlite", "target").restored(tmp_path / "backup.zip")

    assert made.manifest.lost == [gone.name]
    assert [one.subject for one in restored.verified.findings] == [f"paper {gone.name}"]


def test_papers_that_were_there_before_stay_when_a_restore_fails(make: Make, archive: Path) -> None:
    """Only what the restore itself brought goes again."""
    target = make("sqlite", "target")
    kept = target.papers.keep(io.BytesIO("Công văn 1".encode()), key="letter", name="a.txt")
    forge(archive, "proposal", b"250000000", b"950000000")

    with pytest.raises(HistoryUnproven):
        target.restored(archive)

    assert [path.name for path in target.files()] == [kept.sha256]


def test_memory_stays_flat(make: Make, tmp_path: Path) -> None:
    """Twenty megabytes of rows pass through a few."""
    source, target = make("sqlite", "source"), make("sqlite", "target")
    fill(source)
    store = source.open()
    for _ in range(40):
        with store.write() as uow:
            uow.append(register_entry(uow, text=os.urandom(256 * 1024).hex()))
    store.close()
    tracemalloc.start()

    made = source.backed_up(tmp_path / "backup.zip")
    peak_of_backup = tracemalloc.get_traced_memory()[1]
    with_rows = next(part for part in made.manifest.tables if part.name == "entry").rows
    tracemalloc.stop()

    assert with_rows > 40
    assert made.size > 8 * 2**20
    assert peak_of_backup < 16 * 2**20
    assert target.restored(tmp_path / "backup.zip").verified.entries == with_rows


def test_a_place_on_disk_that_takes_no_file_is_said(sqlite: Place, tmp_path: Path) -> None:
    """Nothing is left where nothing could be finished."""
    with pytest.raises(ArchiveUnwritable):
        sqlite.backed_up(tmp_path / "no" / "such" / "folder.zip")


@pytest.mark.parametrize("kind", KINDS)
def test_tables_without_rows_are_an_empty_database(make: Make, archive: Path, kind: str) -> None:
    """Somebody may have made them before."""
    target = make(kind, "target")
    upgrade(target.url)

    assert target.restored(archive).verified.holds
