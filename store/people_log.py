"""Holds the people of a database against what the entries of the registers tell of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from audit.findings import Finding
from store.statements import Statement, Transaction
from store.tables import AccountRow, PersonRow, SeatRow, TokenRow, table
from workflow.accounts import Token
from workflow.changing import changed
from workflow.entries import Entry, read_body
from workflow.people_ledger import Everybody, replay_people
from workflow.proposal import Seat
from workflow.service.chaining import REGISTERS
from workflow.storage import Person

_PERSON, _ACCOUNT, _SEAT, _TOKEN = table(PersonRow), table(AccountRow), table(SeatRow), table(TokenRow)
_PERSONS, _ACCOUNTS = Statement(select(_PERSON)), Statement(select(_ACCOUNT))
_SEATS, _TOKENS = Statement(select(_SEAT).order_by(_SEAT.c.id)), Statement(select(_TOKEN))
#: Of so many at most a finding says the names.
_NAMED = 5
_PLACE = ("role", "agency", "since", "until", "capacity")


def everybody(transaction: Transaction) -> Everybody:
    """Who there is by the tables."""
    persons, accounts = transaction.rows(_PERSONS), transaction.rows(_ACCOUNTS)
    tokens = [Token(**{name: getattr(row, name) for name in Token.__struct_fields__}) for row in _of(transaction)]
    return Everybody(
        persons={row.id: Person(id=row.id, name=row.name, address=row.address, mail=row.mail) for row in persons},
        identities={row.id: row.identity_hash for row in persons if row.identity_hash},
        accounts={row.username: row.person_id for row in accounts},
        closed=frozenset(row.username for row in accounts if not row.active),
        seats=tuple(
            (row.person_id, Seat(**{name: getattr(row, name) for name in _PLACE})) for row in transaction.rows(_SEATS)
        ),
        tokens={token.sha256: changed(token, last_used_on=None) for token in tokens},
        factors={row.username: (row.factor, row.spent_codes) for row in accounts if row.factor},
        links={row.username: row.single_sign_on for row in accounts if row.single_sign_on is not None},
    )


def _of(transaction: Transaction) -> list[Any]:
    """Tokens that history tells of: those made before it did have no prefix."""
    return [row for row in transaction.rows(_TOKENS) if row.prefix]


def people_findings(transaction: Transaction, entries: Sequence[Entry]) -> Iterator[Finding]:
    """What the tables say of people that history does not, or the other way round. Raises BrokenHistory."""
    erased = _erased(entries)
    told, kept = (_without(one, erased) for one in (replay_people(entries), everybody(transaction)))
    for name in Everybody.__struct_fields__:
        which = _differing(getattr(told, name), getattr(kept, name))
        if which:
            params: dict[str, str | int] = {"part": name, "which": ", ".join(which[:_NAMED]), "n": len(which)}
            yield Finding(subject=REGISTERS, seq=None, code="finding.people", params=params)


def _differing(told: Any, kept: Any) -> list[str]:
    """Of whom history and the tables say different things: persons, user names, or hashes of tokens."""
    if told == kept:
        return []
    if isinstance(told, Mapping):
        return sorted(key for key in {*told, *kept} if told.get(key) != kept.get(key))
    if isinstance(told, frozenset):
        return sorted(told ^ kept)
    one, other = (Counter((person, repr(seat)) for person, seat in seats) for seats in (told, kept))
    return sorted({person for person, _ in (one - other) + (other - one)}) or ["-"]  # Only their order differs.


class _Erased(NamedTuple):
    """Of whom history no longer tells everything, because a value was erased."""

    persons: frozenset[str]
    #: By their hashes.
    tokens: frozenset[str]
    #: By the names of their accounts.
    links: frozenset[str]


def _erased(entries: Sequence[Entry]) -> _Erased:
    """Of whom and of what a value was erased."""
    bodies = [(one.kind, read_body(one)) for one in entries if any(part.value is None for part in one.openings)]

    def named(kind: str, key: str) -> frozenset[str]:
        return frozenset(body[key] for found, body in bodies if found == kind)

    persons = named("person-added", "new_person") | named("address-set", "holder")
    return _Erased(persons, named("token-made", "sha256"), named("sso-linked", "username"))


def _without(known: Everybody, erased: _Erased) -> Everybody:
    """Everybody without the values of these persons, the labels of these tokens, and these links."""
    persons, tokens = erased.persons, erased.tokens
    return changed(
        known,
        persons={key: one for key, one in known.persons.items() if key not in persons},
        identities={key: one for key, one in known.identities.items() if key not in persons},
        tokens={key: changed(one, label="") if key in tokens else one for key, one in known.tokens.items()},
        links={key: one for key, one in known.links.items() if key not in erased.links},
    )
