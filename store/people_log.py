"""Holds the people of a database against what the entries of the registers tell of them."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select

from store.statements import Statement, Transaction
from store.tables import AccountRow, PersonRow, SeatRow, TokenRow, table
from workflow.accounts import Token
from workflow.entries import Entry
from workflow.people_ledger import Everybody, replay_people
from workflow.proposal import Seat
from workflow.storage import Person

_PERSON, _ACCOUNT, _SEAT, _TOKEN = table(PersonRow), table(AccountRow), table(SeatRow), table(TokenRow)
_PERSONS, _ACCOUNTS = Statement(select(_PERSON)), Statement(select(_ACCOUNT))
_SEATS, _TOKENS = Statement(select(_SEAT).order_by(_SEAT.c.id)), Statement(select(_TOKEN))
_PLACE = ("role", "agency", "since", "until", "capacity")


def everybody(transaction: Transaction) -> Everybody:
    """Who there is by the tables."""
    persons, accounts = transaction.rows(_PERSONS), transaction.rows(_ACCOUNTS)
    tokens = [Token(**{part.name: getattr(row, part.name) for part in fields(Token)}) for row in _of(transaction)]
    return Everybody(
        persons={row.id: Person(id=row.id, name=row.name, address=row.address, mail=row.mail) for row in persons},
        identities={row.id: row.identity_hash for row in persons if row.identity_hash},
        accounts={row.username: row.person_id for row in accounts},
        closed=frozenset(row.username for row in accounts if not row.active),
        seats=tuple(
            (row.person_id, Seat(**{name: getattr(row, name) for name in _PLACE})) for row in transaction.rows(_SEATS)
        ),
        tokens={token.sha256: replace(token, last_used_on=None) for token in tokens},
    )


def _of(transaction: Transaction) -> list[Any]:
    """Tokens that history tells of: those made before it did have no prefix."""
    return [row for row in transaction.rows(_TOKENS) if row.prefix]


def people_findings(transaction: Transaction, entries: Sequence[Entry]) -> Iterator[str]:
    """What the tables say of people that history does not, or the other way round. Raises BrokenHistory."""
    told, kept = replay_people(entries), everybody(transaction)
    erased = any(opening.value is None for entry in entries for opening in entry.openings)
    for part in fields(Everybody):
        if erased and part.name in ("persons", "identities", "tokens"):
            continue  # History no longer tells them in full.
        if getattr(told, part.name) != getattr(kept, part.name):
            yield f"the registers tell something else of people than what is stored: {part.name}"
