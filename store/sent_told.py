"""What history says of certain mails, for whoever takes them out: entries and leaves, and nobody else's notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import ClauseElement, bindparam, select

from store.claims import among, several
from store.sent import opening_path, rows_of, said
from store.statements import Statement, Transaction
from store.tables import EntryRow, LeafRow, MessageRow, OpeningRow, table
from workflow.entries import Opening

_ENTRY, _LEAF, _MESSAGE, _OPENING = table(EntryRow), table(LeafRow), table(MessageRow), table(OpeningRow)


def _entries(dialect: str) -> ClauseElement:
    of = among(_MESSAGE.c.id, "ids", dialect, _MESSAGE.c.id.type)
    rows = select(_ENTRY.c.id, _ENTRY.c.body, _ENTRY.c.hash, _LEAF.c.position).distinct()
    joined = _MESSAGE.join(_ENTRY, _ENTRY.c.id == _MESSAGE.c.entry_id).join(_LEAF, _LEAF.c.entry_id == _ENTRY.c.id)
    return rows.select_from(joined).where(of).order_by(_ENTRY.c.id)


_ENTRIES = Statement(_entries)
_OPENED = Statement(
    select(_OPENING.c.path, _OPENING.c.salt, _OPENING.c.value)
    .where(_OPENING.c.entry_id == bindparam("of_entry", type_=_OPENING.c.entry_id.type))
    .order_by(_OPENING.c.path)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEntry:
    """An entry of mails: its leaf, and its openings, of which only those of the wanted mails have a value."""

    body: bytes
    hash: str
    position: int
    openings: tuple[Opening, ...]


def sent_entries(transaction: Transaction, mails: Sequence[str]) -> tuple[SentEntry, ...]:
    """The sealed entries that tell of these mails, but for old ones, which name the notices of others in the open."""
    rows = transaction.rows(_ENTRIES, {"ids": several(list(mails), transaction.dialect)}) if mails else []
    found = []
    for row in rows:
        told = orjson.loads(row.body)["messages"]
        if any("notices" in mail for mail in told):
            continue
        wanted = {opening_path(place) for place, mail in enumerate(told) if mail["id"] in mails}
        openings = tuple(
            Opening(path=one.path, salt=one.salt or b"", value=one.value if one.path in wanted else None)
            for one in transaction.rows(_OPENED, {"of_entry": row.id})
        )
        found.append(SentEntry(body=bytes(row.body), hash=row.hash, position=row.position, openings=openings))
    return tuple(found)


def notices_said(transaction: Transaction, mails: Sequence[str]) -> Mapping[str, str]:
    """The very text, by the notice's key, of which history holds the hash."""
    return {row.key: said(row).decode() for rows in rows_of(transaction, mails).values() for row in rows}
