"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

from exchange.errors import UnreadableFile

#: How a file is called until it is whole.
UNFINISHED = ".being-written-"
_CHUNK = 2**20


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """A path beside ``file`` to write to; left normally it takes the place of ``file``, else it is removed.

    Raises UnreadableFile where the folder takes no file.
    """
    try:
        handle, name = mkstemp(prefix=UNFINISHED, suffix=file.suffix, dir=file.parent)
    except OSError as error:
        raise UnreadableFile("file.unwritable", {"file": str(file), "why": error.strerror or str(error)}) from error
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.chmod(0o640)
        path.replace(file)
    except OSError as error:
        raise UnreadableFile("file.unwritable", {"file": str(file), "why": error.strerror or str(error)}) from error
    finally:
        path.unlink(missing_ok=True)


def hash_of(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    digest = sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
