"""Mail that comes back, as servers write it: delivery reports (RFC 3464), delays, automatic answers."""

from typing import Literal

_REPORT = """\
From: MAILER-DAEMON@mx.example
To: kc@so.example
Subject: {subject}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8

Your message could not be delivered to one or more recipients.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 10 Apr 2017 10:00:05 +0700

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--=_b
Content-Type: {kind}

{returned}
--=_b--
"""
_HEADERS = "From: kc@so.example\nTo: {address}\nSubject: x\nMessage-ID: {id}\n"
_AWAY = """\
From: {address}
To: kc@so.example
Subject: Re: x
In-Reply-To: {id}
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

Tôi đi công tác đến hết tuần. 550 5.1.1 không phải là lỗi.
"""


def report(
    id_: str,
    address: str,
    *,
    action: Literal["failed", "delayed", "delivered"] = "failed",
    status: str = "5.1.1",
    words: str = "",
    whole: bool = False,
) -> bytes:
    """A delivery report about a mail; ``whole``: with the mail itself, not only its headers."""
    said = words or f"550 {status} <{address}>: Recipient address rejected"
    returned = _HEADERS.format(address=address, id=id_) + ("\nbody\n" if whole else "")
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    text = _REPORT.format(
        subject="Undelivered", address=address, action=action, status=status, words=said, kind=kind, returned=returned
    )
    return text.replace("\n", "\r\n").encode()


def away(id_: str, address: str) -> bytes:
    """The answer of somebody who is away."""
    return _AWAY.format(id=id_, address=address).encode()
