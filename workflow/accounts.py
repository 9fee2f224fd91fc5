"""Accounts and tokens: how a person signs in, when an account is locked, and what a good password is."""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from workflow.changing import changed
from workflow.errors import Unmet

State = Literal["active", "locked", "deactivated"]


class Locking(Struct, frozen=True, kw_only=True):
    """How many wrong passwords within which time lock an account, and for how long."""

    most: int
    within: timedelta
    lasts: timedelta


LOCKING = Locking(most=5, within=timedelta(minutes=15), lasts=timedelta(minutes=15))


class Account(Struct, frozen=True, kw_only=True):
    """A name to sign in with, and the person behind it."""

    username: str
    person: str
    #: False: deactivated.
    active: bool = True
    #: As ``Passwords.seal`` made it; empty: nobody signs in with a password.
    password_hash: str = ""
    #: Wrong passwords since ``failing_since``.
    failures: int = 0
    failing_since: datetime | None = None
    locked_until: datetime | None = None
    #: The random name from which the secret of the second factor is made; empty: there is none.
    factor: str = ""
    #: The last half minute whose code was used, counted from 1970.
    factor_step: int = 0
    #: Which codes for a lost telephone were used, a bit for each.
    spent_codes: int = 0
    #: The keyed hash by which single sign-on knows who this is; None: it was never linked, or no longer is.
    single_sign_on: str | None = None

    def state(self, at: datetime) -> State:
        """Where it stands at an instant; a lock passes by itself."""
        if not self.active:
            return "deactivated"
        return "locked" if self.locked_until is not None and at < self.locked_until else "active"

    def opened(self) -> "Account":
        """The account without a lock and with nothing counted."""
        return changed(self, failures=0, failing_since=None, locked_until=None)

    def failed(self, at: datetime, locking: Locking = LOCKING) -> "Account":
        """The account after one more wrong password: counted anew after the window, locked at the last one allowed."""
        fresh = self.failing_since is None or at >= self.failing_since + locking.within
        since, failures = (at, 1) if fresh else (self.failing_since, self.failures + 1)
        if failures >= locking.most:
            return changed(self, failures=0, failing_since=None, locked_until=at + locking.lasts)
        return changed(self, failures=failures, failing_since=since)


class Token(Struct, frozen=True, kw_only=True):
    """A bearer token of an account, known by its hash. The label is personal: people write names into it."""

    sha256: str
    username: str
    label: str
    #: The first letters, by which people tell it from others; empty for tokens made before they were kept.
    prefix: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    #: None: it opens everything that its account does. Else only a calendar of deadlines: of this agency, of this
    #: ``role@agency``, or for the empty text of the person.
    feed: str | None = None

    def refusal(self, account: Account, at: datetime) -> str | None:
        """The code of the sentence why it opens nothing, or None."""
        if self.revoked_at is not None:
            return "denied.token_revoked"
        if self.expires_at is not None and at >= self.expires_at:
            return "denied.token_expired"
        return None if account.active else "denied.deactivated"


class Passwords(Protocol):
    """How passwords are kept: slow to guess, each with a salt of its own."""

    def seal(self, password: str) -> str:
        """What is kept of a password."""

    def fits(self, sealed: str, password: str) -> bool:
        """Whether this is the password. For an empty ``sealed`` it works as long as for any other and says no."""

    def outdated(self, sealed: str) -> bool:
        """Whether it was sealed with weaker parameters than today's."""


class Rule(Struct, frozen=True, kw_only=True):
    """Something a password must be: its sentence, and a test that takes password, username and limit."""

    code: str
    holds: Callable[[str, str, int], bool]
    limit: int = 0


#: Words that begin most lists of guessed passwords, here and elsewhere; digits and marks around them help nothing.
COMMON = frozenset(
    (
        *("password", "matkhau", "khuyencong", "congthuong", "vietnam", "hanoi", "saigon", "danang", "laichau"),
        *("qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbnm", "admin", "administrator", "quantri", "welcome"),
        *("iloveyou", "anhyeuem", "emyeuanh", "letmein", "changeme", "abc", "abcd", "abcdef", "socongthuong"),
    )
)
#: Length is what makes guessing hard; no rule asks for digits or marks, which people append where all others do.
RULES = (
    Rule(code="unmet.password_short", holds=lambda password, _, limit: len(password) >= limit, limit=12),
    Rule(code="unmet.password_long", holds=lambda password, _, limit: len(password) <= limit, limit=128),
    Rule(code="unmet.password_few_letters", holds=lambda password, _, limit: len(set(password)) >= limit, limit=6),
    Rule(code="unmet.password_is_name", holds=lambda password, username, _: _plain(username) not in _plain(password)),
    Rule(code="unmet.password_common", holds=lambda password, _, __: _letters(password) not in COMMON),
)


def password_faults(password: str, username: str) -> Iterator[Unmet]:
    """Every rule that a new password breaks. The password itself is in none of them."""
    for rule in RULES:
        if not rule.holds(password, username, rule.limit):
            yield Unmet(rule.code, {"n": rule.limit} if rule.limit else {})


def _plain(text: str) -> str:
    """Small letters without marks: ``Mật khẩu`` and ``matkhau`` are one word to a guesser."""
    split = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in split if char.isalnum())


def _letters(text: str) -> str:
    return "".join(char for char in _plain(text) if char.isalpha())
