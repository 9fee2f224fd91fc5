"""A rendered notice as the bytes of a mail (RFC 5322, MIME), the same bytes for the same arguments."""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import format_datetime, formataddr
from functools import lru_cache
from hashlib import sha256
from typing import Final

from language.formats import VIETNAM
from notifications.errors import BadMailbox
from notifications.rendering import Rendered

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_SHORT: Final = 60  # Longer header text is encoded, which also folds it.
_WORD: Final = 42  # Bytes of one encoded word: with the longest name of a header its line stays below 78.
_TOP_BITS, _INSIDE = 0b1100_0000, 0b1000_0000  # Of every byte of a character in UTF-8 but its first.


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Who writes or is written to: a name as people read it, and an ASCII address."""

    name: str
    address: str


def message_id(key: str, domain: str) -> str:
    """``<hash@domain>`` for a notice's business key: the same notice keeps it however often it is sent."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def compose(
    rendered: Rendered,
    *,
    sender: Mailbox,
    recipient: Mailbox,
    message_id: str,
    date: datetime,
    reply_to: Mailbox | None = None,
) -> bytes:
    """The mail with CRLF line ends: text with an HTML alternative, UTF-8, marked as sent by a machine (RFC 3834).

    ``message_id`` has its angle brackets; ``date`` is an aware instant, written in Vietnam's time. Nothing is random:
    the MIME boundary comes from the message id. Raises BadMailbox, or ValueError for a naive date or a bad id.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a mail is aware: its time zone is missing")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is not a message id")
    lines = [f"From: {_mailbox(sender)}", f"To: {_mailbox(recipient)}"]
    lines += [f"Reply-To: {_mailbox(reply_to)}"] if reply_to else []
    lines += [f"Subject: {_words(rendered.subject)}", f"Date: {_date(date)}"]
    lines += [f"Message-ID: {message_id}", "Auto-Submitted: auto-generated", "Content-Language: vi", ""]
    return "\r\n".join(lines).encode("ascii") + _body(rendered, message_id)


def _body(rendered: Rendered, message_id: str) -> bytes:
    """The MIME headers and parts, written by hand: ``email.message`` takes several times what all the rest takes."""
    # "=_" never stands in quoted-printable text, so the boundary cannot occur in a part (RFC 2045, 6.7).
    boundary = f"=_{sha256(message_id.encode()).hexdigest()[:40]}".encode()
    return b"".join(
        (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="',
            *(boundary, b'"\r\n\r\n--', boundary),
            *(_part(rendered.text, b"plain"), b"\r\n--", boundary),
            *(_part(rendered.html, b"html"), b"\r\n--", boundary, b"--\r\n"),
        )
    )


def _part(text: str, subtype: bytes) -> bytes:
    coded = b"\r\n".join([_coded(line) for line in text.split("\n")])
    kind = b"\r\nContent-Type: text/" + subtype + b'; charset="utf-8"'
    return kind + b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + coded


@lru_cache(maxsize=4096)
def _coded(line: str) -> bytes:
    """A line in quoted-printable. Kept, because most lines of a mail are those of its template, and coding is slow."""
    return b2a_qp(f"{line}\r\n".encode(), istext=True)[:-2]  # Its end tells how longer lines are folded.


@lru_cache(maxsize=16)  # The mails of a batch have one.
def _date(date: datetime) -> str:
    return format_datetime(date.astimezone(VIETNAM))


@lru_cache(maxsize=4096)
def _mailbox(mailbox: Mailbox) -> str:
    problem = next(_problems(mailbox), None)
    if problem is not None:
        raise BadMailbox(mailbox.address, problem)
    if _is_plain(mailbox.name):
        return formataddr((mailbox.name, mailbox.address))
    return f"{_words(mailbox.name)}\r\n <{mailbox.address}>"


def _problems(mailbox: Mailbox) -> Iterator[str]:
    if not mailbox.address.isascii():
        yield "an address is ASCII"
    try:
        Address(display_name=mailbox.name, addr_spec=mailbox.address)
    except (ValueError, MessageError) as error:
        yield str(error)
    except IndexError:  # How the parser of CPython 3.11 answers to text that ends too early.
        yield "not an address"


def _words(text: str) -> str:
    """The text as header text: as it is where that is safe, else wholly as encoded words (RFC 2047).

    Not left to the standard policy: it decodes ``=?...?=`` that stands in a title and re-encodes the rest in pieces.
    """
    if _is_plain(text):
        return text
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(text))


def _pieces(text: str) -> Iterator[bytes]:
    """The text in pieces of an encoded word each; no character is cut (RFC 2047, 5)."""
    coded, begin = text.encode(), 0
    while len(coded) - begin > _WORD:
        end = begin + _WORD
        while coded[end] & _TOP_BITS == _INSIDE:
            end -= 1
        yield coded[begin:end]
        begin = end
    yield coded[begin:]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= _SHORT and "=?" not in text
