"""What was known at an instant: cases, registers and people as the log told them then, and nothing that came later.

A case is known by the entries of its chain that were recorded by then; their instants only grow, so what was known of
it never changes afterwards. The registers are known as far as their own chain had come, and at least as far as the
newest entry of the case could see (in a sandbox, cases may be older than its registers).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Integer, bindparam, func, select

from definitions.errors import KhuyencongError
from definitions.process import Transition
from store.places import place, with_leaves
from store.queries import Queries
from store.registers_then import RegistersThen
from store.sealed_log import leaves_of
from store.statements import Statement, Transaction
from store.tables import CheckpointRow, EntryRow, LeafRow, UnsealedRow, table
from store.types import UtcInstant
from workflow.attempt import Attempt
from workflow.authority import Situation
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.entries import Entry, check_chain
from workflow.ledger import stages_of
from workflow.ownership import holder_seat, owner_seats
from workflow.people_ledger import Everybody, replay_people
from workflow.proposal import Actor, Proposal, Seat, legal_day
from workflow.service.chaining import REGISTERS
from workflow.service.retelling import retell
from workflow.storage import Person

_ENTRY, _CHECKPOINT = table(EntryRow), table(CheckpointRow)
_LEAF, _UNSEALED = table(LeafRow), table(UnsealedRow)
_AT = bindparam("at", type_=UtcInstant())
_PAGE = 500
_CREATED = Statement(
    select(_ENTRY.c.id, _ENTRY.c.subject, _ENTRY.c.recorded_at)
    .where(
        _ENTRY.c.kind == "created",
        _ENTRY.c.recorded_at <= _AT,
        _ENTRY.c.recorded_at >= bindparam("since", type_=UtcInstant()),
        (_ENTRY.c.recorded_at > bindparam("after", type_=UtcInstant()))
        | (_ENTRY.c.id > bindparam("beyond", type_=Integer())),
    )
    .order_by(_ENTRY.c.recorded_at, _ENTRY.c.id)
    .limit(_PAGE)
)
_VOUCHING = Statement(
    select(_CHECKPOINT.c.size, _CHECKPOINT.c.made_at)
    .where(_CHECKPOINT.c.made_at <= _AT)
    .order_by(_CHECKPOINT.c.size.desc())
    .limit(1)
)
_FIRST_LATER = Statement(
    select(func.min(place(_ENTRY.c.id)).label("place"))
    .select_from(with_leaves(_ENTRY, _ENTRY.c.id))
    .where(_ENTRY.c.subject == REGISTERS, _ENTRY.c.seq.is_not(None), _ENTRY.c.recorded_at > _AT)
)
#: The newest entry that was known: of those that wait for a leaf, else of those that have one.
_NEWEST_KNOWN = (
    Statement(
        select(place(_ENTRY.c.id).label("place"))
        .select_from(with_leaves(_UNSEALED.join(_ENTRY, _ENTRY.c.id == _UNSEALED.c.entry_id), _ENTRY.c.id))
        .where(_ENTRY.c.recorded_at <= _AT)
        .order_by(_UNSEALED.c.entry_id.desc())
        .limit(1)
    ),
    Statement(
        select(_LEAF.c.position.label("place"))
        .join(_ENTRY, _ENTRY.c.id == _LEAF.c.entry_id)
        .where(_ENTRY.c.recorded_at <= _AT)
        .order_by(_LEAF.c.position.desc())
        .limit(1)
    ),
)
_LATER = Statement(select(_ENTRY.c.id).where(_ENTRY.c.recorded_at >= _AT).limit(1))
_DAWN = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
#: Behind every place.
_BEYOND = 2**62
_NOBODY = Actor(person="", name="")


class NothingKnown(KhuyencongError):
    """Nothing had been recorded by that instant: of ``code``, or (empty) at all."""

    def __init__(self, at: datetime, code: str = "") -> None:
        self.at, self.code = at, code
        super().__init__(f"nothing was recorded of {code or 'anything'} by {at.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who sat in a seat on a day, and whether any of their accounts was open."""

    person: Person
    seat: Seat
    can_sign_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """An action that the state of a case allowed: the seats that owned it, with who sat there."""

    action: str
    label: str
    holders: tuple[tuple[str, tuple[Holder, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """The newest checkpoint of an instant (``made_at`` None: there was none), and what it did not cover of a case."""

    size: int
    made_at: datetime | None
    not_yet: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseThen:
    """A case as it was known: rebuilt from its entries, in the situation of then."""

    proposal: Proposal
    entries: tuple[Entry, ...]
    situation: Situation
    deadlines: tuple[Deadline, ...]
    #: As ``role@agency``; empty at an end.
    holder: str
    #: What its newest entry stored as its holder.
    stored_holder: str


def was_recorded(transaction: Transaction, *, since: datetime) -> bool:
    """Whether anything was recorded at that instant or later."""
    return transaction.first(_LATER, {"at": since}) is not None


class AsOf:
    """The log up to an instant, on an open transaction."""

    def __init__(self, transaction: Transaction, at: datetime) -> None:
        self.at, self.today = at, legal_day(at)
        self._transaction, self._queries = transaction, Queries(transaction)
        self._then = RegistersThen(transaction)
        later = transaction.first(_FIRST_LATER, {"at": at})
        self._next: int = _BEYOND if later is None or later.place is None else later.place
        self._people = lru_cache(maxsize=4)(self._people_before)

    def case(self, code: str) -> CaseThen:
        """A case. Raises NothingKnown where its first entry came later, BrokenHistory where its chain does not hold."""
        entries = tuple(entry for entry in self._queries.history(code) if entry.recorded_at <= self.at)
        if not entries or entries[0].kind != "created":
            raise NothingKnown(self.at, code)
        check_chain(entries)
        return self._rebuilt(code, entries)

    def _rebuilt(self, code: str, entries: tuple[Entry, ...]) -> CaseThen:
        places = self._then.places_of(code)
        stages = stages_of(entries, self._then.process)
        proposal = stages[-1].proposal
        told = retell(stages, lambda one, seq: self._then.situation(one, places[seq]))
        situation = self._then.situation(proposal, max(self._next, places[len(entries)] + 1))
        context = self._context(proposal, situation, told.deadlines)
        return CaseThen(
            proposal=proposal,
            entries=entries,
            situation=situation,
            deadlines=told.deadlines,
            holder=holder_seat(context),
            stored_holder=told.holder,
        )

    def _context(self, proposal: Proposal, situation: Situation, deadlines: tuple[Deadline, ...]) -> Attempt:
        return Attempt(
            transition=situation.process.transitions[0],
            proposal=proposal,
            situation=situation,
            actor=_NOBODY,
            at=self.at,
            effective_on=self.today,
            deadlines=deadlines,
        )

    def cases(self) -> Iterator[CaseThen]:
        """Every case that was known, in the order in which they were registered, one at a time."""
        for code in self.codes():
            yield self.case(code)

    def codes(self) -> Iterator[str]:
        """The codes of the cases that were known."""
        place = {"after": _DAWN, "since": _DAWN, "beyond": 0}
        while rows := self._transaction.rows(_CREATED, {"at": self.at, **place}):
            yield from (row.subject for row in rows)
            self._then.forget()
            place = {"after": rows[-1].recorded_at, "since": rows[-1].recorded_at, "beyond": rows[-1].id}

    def sealed(self, case: CaseThen) -> Sealing:
        """Which checkpoint vouched for the case then, and how many of its entries it did not cover yet."""
        row = self._transaction.first(_VOUCHING, {"at": self.at})
        size = 0 if row is None else int(row.size)
        leaves, _ = leaves_of(self._transaction, case.proposal.code)
        covered = sum(leaf.position < size for leaf in leaves if leaf.seq <= len(case.entries))
        return Sealing(size=size, made_at=row.made_at if row else None, not_yet=len(case.entries) - covered)

    def rights(self, case: CaseThen) -> tuple[Right, ...]:
        """Who could take each step that the case was open to; the conditions of the step may have stood in the way."""
        context = self._context(case.proposal, case.situation, case.deadlines)
        people = self._people(self._horizon_of(case))
        return tuple(
            Right(
                action=move.action,
                label=move.label,
                holders=tuple((seat, tuple(_sitting(people, seat, self.today))) for seat in _owners(context, move)),
            )
            for move in case.situation.process.transitions_from(case.proposal.state)
        )

    def _horizon_of(self, case: CaseThen) -> int:
        places = self._then.places_of(case.proposal.code)
        return max(self._next, places[len(case.entries)] + 1)

    def officer(self, case: CaseThen) -> str:
        """The name of the person in charge, as far as it was not erased since."""
        found = self._people(self._horizon_of(case)).persons.get(case.proposal.officer)
        return found.name if found else ""

    def people(self) -> Everybody:
        """Who was registered."""
        return self._people(self.horizon())

    def published(self) -> dict[tuple[str, str], str]:
        """The hash of the newest text of every (kind, key)."""
        return self._then.newest(self.horizon())

    def horizon(self) -> int:
        """The first place that was not known. Raises NothingKnown where the whole log came later."""
        newest = next(filter(None, (self._transaction.first(one, {"at": self.at}) for one in _NEWEST_KNOWN)), None)
        if newest is None:
            raise NothingKnown(self.at)
        return max(self._next if self._next < _BEYOND else 0, int(newest.place) + 1)

    def _people_before(self, end: int) -> Everybody:
        places = self._then.places_of(REGISTERS)
        return replay_people([one for one in self._queries.history(REGISTERS) if places[one.seq or 0] < end])


def _owners(context: Attempt, move: Transition) -> tuple[str, ...]:
    return owner_seats(changed(context, transition=move))


def _sitting(people: Everybody, seat: str, on: date) -> Iterator[Holder]:
    for person, held in people.seats:
        if str(held) == seat and held.holds(on):
            accounts = [name for name, whose in people.accounts.items() if whose == person]
            is_open = any(name not in people.closed for name in accounts)
            yield Holder(person=people.persons[person], seat=held, can_sign_in=is_open)
