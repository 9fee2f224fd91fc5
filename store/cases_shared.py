"""All cases of a database held against their entries: here, or by a crew of processes beside the check of the log.

A crew begins before it is known which chains are broken. So whatever it found in a batch with a broken chain is set
aside, and that batch looked at here without the chain; the findings are the same, in the same order, either way.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from functools import cached_property

from store.case_reading import subjects
from store.cases_log import CasesCheck, CasesFound
from store.crew import Crew, crew_at_work
from store.crew_member import Share
from store.database import Database
from store.statements import Transaction


def check_share(transaction: Transaction, share: Share) -> Iterator[tuple[int, CasesFound | None]]:
    """What is found in each batch of a share, by its number; what is missing or None could not be read here."""
    try:
        check = CasesCheck(transaction)
    except Exception:  # Whatever it is, it comes again where the leader looks.
        return
    for number, names in enumerate(subjects(transaction)):
        if number % share.of == share.number:
            yield number, _tried(check, names)


def _tried(check: CasesCheck, names: list[str]) -> CasesFound | None:
    try:
        return check.batch(names, frozenset())
    except Exception:  # Whatever it is, it comes again where the leader looks.
        return None


@contextmanager
def checking_crew(database: Database, url: str, workers: int) -> Iterator[tuple[Transaction, Crew | None]]:
    """A transaction to check a database in, and a crew at work on its cases at the same moment; None for one worker."""
    if workers > 1:
        with crew_at_work(database, url, check_share, workers=workers) as at_work:
            yield at_work
    else:
        with database.transaction(writes=False) as transaction:
            yield transaction, None


class SharedCases:
    """Every case, in the order of their codes."""

    def __init__(self, transaction: Transaction, crew: Crew | None) -> None:
        self._transaction, self._crew = transaction, crew
        self._told: dict[int, CasesFound | None] = {}
        #: How many entries the crew was heard to have looked at.
        self.entries = 0

    def hear(self) -> int:
        """How many entries the crew has looked at by now. Raises WorkerLost."""
        return self._hear(awaited=False)

    def found(self, broken: Set[str]) -> Iterator[CasesFound]:
        """What is found, batch by batch, of all chains but the broken ones. Raises WorkerLost."""
        for number, names in enumerate(subjects(self._transaction)):
            while self._crew and self._crew.is_busy and number not in self._told:
                self._hear(awaited=True)
            told = self._told.pop(number, None)
            yield told if told is not None and broken.isdisjoint(names) else self._check.batch(names, broken)

    def _hear(self, *, awaited: bool) -> int:
        for number, told in self._crew.told(awaited=awaited) if self._crew else ():
            self._told[number] = told
            self.entries += told.entries if told is not None else 0
        return self.entries

    @cached_property
    def _check(self) -> CasesCheck:
        return CasesCheck(self._transaction)
