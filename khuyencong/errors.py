"""What the command itself can find wrong, as codes that a catalogue turns into sentences."""

from definitions.errors import KhuyencongError


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


class CheckFailed(_Coded):
    """A check found something wrong; ``reasons`` says each, in words that need no translation (files, places)."""

    def __init__(self, code: str, reasons: tuple[str, ...] = (), /, **params: object) -> None:
        self.reasons = reasons
        super().__init__(code, **params)


class LogUnproven(CheckFailed):
    """A log that fits itself, and that nothing outside its database vouches for."""


class Unreachable(_Coded):
    """A part that is needed does not answer."""
