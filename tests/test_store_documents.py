"""Papers are whole or not there, are what their hash says, and never escape their folder."""

import io
import os
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from typing_extensions import override

from store.documents import PaperLost, Papers, PapersUnwritable, PaperTooLarge
from store.media_types import UNKNOWN, guess

PDF = b"%PDF-1.7 noi dung"
DIGEST = sha256(PDF).hexdigest()
LIMIT = 3 * 1024 * 1024


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    """An empty folder of papers that takes three MiB a paper."""
    return Papers(tmp_path / "papers", limit=LIMIT)


def files(papers: Papers) -> list[str]:
    return sorted(str(path.relative_to(papers.folder)) for path in papers.folder.rglob("*") if path.is_file())


class Endless(io.BytesIO):
    """A sender that never stops, and counts what was taken."""

    taken = 0

    @override
    def fileno(self) -> int:
        raise OSError

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        size = size or 0
        self.taken += size
        return b"x" * size


def test_a_paper_is_kept_under_its_hash(papers: Papers) -> None:
    """Two folders deep, readable by its owner alone, never executable."""
    kept = papers.keep(io.BytesIO(PDF), key="letter", name="Công văn.pdf")

    assert (kept.key, kept.name, kept.size, kept.sha256) == ("letter", "Công văn.pdf", len(PDF), DIGEST)
    assert kept.media_type == "application/pdf"
    assert files(papers) == [f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]
    assert stat.S_IMODE((papers.folder / files(papers)[0]).stat().st_mode) == 0o600
    assert papers.read(DIGEST) == PDF


def test_the_same_content_is_kept_once(papers: Papers) -> None:
    """Whatever it is called."""
    for name in ("a.pdf", "b.pdf"):
        papers.keep(io.BytesIO(PDF), key="letter", name=name)

    assert len(files(papers)) == 1


def test_a_damaged_paper_is_healed_by_keeping_it_again(papers: Papers) -> None:
    """The new file takes the place of whatever bears its hash."""
    papers.keep(io.BytesIO(PDF), key="letter", name="a.pdf")
    (papers.folder / files(papers)[0]).write_bytes(b"khac")

    papers.keep(io.BytesIO(PDF), key="letter", name="a.pdf")

    assert papers.read(DIGEST) == PDF


def test_a_declared_size_over_the_limit_is_refused_unread(papers: Papers) -> None:
    """Two GB announced: nothing is taken from the sender, nothing is written."""
    sender = Endless()

    with pytest.raises(PaperTooLarge, match="3 MiB"):
        papers.keep(sender, key="letter", name="lon.bin", declared=2 * 1024**3)

    assert sender.taken == 0
    assert not papers.folder.exists()


def test_a_large_file_is_refused_by_its_size(papers: Papers, tmp_path: Path) -> None:
    """A sparse file of two GB is not read at all."""
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(2 * 1024**3)

    with large.open("rb") as file, pytest.raises(PaperTooLarge):
        papers.keep(file, key="letter", name=large.name)

    assert not papers.folder.exists()


def test_an_endless_sender_is_stopped_at_the_limit(papers: Papers) -> None:
    """Little more than the limit is taken, and nothing of it stays on disk."""
    sender = Endless()

    with pytest.raises(PaperTooLarge):
        papers.keep(sender, key="letter", name="lon.bin", declared=10)

    assert LIMIT < sender.taken <= LIMIT + 1024 * 1024
    assert files(papers) == []


def test_exactly_the_limit_is_kept(papers: Papers) -> None:
    """The limit is the most that a paper may have."""
    kept = papers.keep(io.BytesIO(b"x" * LIMIT), key="letter", name="vua.bin")

    assert kept.size == LIMIT


def test_a_changed_paper_is_not_handed_out(papers: Papers) -> None:
    """Reading holds the content against the hash."""
    papers.keep(io.BytesIO(PDF), key="letter", name="a.pdf")
    (papers.folder / files(papers)[0]).write_bytes(PDF + b" ")

    with pytest.raises(PaperLost, match="does not fit its hash"):
        papers.read(DIGEST)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, DIGEST.upper()])
