"""A rendered notice as the bytes of a mail (RFC 5322, MIME), the same bytes for the same arguments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Final

from language.formats import VIETNAM
from notifications.errors import BadMailbox
from notifications.rendering import Rendered

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_SHORT: Final = 60  # Longer header text is encoded, which also folds it.


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
    lines += [f"Subject: {_words(rendered.subject)}", f"Date: {format_datetime(date.astimezone(VIETNAM))}"]
    lines += [f"Message-ID: {message_id}", "Auto-Submitted: auto-generated", "Content-Language: vi", ""]
    return "\r\n".join(lines).encode("ascii") + _body(rendered, message_id)


def _body(rendered: Rendered, message_id: str) -> bytes:
    """The MIME headers and parts."""
    mail = EmailMessage(policy=SMTP)
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    # "=_" never stands in quoted-printable text, so the boundary cannot occur in a part (RFC 2045, 6.7).
    mail.set_boundary(f"=_{sha256(message_id.encode()).hexdigest()[:40]}")
    return mail.as_bytes()


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
    return Header(text, "utf-8", maxlinelen=74, header_name="Reply-To").encode(linesep="\r\n")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= _SHORT and "=?" not in text
