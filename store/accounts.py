"""The people half of a unit of work on a database: persons, accounts, seats, tokens."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from store.claims import among, several
from store.published import Published
from store.statements import Statement, Transaction, put
from store.tables import AccountRow, PersonRow, ProposalRow, SeatRow, TokenRow, table
from store.types import UtcInstant
from workflow.accounts import Account, Token
from workflow.administration import ADMINISTRATOR
from workflow.entries import Entry
from workflow.proposal import Actor, Seat
from workflow.storage import Person, UsernameTaken

_PERSON, _ACCOUNT, _SEAT, _TOKEN = table(PersonRow), table(AccountRow), table(SeatRow), table(TokenRow)
_PROPOSAL = table(ProposalRow)
_PLACE = ("role", "agency", "since", "until", "capacity")
_STATE = (
    *("active", "password_hash", "failures", "failing_since", "locked_until"),
    *("factor", "factor_step", "spent_codes", "single_sign_on"),
)

_HELD = (_SEAT.c.since, _SEAT.c.until, _SEAT.c.capacity)
_PEOPLE = Statement(
    select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.address, _PERSON.c.mail, *_HELD)
    .join(_SEAT, _SEAT.c.person_id == _PERSON.c.id)
    .join(_ACCOUNT, _ACCOUNT.c.person_id == _PERSON.c.id)
    .where(_ACCOUNT.c.active, _SEAT.c.role == bindparam("of_role"), _SEAT.c.agency == bindparam("of_agency"))
)
_ACTOR = Statement(
    select(_PERSON.c.id, _PERSON.c.name, *(_SEAT.c[name] for name in _PLACE))
    .select_from(_ACCOUNT)
    .join(_PERSON, _PERSON.c.id == _ACCOUNT.c.person_id)
    .join(_SEAT, _SEAT.c.person_id == _PERSON.c.id, isouter=True)
    .where(_ACCOUNT.c.username == bindparam("of_username"), _ACCOUNT.c.active)
    .order_by(_SEAT.c.id)
)
_HOME = Statement(select(_SEAT.c.agency).where(_SEAT.c.role == bindparam("of_role")).order_by(_SEAT.c.id).limit(1))
_KNOWN = Statement(
    select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.address, _PERSON.c.mail).where(
        _PERSON.c.identity_hash == bindparam("of_identity")
    )
)
_ANY_IDENTITY = Statement(select(_PERSON.c.id).where(_PERSON.c.identity_hash.is_not(None)).limit(1))
_NAMED = Statement(select(_ACCOUNT).where(_ACCOUNT.c.username == bindparam("of_username")))
_LINKED = Statement(select(_ACCOUNT.c.username).where(_ACCOUNT.c.single_sign_on == bindparam("of_identity")))
#: The same, and nobody else judges a password or a code of it until this transaction ends.
_HELD_FAST = Statement(select(_ACCOUNT).where(_ACCOUNT.c.username == bindparam("of_username")).with_for_update())
_SEATS = Statement(
    select(*(_SEAT.c[name] for name in _PLACE)).where(_SEAT.c.person_id == bindparam("of_person")).order_by(_SEAT.c.id)
)
_END = Statement(
    update(_SEAT)
    .where(
        _SEAT.c.person_id == bindparam("of_person"),
        *(_SEAT.c[name] == bindparam(f"of_{name}") for name in ("role", "agency", "since", "capacity")),
        or_(_SEAT.c.until.is_(None), _SEAT.c.until > bindparam("to_until")),
    )
    .values(until=bindparam("to_until"))
)
_CHANGE = Statement(
    update(_ACCOUNT)
    .where(_ACCOUNT.c.username == bindparam("of_username"))
    .values({name: bindparam(f"to_{name}") for name in _STATE})
)
_TOKENS = Statement(
    select(_TOKEN).where(_TOKEN.c.username == bindparam("of_username")).order_by(_TOKEN.c.created_at, _TOKEN.c.sha256)
)
_ONE_TOKEN = Statement(select(_TOKEN).where(_TOKEN.c.sha256 == bindparam("of_sha256")))
_REVOKE = Statement(
    update(_TOKEN)
    .where(_TOKEN.c.sha256 == bindparam("of_sha256"), _TOKEN.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("to_revoked", type_=UtcInstant()))
)
_USE = Statement(
    update(_TOKEN)
    .where(
        _TOKEN.c.sha256 == bindparam("of_sha256"),
        or_(_TOKEN.c.last_used_on.is_(None), _TOKEN.c.last_used_on < bindparam("to_day")),
    )
    .values(last_used_on=bindparam("to_day"))
)
_WAITING = Statement(
    lambda dialect: (
        select(_PROPOSAL.c.code, _PROPOSAL.c.holder)
        .where(_PROPOSAL.c.open, among(_PROPOSAL.c.holder, "holders", dialect, _PROPOSAL.c.holder.type))
        .order_by(_PROPOSAL.c.code)
    )
)
_ADD_PERSON, _ADD_ACCOUNT = put(_PERSON), put(_ACCOUNT, once=("username",))
_ADD_SEAT, _ADD_TOKEN = put(_SEAT), put(_TOKEN)
_TOKEN_PARTS = Token.__struct_fields__


def knows_identities(transaction: Transaction) -> bool:
    """Whether the identity number of anybody was kept."""
    return transaction.first(_ANY_IDENTITY) is not None


class Accounts(Published):
    """People on an open transaction."""

    #: Whether rows are locked as they are read, to be written.
    _locks: bool

    def people(self, seat: str, on: date) -> tuple[Person, ...]:
        """Who holds ``role@agency`` on that day and has an account that is not deactivated, by name."""
        return by_name({person for person, held in self._held(seat) if held.holds(on)})

    def signers(self, seat: str, on: date) -> tuple[Person, ...]:
        """Those of them who hold it in a signing capacity."""
        return by_name({person for person, held in self._held(seat) if held.holds(on) and held.capacity})

    def _held(self, seat: str) -> tuple[tuple[Person, Seat], ...]:
        known = self._registers().people
        if seat not in known:
            role, _, agency = seat.partition("@")
            rows = self._transaction.rows(_PEOPLE, {"of_role": role, "of_agency": agency})
            known[seat] = tuple((_person(row), _of_person(row, role, agency)) for row in rows)
        return known[seat]

    def actor(self, username: str, *, channel: str) -> Actor | None:
        """The person of an active account with all seats, past ones too; None where there is none."""
        rows = self._transaction.rows(_ACTOR, {"of_username": username})
        if not rows:
            return None
        seats = tuple(_seat(row) for row in rows if row.role is not None)
        return Actor(person=rows[0].id, name=rows[0].name, seats=seats, channel=channel)

    def home(self) -> str | None:
        """The agency whose administrator was the first; None while there is none."""
        row = self._transaction.first(_HOME, {"of_role": ADMINISTRATOR})
        return str(row.agency) if row else None

    def known_person(self, identity_hash: str) -> Person | None:
        """The person of that keyed identity hash, or None."""
        row = self._transaction.first(_KNOWN, {"of_identity": identity_hash})
        return _person(row) if row else None

    def account(self, username: str) -> Account | None:
        """The account of that name, whatever its state, or None."""
        row = self._transaction.first(_HELD_FAST if self._locks else _NAMED, {"of_username": username})
        if row is None:
            return None
        return Account(username=row.username, person=row.person_id, **{name: getattr(row, name) for name in _STATE})

    def username_linked(self, identity: str) -> str | None:
        """The name of the account that single sign-on knows by that keyed hash, whatever its state, or None."""
        row = self._transaction.first(_LINKED, {"of_identity": identity})
        return str(row.username) if row else None

    def seats_of(self, person: str) -> tuple[Seat, ...]:
        """Every seat of a person, past and future ones too, in the order they were given."""
        return tuple(map(_seat, self._transaction.rows(_SEATS, {"of_person": person})))

    def waiting(self, seats: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The open proposals that wait for one of these seats, as (code, seat) by code."""
        rows = self._transaction.rows(_WAITING, {"holders": several(seats, self._transaction.dialect)})
        return tuple((row.code, row.holder) for row in rows)

    def add_person(self, person: Person, *, username: str, entry: Entry, identity_hash: str | None = None) -> None:
        """Writes a person with an account of that name. Raises UsernameTaken before anything was written."""
        self._refuse_taken(username)
        about = {"name": person.name, "address": person.address, "mail": person.mail, "identity_hash": identity_hash}
        written = self._change(entry)
        self._transaction.run(_ADD_PERSON, about | {"id": person.id, "entry_id": written})
        self._put_account(username, person.id, entry.recorded_at)

    def add_account(self, username: str, person: str, entry: Entry) -> None:
        """Writes another account of a person. Raises UsernameTaken before anything was written."""
        self._refuse_taken(username)
        self._change(entry)
        self._put_account(username, person, entry.recorded_at)

    def _refuse_taken(self, username: str) -> None:
        if self._transaction.first(_NAMED, {"of_username": username}) is not None:
            raise UsernameTaken(username)

    def _put_account(self, username: str, person: str, at: datetime) -> None:
        row: dict[str, Any] = {"username": username, "person_id": person, "created_at": at}
        fresh = Account(username=username, person=person)
        if not self._transaction.run(_ADD_ACCOUNT, row | {name: getattr(fresh, name) for name in _STATE}):
            raise UsernameTaken(username)  # Another transaction took it since the look above.

    def change_account(self, account: Account, entry: Entry | None) -> None:
        """Writes the new state of an account; without an entry only its count of wrong passwords."""
        if entry is not None:
            self._change(entry)
        state = {f"to_{name}": getattr(account, name) for name in _STATE}
        self._transaction.run(_CHANGE, state | {"of_username": account.username})

    def add_seat(self, person: str, seat: Seat, entry: Entry) -> None:
        """Writes a seat of a person."""
        place = {"person_id": person, **{name: getattr(seat, name) for name in _PLACE}}
        self._transaction.run(_ADD_SEAT, place | {"entry_id": self._change(entry)})

    def end_seat(self, person: str, seat: Seat, until: date, entry: Entry) -> None:
        """Gives a seat of a person a last day; the row stays."""
        self._change(entry)
        place = {f"of_{name}": getattr(seat, name) for name in ("role", "agency", "since", "capacity")}
        self._transaction.run(_END, place | {"of_person": person, "to_until": until})

    def token(self, sha256: str) -> Token | None:
        """The token of that hash, whether or not it still opens anything."""
        row = self._transaction.first(_ONE_TOKEN, {"of_sha256": sha256})
        return _token(row) if row else None

    def tokens(self, username: str) -> tuple[Token, ...]:
        """Every token of an account, oldest first."""
        return tuple(map(_token, self._transaction.rows(_TOKENS, {"of_username": username})))

    def add_token(self, token: Token, entry: Entry) -> None:
        """Writes a token."""
        self._change(entry)
        self._transaction.run(_ADD_TOKEN, {name: getattr(token, name) for name in _TOKEN_PARTS})

    def revoke_token(self, sha256: str, at: datetime, entry: Entry) -> None:
        """Closes a token for good."""
        self._change(entry)
        self._transaction.run(_REVOKE, {"of_sha256": sha256, "to_revoked": at})

    def use_token(self, sha256: str, on: date) -> None:
        """Remembers that a token opened something on that day; only the day is kept."""
        self._transaction.run(_USE, {"of_sha256": sha256, "to_day": on})


def _person(row: Any) -> Person:
    return Person(id=row.id, name=row.name, address=row.address, mail=row.mail)


def _of_person(row: Any, role: str, agency: str) -> Seat:
    return Seat(role=role, agency=agency, since=row.since, until=row.until, capacity=row.capacity)


def _seat(row: Any) -> Seat:
    return Seat(**{name: getattr(row, name) for name in _PLACE})


def _token(row: Any) -> Token:
    return Token(**{name: getattr(row, name) for name in _TOKEN_PARTS})


def by_name(people: Any) -> tuple[Person, ...]:
    """People in the order of their names, whatever a database thinks of Vietnamese letters."""
    return tuple(sorted(people, key=lambda person: (person.name, person.id)))
