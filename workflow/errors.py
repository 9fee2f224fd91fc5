"""Why something did not happen, as values that a catalogue turns into sentences."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from definitions.errors import KhuyencongError

#: Who can lift an unmet condition: a seat (``role@agency``), or one of these.
ACTOR = "actor"  # whoever acts, by giving something else
TIME = "time"  # nobody; it passes by itself
NOBODY = "nobody"


class Unmet(Struct, frozen=True):
    """One condition that does not hold: a code of the catalogues, its parameters, and who can lift it."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    #: Seats, or ``actor``, ``time``, ``nobody``.
    lifted_by: tuple[str, ...] = (ACTOR,)

    def __str__(self) -> str:
        params = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({params})"


class Refused(KhuyencongError):
    """An act is not carried out; ``unmet`` holds every condition that does not hold, and nothing has changed."""

    #: The last part of the problem type (RFC 9457) by which programs tell refusals apart.
    problem = "conditions-unmet"

    def __init__(self, action: str, unmet: Iterable[Unmet]) -> None:
        self.action = action
        self.unmet = tuple(unmet)
        super().__init__(f"{action} refused: " + "; ".join(map(str, self.unmet)))


class NotOwner(Refused):
    """The actor holds no seat that owns this step."""

    problem = "not-owner"


class NoSuchAction(Refused):
    """The process has no such action in the proposal's state."""

    problem = "no-such-action"


class StaleProposal(Refused):
    """The proposal has moved since the caller looked at it."""

    problem = "stale-proposal"

    def __init__(self, action: str, *, expected: int, actual: int) -> None:
        self.expected, self.actual = expected, actual
        # The number of changes is the same where an entry came in between that is no change of the proposal's.
        params = {"expected": expected, "actual": actual}
        met = Unmet("unmet.stale", params) if expected != actual else Unmet("unmet.stale_entry")
        super().__init__(action, [met])


class KeyReused(Refused):
    """The idempotency key was already used for another request."""

    problem = "key-reused"

    def __init__(self, key: str) -> None:
        super().__init__("act", [Unmet("unmet.key_reused", {"key": key})])


class NotSignedIn(KhuyencongError):
    """Who calls is not known, or may not sign in; ``code`` is the sentence."""

    def __init__(self, code: str, /, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(code)


class UnknownUser(KhuyencongError):
    """There is no account of that name."""

    def __init__(self, user: str) -> None:
        self.user = user
        super().__init__(f"no account {user!r}")


class UnknownProposal(KhuyencongError):
    """There is no proposal of that code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"no proposal {code!r}")


class CodeTaken(KhuyencongError):
    """A proposal of that code exists already."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"proposal {code!r} exists already")


class BadValue(KhuyencongError):
    """A value given from outside cannot be read as what the field asks for."""

    def __init__(self, key: str, value: object, wanted: str) -> None:
        self.key, self.value, self.wanted = key, value, wanted
        super().__init__(f"{key}: {value!r} is not {wanted}")
