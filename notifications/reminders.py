"""The reminder sweep: due rows become notices for whoever sits in the seat today, in one transaction per batch."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Final, Protocol

from definitions.errors import UnknownDefinition
from notifications.at_once import AtOnce
from notifications.channels import Letter
from notifications.composing import gathered_id
from workflow.authority import Situation
from workflow.deadlines import Deadline
from workflow.entries import Entry, make_entry
from workflow.errors import UnknownProposal
from workflow.firing import Due, Fired, fire
from workflow.house import House
from workflow.proposal import Actor, Proposal, legal_day
from workflow.reminding import next_repeat
from workflow.service.situations import context_of, people_of
from workflow.storage import Recipient, UnitOfWork

#: Nobody in person: what the house does by itself.
SCHEDULER = Actor(person="scheduler", name="", channel="scheduler")
NO_LETTERS: Final[Mapping[str, Letter]] = MappingProxyType({})
#: What one proposal's rows may raise while they are decided; a database that fails is not among them.
_ITS_OWN_FAULT = (
    *(UnknownDefinition, UnknownProposal, LookupError, TypeError, ValueError, ArithmeticError, AttributeError),
)


class Claim(Protocol):
    """Due reminders claimed in an open transaction."""

    @property
    def uow(self) -> UnitOfWork:
        """The same transaction, for all that the decision needs to know."""

    @property
    def due(self) -> Mapping[str, Sequence[Due]]:
        """The due reminders by the code of their proposal; of one deadline all, oldest first."""

    def proposal(self, code: str) -> Proposal:
        """One of theirs as it stands. Raises UnknownDefinition where what it pins is not there."""

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""

    def composed(self, message_id: str) -> bool:
        """Whether a mail of that Message-ID is kept already."""

    def told(self, keys: Sequence[str]) -> Collection[str]:
        """Those of the keys under which a notice stands already."""

    def awaited(self, codes: Collection[str]) -> Collection[str]:
        """Those of the proposals of which an older mail waits that may go now."""

    def refusing(self, addresses: Collection[str]) -> Collection[str]:
        """Those of the addresses at which nobody is, in small letters."""

    def settle(
        self,
        fired: Sequence[Fired],
        entries: Sequence[Entry] = (),
        letters: Mapping[str, Letter] = NO_LETTERS,
        *,
        until: datetime | None = None,
    ) -> None:
        """Writes what became of them, with the notices, the next rows, and history's entries of no chain.

        ``letters``: the mail of the notice of a key, kept and taken with it until ``until``.
        """


class Reminders(Protocol):
    """Where due reminders are claimed."""

    def claiming(self, *, at: datetime, limit: int) -> AbstractContextManager[Claim]:
        """The due reminders of at most ``limit`` deadlines that nobody else has in hand, for one transaction."""


@dataclass(slots=True, kw_only=True)
class Swept:
    """How many reminders fired, were cancelled or folded into a later one, how many notices that gave, and faults."""

    fired: int = 0
    cancelled: int = 0
    superseded: int = 0
    notices: int = 0
    faults: int = 0
    #: Rows that this process took to itself.
    claimed: int = 0


def sweep(
    reminders: Reminders,
    house: House,
    *,
    at: datetime,
    domain: str,
    limit: int = 100,
    at_once: AtOnce | None = None,
) -> Swept:
    """Fires everything that is due at ``at``, batch by batch. ``domain`` is that of the outbox's Message-IDs.

    ``at_once``: how mail leaves that may go now; None: all is left to the outbox.
    A row that cannot be decided is cancelled with its fault as the reason and delays no other; one that repeats comes
    again at its next turn. Raises only what the database raises; the batch is then as if it had not been begun.
    """
    swept = Swept()
    while True:
        with reminders.claiming(at=at, limit=limit) as claim:
            if not claim.due:
                return swept
            decide, given_up = _decider(claim, house, at=at, domain=domain), _giver_up(claim.uow, at=at)
            fired = {code: _decided(decide, given_up, code, due, swept) for code, due in claim.due.items()}
            entries = [entry for code, rows in fired.items() for entry in _escalations(code, rows, house, at=at)]
            rows = [row for rows in fired.values() for row in rows]
            letters = at_once.letters(claim, fired, at=at) if at_once else NO_LETTERS
            claim.settle(rows, entries, letters, until=at_once.until(at) if at_once else None)
            swept.claimed += len(rows)
            _count(swept, rows)
        if at_once is not None:
            at_once.send(letters.values(), at=at)


Decide = Callable[[str, Sequence[Due]], tuple[Fired, ...]]
GivenUp = Callable[[Due, str], Fired]


def _decider(claim: Claim, house: House, *, at: datetime, domain: str) -> Decide:
    """Decides the rows of one proposal; what many proposals have in common is read once a batch."""
    people, situation = cache(people_of(claim.uow, legal_day(at))), _situations(claim.uow)

    def gathered(to: Recipient, on: date) -> bool:
        return claim.composed(gathered_id(to.address, on, domain))

    def decide(code: str, due: Sequence[Due]) -> tuple[Fired, ...]:
        proposal = claim.proposal(code)
        around, deadlines = situation(proposal), claim.deadlines(code)
        context = context_of(around, proposal, by=SCHEDULER, at=at, deadlines=deadlines)
        return fire(due, context, people=people, told=house.told, gathered=gathered)

    return decide


def _situations(uow: UnitOfWork) -> Callable[[Proposal], Situation]:
    """``situation_of`` for many proposals of one transaction."""
    law, appointed, guidance = uow.law(), uow.appointments(), cache(uow.guidance)

    def situation(proposal: Proposal) -> Situation:
        return Situation(
            process=uow.process(proposal.process_sha256),
            programme=uow.programme(proposal.programme_sha256),
            law=law,
            appointed=appointed,
            guidance=guidance(proposal.programme),
        )

    return situation


def _decided(decide: Decide, given_up: GivenUp, code: str, due: Sequence[Due], swept: Swept) -> tuple[Fired, ...]:
    try:
        return decide(code, due)
    except _ITS_OWN_FAULT as error:
        swept.faults += len(due)
        why = f"fault: {type(error).__name__}: {error}"
        return tuple(given_up(row, why) for row in due)


def _giver_up(uow: UnitOfWork, *, at: datetime) -> GivenUp:
    """What becomes of a row that could not be decided: it is closed with its fault; a repeating one is followed."""

    def given_up(row: Due, why: str) -> Fired:
        then = next_repeat(row.reminder, fired_on=legal_day(at), calendar=uow.law().calendar)
        return Fired(id=row.id, state="cancelled", reason=why, then=then)

    return given_up


def _escalations(code: str, fired: Iterable[Fired], house: House, *, at: datetime) -> Iterator[Entry]:
    """An escalation is history, but changes no revision and stands outside the proposal's chain."""
    for row in fired:
        if row.escalated is not None:
            yield make_entry(
                "escalated",
                code,
                seq=None,
                recorded_at=at,
                content=row.escalated,
                private={},
                previous_hash=None,
                salt=house.salt,
            )


def _count(swept: Swept, fired: Iterable[Fired]) -> None:
    for row in fired:
        setattr(swept, row.state, getattr(swept, row.state) + 1)
        swept.notices += len(row.notices)
