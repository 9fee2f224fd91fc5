"""When a mail that was not taken is tried again."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

_SPREAD = 0.2
_WHOLE = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Waits that double from ``first`` up to ``most``, each lengthened by up to a fifth so that mails spread out."""

    first: timedelta = timedelta(minutes=1)
    most: timedelta = timedelta(hours=24)
    #: After so many refused attempts it has failed for good: with these waits after about two weeks.
    attempts: int = 24

    def wait(self, attempts: int, spread_by: str) -> timedelta:
        """How long after attempt number ``attempts`` the next one is due; the same arguments give the same wait."""
        doubled: timedelta = self.first * 2 ** min(attempts - 1, 30)
        fraction = int(sha256(f"{spread_by}/{attempts}".encode()).hexdigest()[:8], 16) / _WHOLE
        return min(doubled, self.most) * (1 + _SPREAD * fraction)

    @property
    def longest(self) -> timedelta:
        """No wait is longer, whatever the other side asks for."""
        return self.most * (1 + _SPREAD)

    def gives_up(self, attempts: int) -> bool:
        """Whether that attempt was the last."""
        return attempts >= self.attempts
