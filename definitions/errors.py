"""What can be wrong with a definition, said all at once and with its place."""

from collections.abc import Iterable
from dataclasses import dataclass


class KhuyencongError(Exception):
    """The base of every error that this project raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing wrong in a definition: in which file, at which place, what, and a shortest example of it."""

    file: str
    place: str
    message: str
    #: The shortest path or value that shows the fault, such as ``drafted -submit-> submitted``.
    example: str = ""

    def __str__(self) -> str:
        shown = f"{self.file}: {self.place}: {self.message}" if self.place else f"{self.file}: {self.message}"
        return f"{shown} (e.g. {self.example})" if self.example else shown


class FaultyDefinitions(KhuyencongError):
    """Definition files cannot be used; ``faults`` holds every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


class UnknownDefinition(KhuyencongError):
    """No definition of this kind has this key; ``nearest`` is the closest known key, or empty."""

    def __init__(self, kind: str, key: str, nearest: str = "") -> None:
        self.kind, self.key, self.nearest = kind, key, nearest
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"no {kind} named {key!r}{hint}")


class CalendarNotPublished(KhuyencongError):
    """The working days of this year are not known: no calendar file says them."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"the working calendar of {year} is not published")
