"""Papers kept as files named by the SHA-256 of their content, on disk for good before any row speaks of them.

A paper is written beside its place, flushed, then renamed, so no half-written file ever bears a hash. Rows come later;
a file whose row never came is an orphan, and is swept after a day.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256 as hashing
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO
from unicodedata import normalize

from definitions.errors import KhuyencongError
from store.media_types import guess
from workflow.proposal import Document

LIMIT = 50 * 1024 * 1024
_CHUNK = 1024 * 1024
_FRESH = timedelta(days=1)
_WRITING = "being-written-"
_SWEPT = "being-swept-"


class PaperTooLarge(KhuyencongError):
    """A file is larger than papers may be; nothing of it was kept."""

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        super().__init__(f"{name} is larger than {limit // (1024 * 1024)} MiB, the most that a paper may have")


class PaperEmpty(KhuyencongError):
    """A file holds nothing; it proves nothing, so it is not kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is empty")


class PaperLost(KhuyencongError):
    """The file of a paper is not there, is a link, or is not what its hash says; ``code`` is the sentence."""

    def __init__(self, sha256: str, code: str, why: str, *, cause: str = "") -> None:
        self.sha256, self.code, self.cause = sha256, code, cause
        super().__init__(f"the paper {sha256[:12]} {why}")


class PapersUnwritable(KhuyencongError):
    """The folder of papers takes no file: no space, no right, or a link stands where a folder should."""

    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"papers cannot be kept in {folder}: {why}")


class Papers:
    """The papers in a folder. Processes may share it."""

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.folder, self.limit = folder, limit

    def keep(self, content: BinaryIO, *, key: str, name: str, declared: int | None = None) -> Document:
        """Keeps what ``content`` gives and says what it is; the file is on disk when this returns.

        ``declared`` is the size that the sender announced, if any. Raises PaperTooLarge as soon as the limit is passed
        (before reading where the size is known), PaperEmpty, PapersUnwritable.
        """
        name = _plain_name(name)
        if max(declared or 0, _size_of(content)) > self.limit:
            raise PaperTooLarge(name, self.limit)
        try:
            with self._beside() as (file, path):
                digest, size, head = self._copy(content, file, name)
                if not size:
                    raise PaperEmpty(name)
                place = self._place(digest)
                _make_folders(self.folder, place.parent)
                path.replace(place)
                _flush_folder(place.parent)
        except OSError as error:
            raise PapersUnwritable(self.folder, error.strerror or str(error)) from error
        return Document(key=key, name=name, size=size, sha256=digest, media_type=guess(name, head))

    def read(self, sha256: str) -> bytes:
        """The content of a paper, held against its hash. Raises PaperLost."""
        place = self._place(sha256)
        if any(folder.is_symlink() for folder in (place.parent, place.parent.parent, self.folder)):
            raise PaperLost(sha256, "paper_lost.link", "lies behind a link, which is not followed")
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            cause = error.strerror or str(error)
            raise PaperLost(sha256, "paper_lost.unopened", f"cannot be opened: {cause}", cause=cause) from error
        with os.fdopen(descriptor, "rb") as file:
            content = file.read()
        if hashing(content).hexdigest() != sha256:
            raise PaperLost(sha256, "paper_lost.changed", "is not what was kept: its content does not fit its hash")
        return content

    def holds(self, sha256: str) -> bool:
        """Whether there is a file for a paper; its content is not looked at."""
        place = self._place(sha256)
        return place.is_file() and not place.is_symlink()

    def drop(self, sha256: str) -> None:
        """Removes a paper that nothing speaks of: what kept it came to nothing."""
        self._place(sha256).unlink(missing_ok=True)

    def orphans(self, is_known: Callable[[str], bool], *, now: datetime) -> int:
        """How many files ``sweep`` would remove now; it removes none."""
        oldest = (now - _FRESH).timestamp()
        return sum(_is_old(path, oldest) and not is_known(path.name) for path in self._files())

    def sweep(self, is_known: Callable[[str], bool], *, now: datetime) -> int:
        """Removes what no row speaks of and nobody wrote for a day; how many files went."""
        oldest = (now - _FRESH).timestamp()
        return sum(self._swept(path, is_known, oldest) for path in tuple(self._files()))

    def _swept(self, path: Path, is_known: Callable[[str], bool], oldest: float) -> bool:
        """Set aside before it is removed: whoever keeps the same paper at this very moment finds its place free."""
        aside = path.with_name(f"{_SWEPT}{path.name}")
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime >= oldest or is_known(path.name):
                return False
            path.rename(aside)
            if aside.lstat().st_mtime < oldest and not is_known(path.name):
                aside.unlink()
                return True
            aside.rename(path)
        return False

    def _files(self) -> Iterator[Path]:
        yield from self.folder.glob(f"{_WRITING}*")
        yield from self.folder.glob("??/??/*")

    def _place(self, sha256: str) -> Path:
        if len(sha256) != hashing().digest_size * 2 or not set(sha256) <= set("0123456789abcdef"):
            why = "has no such hash: 64 small hexadecimal digits are expected"
            raise PaperLost(sha256, "paper_lost.no_hash", why)
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    @contextmanager
    def _beside(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A new file in the folder that is gone again unless it was renamed. 0600, never executable."""
        _make_folders(self.folder.parent, self.folder)
        descriptor, name = mkstemp(prefix=_WRITING, dir=self.folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file, path
        finally:
            path.unlink(missing_ok=True)

    def _copy(self, content: BinaryIO, file: BinaryIO, name: str) -> tuple[str, int, bytes]:
        digest, size, head = hashing(), 0, b""
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > self.limit:
                raise PaperTooLarge(name, self.limit)
            head = head or chunk[:_CHUNK]
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        return digest.hexdigest(), size, head


def _is_old(path: Path, oldest: float) -> bool:
    with suppress(FileNotFoundError):
        return path.lstat().st_mtime < oldest
    return False


def _plain_name(name: str) -> str:
    """The last part of a file name from anywhere, without what could move a terminal or a path."""
    last = normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip(". ")
    return kept[-200:] or "tep"


def _size_of(content: BinaryIO) -> int:
    """The size of a regular file; 0 for what has no size to ask for."""
    try:
        about = os.fstat(content.fileno())
    except (OSError, AttributeError):
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0


def _make_folders(above: Path, folder: Path) -> None:
    """The folder with all between it and ``above``, flushed into it. A link among them is refused (OSError)."""
    if folder.is_symlink():
        raise NotADirectoryError(0, f"{folder} is a link")
    if folder not in (above, Path(folder.anchor)):
        _make_folders(above, folder.parent)
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
