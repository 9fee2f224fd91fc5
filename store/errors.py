"""What can be wrong between this software and its database, each a sentence that says what to do."""

from typing import Literal

from definitions.errors import KhuyencongError


class StorageFault(KhuyencongError):
    """The database did not do what was asked; ``url`` names it without its password."""

    def __init__(self, url: str, why: str) -> None:
        self.url, self.why = url, why
        super().__init__(f"{url}: {why}")


class UnknownDatabase(StorageFault):
    """The URL names no kind of database that this software keeps things in."""


class MemoryRefused(StorageFault):
    """A database in memory would lose every proposal when the process ends."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url, "a database in memory is lost with the process; name a file, as in sqlite:///khuyencong.db"
        )


class DatabaseUnreachable(StorageFault):
    """There is no connection to the database."""


class DatabaseReadOnly(StorageFault):
    """The database takes no writes from here."""


class DatabaseBusy(StorageFault):
    """Another transaction held what this one needed for too long; trying again may work."""


class SchemaOutdated(StorageFault):
    """The tables are not those of this software; ``found`` is their revision, empty where there are none."""

    def __init__(self, url: str, *, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(url, _OF_TABLES[self.case].format(found=found, wanted=wanted))

    @property
    def case(self) -> Literal["absent", "older", "newer"]:
        """What is wrong with them; revisions are named in the order in which they came."""
        if not self.found:
            return "absent"
        return "newer" if self.found > self.wanted else "older"


_OF_TABLES = {
    "absent": "it has no tables yet and this software needs {wanted}: run khuyencong init",
    "older": "its tables are of revision {found} and this software needs {wanted}: run khuyencong init to upgrade them",
    "newer": "its tables are of revision {found}, which later software made; this one knows {wanted}: use the later",
}


class RolledBack(StorageFault):
    """A statement of the transaction had failed, so its end wrote nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "a statement had failed before, so nothing of the transaction was written")


class HistoryProtected(StorageFault):
    """The database refused to change history (``store.history_guard``)."""


class NotUnique(KhuyencongError):
    """A row of ``table`` would stand twice."""

    def __init__(self, table: str, what: str) -> None:
        self.table = table
        super().__init__(f"{table}: {what}")


class WorkerLost(KhuyencongError):
    """A worker process ended before its work was done, so nothing of the whole is known."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"a worker process ended before its work was done: {why}")


class NoSuchPage(KhuyencongError):
    """What was given as the place in a list is not one that a page gave."""

    def __init__(self, after: str) -> None:
        self.after = after
        super().__init__(f"{after!r} is no place in the list; give what the page before gave as its next")
