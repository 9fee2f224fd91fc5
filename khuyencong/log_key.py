"""The key that signs checkpoints: a file beside the database, never in it, with the newest checkpoint it signed.

Whoever can write the database but not these files can neither sign another history nor put an old one back unseen.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from audit.checkpoints import read_checkpoint
from audit.notes import NoteRefused, Signer, read_signer
from shapes.errors import LogKeyUnusable

_SEED, _NAME = 32, 6


def new_signer(name: str = "") -> Signer:
    """A fresh key; without a name, of a log of its own."""
    return Signer(name=name or f"khuyencong-{secrets.token_hex(_NAME)}/log", seed=secrets.token_bytes(_SEED))


def write_key(file: Path, signer: Signer) -> None:
    """Puts the key in its place, readable by its owner only, at once or not at all. Raises LogKeyUnusable."""
    try:
        with suppress(FileExistsError):
            file.parent.mkdir(parents=True)
        _put(file, signer.text() + "\n")
    except OSError as error:
        raise LogKeyUnusable("log_key.unreadable", file, error.strerror or str(error)) from error


def read_key(file: Path) -> Signer:
    """The key of that file. Raises LogKeyUnusable."""
    try:
        if file.stat().st_mode & 0o077:
            raise LogKeyUnusable("log_key.open", file)
        return read_signer(file.read_text())
    except FileNotFoundError as error:
        raise LogKeyUnusable("log_key.gone", file) from error
    except OSError as error:
        raise LogKeyUnusable("log_key.unreadable", file, error.strerror or str(error)) from error
    except (NoteRefused, UnicodeDecodeError) as error:
        raise LogKeyUnusable("log_key.not_a_key", file) from error


def remembered(file: Path) -> str | None:
    """The newest checkpoint that was signed with the key of that file, kept beside it; None: none yet."""
    beside = beside_key(file)
    try:
        return beside.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LogKeyUnusable("log_key.unreadable", beside, str(error)) from error


def remember(file: Path, note: str) -> None:
    """Keeps a checkpoint beside the key, unless a newer one is there."""
    kept = remembered(file)
    if kept is None or read_checkpoint(kept)[0].size < read_checkpoint(note)[0].size:
        _put(beside_key(file), note)


def set_aside(file: Path) -> None:
    """Gives a key and its newest checkpoint other names, so that nothing is lost. Raises LogKeyUnusable."""
    id_ = read_key(file).verifier.key_id.hex()
    file.replace(file.with_name(f"{file.name}.{id_}"))
    beside_key(file).replace(file.with_name(f"{file.name}.{id_}.newest"))


def beside_key(file: Path) -> Path:
    """Where the newest checkpoint that was signed with the key of that file is remembered."""
    return file.with_name(f"{file.name}.newest")


def _put(file: Path, text: str) -> None:
    """Written beside its place, flushed, then given its name."""
    descriptor, name = mkstemp(prefix=f".{file.name}.being-written-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
