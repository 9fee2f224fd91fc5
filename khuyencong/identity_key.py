"""The key of identity hashes: a file beside the database, never in it, so that a stolen database names nobody."""

import hmac
import os
import secrets
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

from shapes.errors import IdentityKeyUnusable
from workflow.identity import IdentityHash, no_key

_BYTES = 32


def make_key(file: Path, *, needed: bool) -> bool:
    """Writes a new key, readable by its owner only, unless there is one; whether it did.

    ``needed``: numbers were kept with a key before, so a new one would know nobody again. Raises IdentityKeyUnusable.
    """
    if needed and not file.exists():
        raise IdentityKeyUnusable("identity_key.gone", file)
    try:
        with suppress(FileExistsError):
            file.parent.mkdir(parents=True)
        return not file.exists() and _made(file)
    except OSError as error:
        raise IdentityKeyUnusable("identity_key.unreadable", file, error.strerror or str(error)) from error


def _made(file: Path) -> bool:
    """Written beside its place and then given its name, so that no half of a key ever bears it; False: one was there.

    A link, unlike a rename, never takes the place of a key that somebody else made meanwhile.
    """
    descriptor, name = mkstemp(prefix=f".{file.name}.being-written-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_hex(_BYTES).encode())
            opened.flush()
            os.fsync(opened.fileno())
        os.link(name, file)
        _flush(file.parent)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    return True


def _flush(folder: Path) -> None:
    """Makes the names of a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def identity_hash(file: Path) -> IdentityHash:
    """How identity numbers are kept with the key of that file; without a file, not at all."""
    return partial(_hashed, file) if file.exists() else no_key


def _hashed(file: Path, number: str) -> str:
    return hmac.new(_read(file), number.encode(), sha256).hexdigest()


def keyed(file: Path, name: str) -> bytes:
    """Octets that only the key and that name make. Raises IdentityKeyUnusable."""
    return hmac.new(_read(file), name.encode(), sha256).digest()


def webhook_secret(file: Path, id_: str) -> str:
    """The secret by which a webhook's deliveries are signed: made from the key, so that no database holds it.

    Raises IdentityKeyUnusable.
    """
    return f"whs_{keyed(file, f'webhook/{id_}').hex()}"


def _read(file: Path) -> bytes:
    """The key. Raises IdentityKeyUnusable."""
    try:
        if file.stat().st_mode & 0o077:
            raise IdentityKeyUnusable("identity_key.open", file)
        key = bytes.fromhex(file.read_text().strip())
    except OSError as error:
        raise IdentityKeyUnusable("identity_key.unreadable", file, error.strerror or str(error)) from error
    except ValueError as error:
        raise IdentityKeyUnusable("identity_key.not_a_key", file) from error
    if len(key) != _BYTES:
        raise IdentityKeyUnusable("identity_key.not_a_key", file)
    return key
