"""The second factor of an account: a code that changes every half minute, and spare codes for a lost telephone."""

from datetime import datetime
from typing import Protocol

from workflow.accounts import Account
from workflow.changing import changed

#: How many codes for a lost telephone there are, each good once.
RECOVERY_CODES = 10


class SecondFactors(Protocol):
    """What can be made of an account's ``factor`` with a key that lies outside the database."""

    def secret(self, factor: str) -> str:
        """The secret that an authenticator keeps, in base32 (RFC 4648)."""

    def address(self, factor: str, username: str, issuer: str) -> str:
        """What an authenticator reads from a picture: ``otpauth://totp/...``."""

    def step(self, factor: str, code: str, at: datetime) -> int | None:
        """The half minute, counted from 1970, whose code this is: that of ``at`` or the one beside it (RFC 6238)."""

    def recovery_codes(self, factor: str) -> tuple[str, ...]:
        """The codes for a lost telephone, ``RECOVERY_CODES`` of them."""


def spent(account: Account, code: str, at: datetime, factors: SecondFactors) -> Account | None:
    """The account after that code opened it; None where it does not, or has before.

    A code is good once (RFC 6238, 5.2), so whoever looks over a shoulder comes too late.
    """
    step = factors.step(account.factor, code, at)
    if step is not None:
        return changed(account, factor_step=step) if step > account.factor_step else None
    number = recovery_number(account, code, factors)
    if number is None or account.spent_codes >> number & 1:
        return None
    return changed(account, spent_codes=account.spent_codes | 1 << number)


def recovery_number(account: Account, code: str, factors: SecondFactors) -> int | None:
    """Which of the codes for a lost telephone this is; blanks, hyphens and capitals do not matter."""
    plain = _plain(code)
    known = [_plain(one) for one in factors.recovery_codes(account.factor)]
    return known.index(plain) if plain in known else None


def codes_left(account: Account) -> int:
    """How many codes for a lost telephone are still good."""
    return RECOVERY_CODES - account.spent_codes.bit_count()


def _plain(code: str) -> str:
    return "".join(char for char in code.lower() if char.isalnum())
