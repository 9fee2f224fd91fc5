"""The key of identity hashes: a file beside the database, never in it, so that a stolen database names nobody."""

import hmac
import os
import secrets
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path

from definitions.errors import KhuyencongError
from workflow.identity import IdentityHash, no_key

_BYTES = 32


class IdentityKeyUnusable(KhuyencongError):
    """The file of the key cannot be read, is open to others, or is not a key."""

    def __init__(self, file: Path, why: str) -> None:
        self.file, self.why = str(file), why
        super().__init__(f"{file}: {why}")


def make_key(file: Path) -> bool:
    """Writes a new key, readable by its owner only, unless there is one; whether it did. Raises IdentityKeyUnusable."""
    try:
        with suppress(FileExistsError):
            file.parent.mkdir(parents=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise IdentityKeyUnusable(file, error.strerror or str(error)) from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(secrets.token_hex(_BYTES).encode())
        opened.flush()
        os.fsync(opened.fileno())
    return True


def identity_hash(file: Path) -> IdentityHash:
    """How identity numbers are kept with the key of that file; without a file, not at all."""
    return partial(_hashed, file) if file.exists() else no_key


def _hashed(file: Path, number: str) -> str:
    return hmac.new(_read(file), number.encode(), sha256).hexdigest()


def _read(file: Path) -> bytes:
    """The key. Raises IdentityKeyUnusable."""
    try:
        if file.stat().st_mode & 0o077:
            raise IdentityKeyUnusable(file, "other accounts of the machine may read it; set its mode to 0600")
        key = bytes.fromhex(file.read_text().strip())
    except OSError as error:
        raise IdentityKeyUnusable(file, error.strerror or str(error)) from error
    except ValueError as error:
        raise IdentityKeyUnusable(file, "it holds no key") from error
    if len(key) != _BYTES:
        raise IdentityKeyUnusable(file, "it holds no key")
    return key
