"""Addresses of mail: what can be one, and those at which mail is refused."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from workflow.errors import Unmet

#: What servers accept without quoting (RFC 5321, 4.1.2): dots inside, at least two labels in the domain.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_LONGEST_LOCAL, _LONGEST = 64, 254  # RFC 5321, 4.5.3.1.
#: Anything that looks like an address, in the words of a server.
_LOOKS_LIKE = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


class BadAddress(Struct, frozen=True, kw_only=True):
    """An address that mail servers refuse, until somebody mends it."""

    #: In small letters.
    address: str
    #: Whom the mail was for, ``role@agency``.
    seat: str
    #: Whose administrator has to mend it.
    agency: str
    #: The person behind it; None: an agency's mailbox, or an address that a proposal gives.
    person: str | None
    reason: str
    since: datetime


def is_address(text: str) -> bool:
    """Whether mail can be sent there: ``name@example.vn``, ASCII, neither quoted nor a bare host."""
    return len(text) <= _LONGEST and len(text.partition("@")[0]) <= _LONGEST_LOCAL and bool(_ADDRESS.fullmatch(text))


def unmet_address(text: str) -> Iterator[Unmet]:
    """Why a text that is given as an address is none; nothing for an empty one."""
    if text and not is_address(text):
        yield Unmet("unmet.address", {"address": text})


def without_addresses(text: str) -> str:
    """A server's words with every address left out, for rows and lines that must not name people."""
    return _LOOKS_LIKE.sub("…", text)
