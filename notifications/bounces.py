"""Mail that came back: what a report says of which of our mails (RFC 3464, RFC 6522), and what is no report at all.

Automatic answers ("đang đi vắng", RFC 3834) look like reports to a hurried reader and say nothing of delivery.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Literal

from notifications.refusals import means_nobody, status_of
from workflow.addresses import without_addresses

Kind = Literal["lost", "delayed", "automatic", "none"]
#: No report is longer; of a longer one the beginning is read.
LONGEST = 4 * 1024 * 1024
_REASON = 300
_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a mail that came back says."""

    kind: Kind
    #: Our mail; empty where the report names none.
    message_id: str = ""
    #: In the server's words, without addresses.
    why: str = ""
    #: Nobody is at the address; else only this letter was refused.
    nobody: bool = False


def read_report(raw: bytes) -> Report:
    """What a mail says about one of ours. Never raises: what cannot be read says nothing."""
    try:
        return _read(raw[:LONGEST])
    except Exception:  # Whatever strangers send, the parser's own faults included.
        return Report(kind="none")


def _read(raw: bytes) -> Report:
    mail = message_from_bytes(raw, policy=compat32)
    if mail.get_content_type() != "multipart/report" or _parameter(mail, "report-type") != "delivery-status":
        return Report(kind="automatic" if _is_automatic(mail) else "none")
    groups = [group for group in _groups(mail) if group.get("Action")]
    failed = [group for group in groups if _word(group, "Action") == "failed"]
    ours = _original_id(mail)
    if not failed:
        delayed = any(_word(group, "Action") == "delayed" for group in groups)
        return Report(kind="delayed" if delayed else "none", message_id=ours)
    return _lost(failed[0], ours)


def _lost(group: Message, ours: str) -> Report:
    status = status_of(_word(group, "Status"))
    why = " ".join((_diagnostic(group) or _word(group, "Status")).split())
    if status is not None and status[0] == 4:  # noqa: PLR2004 - the server gave up on what may pass: the letter is lost, nobody's address.
        return Report(kind="lost", message_id=ours, why=_told(why))
    return Report(kind="lost", message_id=ours, why=_told(why), nobody=means_nobody(status))


def _told(why: str) -> str:
    return without_addresses(why)[:_REASON]


def _diagnostic(group: Message) -> str:
    return str(group.get("Diagnostic-Code") or "").partition(";")[2].strip()


def _word(group: Message, name: str) -> str:
    return str(group.get(name) or "").partition(";")[0].strip().lower()


def _parameter(mail: Message, name: str) -> str:
    return str(mail.get_param(name) or "").lower()


def _is_automatic(mail: Message) -> bool:
    return str(mail.get("Auto-Submitted") or "no").partition(";")[0].strip().lower() != "no"


def _groups(mail: Message) -> Iterator[Message]:
    """The groups of fields of every delivery-status part: one about the mail, then one for each recipient."""
    for part in mail.walk():
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            content = part.get_payload()
            yield from (group for group in content if isinstance(group, Message)) if isinstance(content, list) else ()


def _original_id(mail: Message) -> str:
    """The Message-ID of the mail that came back: of the mail or the headers returned, else what the report answers."""
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "message/global"):
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, Message) and (found := _id_of(inner, "Message-ID")):
                return found
        if part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and (found := _id_of(message_from_bytes(payload), "Message-ID")):
                return found
    return _id_of(mail, "In-Reply-To")


def _id_of(mail: Message, header: str) -> str:
    found = _ID.search(str(mail.get(header) or ""))
    return found[0] if found else ""
