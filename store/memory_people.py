"""The people half of a unit of work in memory: persons, accounts, seats, tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from store.accounts import by_name
from workflow.accounts import Account, Token
from workflow.administration import ADMINISTRATOR
from workflow.changing import changed
from workflow.entries import Entry
from workflow.people_ledger import end_seats
from workflow.proposal import Actor, Seat
from workflow.storage import Person, UsernameTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPeople:
    """Everybody who is known; never changed, only replaced."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    #: Person by keyed identity hash.
    identities: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    seats: tuple[tuple[str, Seat], ...] = ()
    tokens: Mapping[str, Token] = field(default_factory=dict)


class MemoryPeople:
    """People of a transaction in memory."""

    #: What the transaction works on, with everybody as ``people`` and what stands beside the proposals as ``kept``.
    _state: Any
    append: Callable[[Entry], None]

    def _keep(self, **parts: object) -> None:
        self._state.people = changed(self._state.people, **parts)

    def people(self, seat: str, on: date) -> tuple[Person, ...]:
        """Who holds ``role@agency`` on that day and has an account that is not deactivated, by name."""
        known: KeptPeople = self._state.people
        present = {account.person for account in known.accounts.values() if account.active}
        found = {person for person, held in known.seats if str(held) == seat and held.holds(on)}
        return by_name(known.persons[person] for person in found & present)

    def signers(self, seat: str, on: date) -> tuple[Person, ...]:
        """Those of them who hold it in a signing capacity."""
        known: KeptPeople = self._state.people
        able = {person for person, held in known.seats if str(held) == seat and held.holds(on) and held.capacity}
        return tuple(person for person in self.people(seat, on) if person.id in able)

    def actor(self, username: str, *, channel: str) -> Actor | None:
        """The person of an active account with all seats, past ones too; None where there is none."""
        account = self.account(username)
        if account is None or not account.active:
            return None
        name = self._state.people.persons[account.person].name
        return Actor(person=account.person, name=name, seats=self.seats_of(account.person), channel=channel)

    def home(self) -> str | None:
        """The agency whose administrator was the first; None while there is none."""
        known: KeptPeople = self._state.people
        return next((seat.agency for _, seat in known.seats if seat.role == ADMINISTRATOR), None)

    def known_person(self, identity_hash: str) -> Person | None:
        """The person of that keyed identity hash, or None."""
        known: KeptPeople = self._state.people
        return known.persons.get(known.identities.get(identity_hash, ""))

    def account(self, username: str) -> Account | None:
        """The account of that name, whatever its state, or None."""
        known: KeptPeople = self._state.people
        return known.accounts.get(username)

    def username_linked(self, identity: str) -> str | None:
        """The name of the account that single sign-on knows by that keyed hash, whatever its state, or None."""
        accounts = self._state.people.accounts.values()
        return next((one.username for one in accounts if one.single_sign_on == identity), None)

    def seats_of(self, person: str) -> tuple[Seat, ...]:
        """Every seat of a person, past and future ones too, in the order they were given."""
        return tuple(seat for holder, seat in self._state.people.seats if holder == person)

    def waiting(self, seats: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The open proposals that wait for one of these seats, as (code, seat) by code."""
        held = ((code, kept.holder) for code, kept in self._state.kept.items())
        return tuple(sorted((code, holder) for code, holder in held if holder in seats))

    def add_person(self, person: Person, *, username: str, entry: Entry, identity_hash: str | None = None) -> None:
        """Writes a person with an account of that name. Raises UsernameTaken before anything was written."""
        self._refuse_taken(username)
        self.append(entry)
        known: KeptPeople = self._state.people
        self._keep(persons={**known.persons, person.id: person})
        if identity_hash is not None:
            self._keep(identities={**known.identities, identity_hash: person.id})
        self._put_account(Account(username=username, person=person.id))

    def add_account(self, username: str, person: str, entry: Entry) -> None:
        """Writes another account of a person. Raises UsernameTaken before anything was written."""
        self._refuse_taken(username)
        self.append(entry)
        self._put_account(Account(username=username, person=person))

    def _refuse_taken(self, username: str) -> None:
        if username in self._state.people.accounts:
            raise UsernameTaken(username)

    def _put_account(self, account: Account) -> None:
        self._keep(accounts={**self._state.people.accounts, account.username: account})

    def change_account(self, account: Account, entry: Entry | None) -> None:
        """Writes the new state of an account; without an entry only its count of wrong passwords."""
        if entry is not None:
            self.append(entry)
        self._put_account(account)

    def add_seat(self, person: str, seat: Seat, entry: Entry) -> None:
        """Writes a seat of a person."""
        self.append(entry)
        self._keep(seats=(*self._state.people.seats, (person, seat)))

    def end_seat(self, person: str, seat: Seat, until: date, entry: Entry) -> None:
        """Gives a seat of a person a last day; the row stays."""
        self.append(entry)
        self._keep(seats=end_seats(self._state.people.seats, person, seat, until))

    def token(self, sha256: str) -> Token | None:
        """The token of that hash, whether or not it still opens anything."""
        known: KeptPeople = self._state.people
        return known.tokens.get(sha256)

    def tokens(self, username: str) -> tuple[Token, ...]:
        """Every token of an account, oldest first."""
        found = (token for token in self._state.people.tokens.values() if token.username == username)
        return tuple(sorted(found, key=lambda token: (token.created_at, token.sha256)))

    def add_token(self, token: Token, entry: Entry) -> None:
        """Writes a token."""
        self.append(entry)
        self._put_token(token)

    def revoke_token(self, sha256: str, at: datetime, entry: Entry) -> None:
        """Closes a token for good."""
        self.append(entry)
        token = self._state.people.tokens[sha256]
        self._put_token(changed(token, revoked_at=token.revoked_at or at))

    def use_token(self, sha256: str, on: date) -> None:
        """Remembers that a token opened something on that day; only the day is kept."""
        token = self._state.people.tokens[sha256]
        if token.last_used_on is None or token.last_used_on < on:
            self._put_token(changed(token, last_used_on=on))

    def _put_token(self, token: Token) -> None:
        self._keep(tokens={**self._state.people.tokens, token.sha256: token})
