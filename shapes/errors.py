"""What the edge of the house can find wrong, as codes that a catalogue turns into sentences."""

from pathlib import Path

from definitions.errors import KhuyencongError

#: Names of settings in the environment begin so.
PREFIX = "KHUYENCONG_"


class _Coded(KhuyencongError):
    """Something said by a code of the catalogues."""

    def __init__(self, code: str, /, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(f"{code} {params}" if params else code)


class WrongUsage(_Coded):
    """The command was called in a way that it cannot be meant."""


class Denied(_Coded):
    """Who calls may not do this, or is not known."""


class NotFound(_Coded):
    """What was named does not exist."""


class KeyNeeded(_Coded):
    """A request that changes something came without an idempotency key."""


class RevisionNeeded(_Coded):
    """A request that changes a proposal does not say which revision it was decided on."""


class UnknownMediaType(_Coded):
    """What was sent is of a kind that is not read here."""


class BodyUnreadable(_Coded):
    """What was sent is not what its kind promises."""


class BodyTooLarge(_Coded):
    """What was sent is larger than anything that is asked for."""


class NoSuchRoute(_Coded):
    """Nothing answers at this address."""


class MethodRefused(_Coded):
    """Something answers at this address, but not to this method."""


class NotForHere(_Coded):
    """What was asked is not for machines like the one that asks."""


class CheckFailed(_Coded):
    """A check found something wrong; ``reasons`` says each, in words that need no translation (files, places)."""

    def __init__(self, code: str, reasons: tuple[str, ...] = (), /, **params: object) -> None:
        self.reasons = reasons
        super().__init__(code, **params)


class LogUnproven(CheckFailed):
    """A log that fits itself, and that nothing outside its database vouches for."""


class Unreachable(_Coded):
    """A part that is needed does not answer."""


class IdentityKeyUnusable(KhuyencongError):
    """The file of the key is gone, cannot be read, is open to others, or is not a key; ``code`` is the sentence."""

    def __init__(self, code: str, file: Path, why: str = "") -> None:
        self.code, self.params = code, {"file": str(file), "why": why}
        super().__init__(f"{code}: {file} {why}")


class LogKeyUnusable(KhuyencongError):
    """The file of the key is gone, cannot be read, is open to others, or is not a key; ``code`` is the sentence."""

    def __init__(self, code: str, file: Path, why: str = "") -> None:
        self.code, self.params = code, {"file": str(file), "why": why}
        super().__init__(f"{code}: {file} {why}")


class BadSetting(KhuyencongError):
    """A setting has a value that cannot be meant; ``code`` and ``params`` are for the catalogues."""

    def __init__(self, name: str, value: str, code: str, **more: str) -> None:
        self.code = code
        self.params = {"name": PREFIX + name, "value": value, **more}
        super().__init__(f"{PREFIX}{name}={value!r}: {code}")
