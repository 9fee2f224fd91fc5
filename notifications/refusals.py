"""What a final refusal says of an address: nobody there, or only this letter was not liked (RFC 3463, RFC 5321)."""

import re

#: Class, subject and detail of an enhanced status, at the beginning or after the reply code.
_ENHANCED = re.compile(r"\s*(?:\d{3}[ -])?([245])\.(\d{1,3})\.(\d{1,3})\b")
#: Replies to RCPT that mean nobody is there, where the server says nothing more exact.
_NOBODY = (550, 551, 553)
#: Subjects of a status: the address, the mailbox. Of the mailbox, "full" passes by itself.
_ADDRESS, _MAILBOX, _NETWORK = 1, 2, 4
_FULL, _NO_HOST = 2, 4


def status_of(words: str) -> tuple[int, int, int] | None:
    """The enhanced status in a server's words, or None."""
    found = _ENHANCED.match(words)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def means_nobody(status: tuple[int, int, int] | None, code: int | None = None) -> bool:
    """Whether a final refusal is about the address itself, so that no other letter would fare better.

    A status that only says "refused" is taken to be about the address: a mail that came back is the rule this is for.
    """
    if status is None:
        return code in _NOBODY
    class_, subject, detail = status
    if class_ != 5:  # noqa: PLR2004 - the class of what is meant for good.
        return False
    if subject == _MAILBOX:
        return detail != _FULL
    return subject in (0, _ADDRESS) or (subject, detail) == (_NETWORK, _NO_HOST)