def test_what_is_no_hash_opens_nothing(papers: Papers, name: str) -> None:
    """A path is never made of anything but 64 small hexadecimal digits."""
    with pytest.raises(PaperLost, match="64 small hexadecimal"):
        papers.read(name)


def test_a_missing_paper_is_lost(papers: Papers) -> None:
    """With the reason in words."""
    with pytest.raises(PaperLost, match="cannot be opened"):
        papers.read(DIGEST)


def test_a_link_in_place_of_a_paper_is_not_followed(papers: Papers, tmp_path: Path) -> None:
    """Even one to the very same content."""
    papers.keep(io.BytesIO(PDF), key="letter", name="a.pdf")
    place = papers.folder / files(papers)[0]
    (tmp_path / "elsewhere").write_bytes(PDF)
    place.unlink()
    place.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PaperLost, match="cannot be opened"):
        papers.read(DIGEST)


def test_a_link_in_place_of_a_folder_is_not_followed(papers: Papers, tmp_path: Path) -> None:
    """Neither for writing nor for reading."""
    (tmp_path / "elsewhere").mkdir()
    papers.folder.mkdir()
    (papers.folder / DIGEST[:2]).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PapersUnwritable, match="papers"):
        papers.keep(io.BytesIO(PDF), key="letter", name="a.pdf")
    with pytest.raises(PaperLost, match="link"):
        papers.read(DIGEST)

    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert files(papers) == []


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "papers").write_text("")

    with pytest.raises(PapersUnwritable, match="papers cannot be kept in"):
        Papers(tmp_path / "papers").keep(io.BytesIO(PDF), key="letter", name="a.pdf")


def test_orphans_go_after_a_day(papers: Papers) -> None:
    """Known papers stay for ever, fresh ones and half-written fresh ones for a day."""
    contents = [b"known", b"old orphan", b"fresh orphan"]
    known, orphan, fresh = (papers.keep(io.BytesIO(c), key="letter", name="a.txt").sha256 for c in contents)
    (papers.folder / "being-written-old").write_bytes(b"half")
    (papers.folder / "being-written-now").write_bytes(b"half")
    now = datetime.now(UTC)
    old = (now - timedelta(hours=25)).timestamp()
    for name in (f"{known[:2]}/{known[2:4]}/{known}", f"{orphan[:2]}/{orphan[2:4]}/{orphan}", "being-written-old"):
        os.utime(papers.folder / name, (old, old))

    swept = papers.sweep(lambda name: name == known, now=now)

    assert swept == 2
    assert {Path(name).name for name in files(papers)} == {known, fresh, "being-written-now"}


def test_sweeping_an_absent_folder_does_nothing(papers: Papers) -> None:
    """There is nothing to sweep before the first paper."""
    assert papers.sweep(lambda _: False, now=datetime.now(UTC)) == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\an\\Tờ trình.docx", "Tờ trình.docx"),
        ("../../etc/passwd", "passwd"),
        ("a\x1b[31m\n.pdf", "a[31m.pdf"),
        ("...", "tep"),
        ("To\u031b\u0300 tri\u0300nh.pdf", "Tờ trình.pdf"),
    ],
)
def test_a_name_is_only_a_name(papers: Papers, given: str, kept: str) -> None:
    """Folders, control characters and decomposed letters of a sender's name stay outside."""
    assert papers.keep(io.BytesIO(PDF), key="letter", name=given).name == kept


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.PDF", b"%PDF-1.4", "application/pdf"),
        ("a.pdf", b"<html>", UNKNOWN),
        ("a.html", b"<html>", UNKNOWN),
        ("a.svg", b"<svg>", UNKNOWN),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.txt", b"xin chao", "text/plain"),
        ("a.txt", b"MZ\x00", UNKNOWN),
        ("a", b"%PDF-1.4", UNKNOWN),
    ],
)
def test_a_media_type_needs_name_and_content_to_agree(name: str, head: bytes, kind: str) -> None:
    """And is never one that a browser would run."""
    assert guess(name, head) == kind
