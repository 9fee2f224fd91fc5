"""Passwords kept with argon2id (RFC 9106): slow to guess also for those who stole the database."""

from functools import cached_property

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """Satisfies ``workflow.accounts.Passwords``.

    The parameters are the second recommended choice of RFC 9106, section 4: 64 MiB of memory, 3 passes, 4 lanes, salt
    of 16 and hash of 32 bytes; about a tenth of a second on an office machine. Fewer are for tests.
    """

    def __init__(self, *, passes: int = 3, memory_kib: int = 65_536, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes, hash_len=32, salt_len=16, type=Type.ID
        )

    def seal(self, password: str) -> str:
        """What is kept of a password: parameters, salt and hash in one text."""
        return self._hasher.hash(password)

    def fits(self, sealed: str, password: str) -> bool:
        """Whether this is the password. For an empty ``sealed`` it works as long as for any other and says no."""
        try:
            self._hasher.verify(sealed or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(sealed)

    def outdated(self, sealed: str) -> bool:
        """Whether it was sealed with other parameters than today's."""
        return self._hasher.check_needs_rehash(sealed)

    @cached_property
    def _nobodys(self) -> str:
        """Something to compare with where there is nobody."""
        return self.seal("nobody has this one")
