"""Who there is, rebuilt from the entries of the registers: persons, accounts, seats and tokens.

Passwords, counts of wrong ones and days of use are no history: an entry says that a password was set, never which.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field

from workflow.accounts import Token
from workflow.changing import changed
from workflow.entries import Entry, opened, read_body
from workflow.proposal import Seat
from workflow.storage import Person


class Everybody(Struct, frozen=True, kw_only=True):
    """Who there is; what was erased is empty."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    #: Keyed identity hash by person.
    identities: Mapping[str, str] = field(default_factory=dict)
    #: Person by username.
    accounts: Mapping[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    #: Person and seat, in the order they were given.
    seats: tuple[tuple[str, Seat], ...] = ()
    tokens: Mapping[str, Token] = field(default_factory=dict)
    #: The second factor of each account that has one, and which codes for a lost telephone were used of it.
    factors: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    #: The keyed hash by which single sign-on knows each account that is linked.
    links: Mapping[str, str] = field(default_factory=dict)


def replay_people(entries: Sequence[Entry]) -> Everybody:
    """Everybody whom the entries of the registers, in order, tell of. Raises BrokenHistory where one does not fit."""
    known = Everybody()
    for entry in entries:
        if entry.kind in _TOLD:
            body = read_body(entry)
            known = _TOLD[entry.kind](known, body, opened(entry, body), entry.recorded_at)
    return known


_Body = Mapping[str, Any]
_Private = Mapping[str, str]


def _person(known: Everybody, body: _Body, private: _Private, _: datetime) -> Everybody:
    person = Person(id=body["new_person"], name=private.get("name", ""), address=private.get("address", ""))
    hashed = private.get("identity_hash")
    return changed(
        known,
        persons={**known.persons, person.id: person},
        identities={**known.identities, **({person.id: hashed} if hashed else {})},
        accounts={**known.accounts, body["username"]: person.id},
    )


def _account(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, accounts={**known.accounts, body["username"]: body["holder"]})


def _readdressed(known: Everybody, body: _Body, private: _Private, _: datetime) -> Everybody:
    person = changed(known.persons[body["holder"]], address=private.get("address", ""))
    return changed(known, persons={**known.persons, person.id: person})


def _wished(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    person = changed(known.persons[body["holder"]], mail=body["mail"])
    return changed(known, persons={**known.persons, person.id: person})


def _closed(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, closed=known.closed | {body["username"]})


def _opened(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, closed=known.closed - {body["username"]})


def _seated(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    until = date.fromisoformat(body["until"]) if body["until"] else None
    return changed(known, seats=(*known.seats, (body["holder"], changed(_seat(body), until=until))))


def _left(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    last_day = date.fromisoformat(body["last_day"])
    return changed(known, seats=end_seats(known.seats, body["holder"], _seat(body), last_day))


def _seat(body: _Body) -> Seat:
    since = date.fromisoformat(body["since"])
    return Seat(role=body["role"], agency=body["agency"], since=since, capacity=body["capacity"])


def _token(known: Everybody, body: _Body, private: _Private, at: datetime) -> Everybody:
    token = Token(
        sha256=body["sha256"],
        username=body["username"],
        label=private.get("label", ""),
        prefix=body["prefix"],
        created_at=at,
        expires_at=datetime.fromisoformat(body["expires_at"]) if body["expires_at"] else None,
        feed=body.get("feed"),
    )
    return changed(known, tokens={**known.tokens, token.sha256: token})


def _revoked(known: Everybody, body: _Body, _: _Private, at: datetime) -> Everybody:
    token = changed(known.tokens[body["sha256"]], revoked_at=at)
    return changed(known, tokens={**known.tokens, token.sha256: token})


def _secured(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, factors={**known.factors, body["username"]: (body["factor"], 0)})


def _recovered(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    factor, used = known.factors[body["username"]]
    return changed(known, factors={**known.factors, body["username"]: (factor, used | 1 << body["number"])})


def _unsecured(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, factors={name: one for name, one in known.factors.items() if name != body["username"]})


def _linked(known: Everybody, body: _Body, private: _Private, _: datetime) -> Everybody:
    return changed(known, links={**known.links, body["username"]: private.get("single_sign_on", "")})


def _unlinked(known: Everybody, body: _Body, _: _Private, __: datetime) -> Everybody:
    return changed(known, links={name: one for name, one in known.links.items() if name != body["username"]})


_TOLD: Mapping[str, Callable[[Everybody, _Body, _Private, datetime], Everybody]] = {
    "person-added": _person,
    "account-added": _account,
    "address-set": _readdressed,
    "mail-wished": _wished,
    "account-deactivated": _closed,
    "account-reactivated": _opened,
    "seat-given": _seated,
    "seat-ended": _left,
    "token-made": _token,
    "token-revoked": _revoked,
    "second-factor-set": _secured,
    "recovery-code-used": _recovered,
    "second-factor-ended": _unsecured,
    "sso-linked": _linked,
    "sso-ended": _unlinked,
}


def end_seats(seats: Sequence[tuple[str, Seat]], person: str, seat: Seat, until: date) -> tuple[tuple[str, Seat], ...]:
    """The seats with this one of a person ended; one that ends before that day anyway stays as it is."""
    same = changed(seat, until=None)

    def ended(holder: str, held: Seat) -> Seat:
        meant = holder == person and changed(held, until=None) == same and (held.until or date.max) > until
        return changed(held, until=until) if meant else held

    return tuple((holder, ended(holder, held)) for holder, held in seats)
