"""The number by which the State knows a natural person: checked for its form, kept only as a keyed hash."""

import re
from collections.abc import Callable

from definitions.errors import KhuyencongError

#: Makes the keyed hash (HMAC-SHA-256, hex) of a number; the key lies outside the database.
IdentityHash = Callable[[str], str]
#: 12 digits: code of the province of birth, sex and century, year of birth, six more (Luật Căn cước 2023, Điều 12).
_NUMBER = re.compile(r"0\d{2}[0-9]\d{2}\d{6}")
_PROVINCES = range(1, 97)


class IdentityUnreadable(KhuyencongError):
    """What was given is no identity number. It is not repeated here: it may be one with a slip."""

    def __init__(self) -> None:
        super().__init__("the identity number must have 12 digits and begin with a province's code")


class IdentityKeyMissing(KhuyencongError):
    """There is no key to keep identity numbers with."""

    def __init__(self) -> None:
        super().__init__("no key for identity numbers")


def read_identity(text: str) -> str:
    """The 12 digits of a citizen's identity number (căn cước); spaces and points between them do not count.

    Raises IdentityUnreadable. Numbers of nine digits (chứng minh nhân dân) ended with 31/12/2024 and are refused.
    """
    digits = re.sub(r"[\s.\-]", "", text)
    if not digits.isascii() or not _NUMBER.fullmatch(digits) or int(digits[:3]) not in _PROVINCES:
        raise IdentityUnreadable
    return digits


def no_key(_: str) -> str:
    """Where an installation has no key. Raises IdentityKeyMissing."""
    raise IdentityKeyMissing
