"""Secrets of the command: what is typed unseen, what is made at random, and how long tokens last."""

import getpass
import secrets
import sys
from datetime import date, datetime, timedelta

from khuyencong.cli.call import Call
from language.formats import read_date
from workflow.proposal import legal_day, midnight

#: Tokens begin so, which lets a leaked one be recognised.
_MARK = "kc_"
_BYTES = 32
_USUAL = timedelta(days=365)
#: Of the first token of an installation: time enough to set a password.
FIRST = timedelta(days=7)


def new_secret() -> str:
    """A fresh token of 256 random bits."""
    return f"{_MARK}{secrets.token_urlsafe(_BYTES)}"


def read_secret(call: Call, code: str, given: str | None = None) -> str:
    """The value given; for ``-`` and nothing, what is typed unseen on a terminal, else a line of standard input."""
    if given not in (None, "-"):
        return str(given)
    if sys.stdin.isatty():
        return getpass.getpass(f"{call.printer.word(code)} ")
    return sys.stdin.readline().rstrip("\r\n")


def read_expiry(text: str | None, at: datetime) -> datetime:
    """The instant at which a token ends: the end of the day that is named, or a year from now."""
    last: date = read_date(text) if text is not None else legal_day(at + _USUAL)
    return midnight(last + timedelta(days=1))
