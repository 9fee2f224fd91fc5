"""What an installation brings to every use case: randomness, what notices need, how refusals are metered."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from workflow.accounts import Passwords
from workflow.entries import Salt
from workflow.identity import IdentityHash, no_key
from workflow.second_factor import SecondFactors
from workflow.telling import Told


class RefusalMeter:
    """Lets so many refusals per actor and minute into history and counts the rest, so that nobody can flood it."""

    def __init__(self, limit: int = 10) -> None:
        self._limit = limit
        self._minute = ""
        self._counts: dict[str, int] = {}
        self._left_out: dict[str, int] = {}

    def admit(self, actor: str, at: datetime) -> int | None:
        """None: leave this one out. Else admit it; the number says how many were left out since the last admitted."""
        minute = at.strftime("%Y-%m-%dT%H:%M")
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        self._counts[actor] = self._counts.get(actor, 0) + 1
        if self._counts[actor] > self._limit:
            self._left_out[actor] = self._left_out.get(actor, 0) + 1
            return None
        return self._left_out.pop(actor, 0)


class House(Struct, frozen=True, kw_only=True):
    """The surroundings of the use cases, wired once."""

    #: Fresh random bytes, at least 16, at every call.
    salt: Salt
    #: A fresh pseudonym for a person, at every call.
    person_id: Callable[[], str]
    told: Told = field(default_factory=Told)
    #: The keyed hash of an identity number.
    identity: IdentityHash = no_key
    #: How passwords are kept; None: this installation signs nobody in by password.
    passwords: Passwords | None = None
    #: What codes an account's second factor has; None: there is no key to make them from.
    second_factors: SecondFactors | None = None
    refusals: RefusalMeter = field(default_factory=RefusalMeter)
