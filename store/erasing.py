"""What is kept of a person: which personal values and mails there are, and their erasure.

In history a value goes with its salt, so that nobody can guess it from the commitment that stays (``opening``; its
trigger lets nothing else happen). Beside history go name, address, identity hash and links with single sign-on,
and the bytes of mails to them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ClauseElement, LargeBinary, String, bindparam, func, null, select, text, update

from audit.findings import Finding
from store.moves import append
from store.statements import Statement, Transaction
from store.tables import AccountRow, BadAddressRow, EntryRow, MessageRow, NoticeRow, OpeningRow, PersonRow, table
from workflow.entries import Entry
from workflow.service.chaining import REGISTERS
from workflow.service.erasing import ERASED, openings_hash

_ENTRY, _OPENING, _PERSON = table(EntryRow), table(OpeningRow), table(PersonRow)
_ACCOUNT, _NOTICE, _MESSAGE, _BAD = table(AccountRow), table(NoticeRow), table(MessageRow), table(BadAddressRow)
#: Who wrote an entry: theirs, whomever the entry is about.
_AUTHOR = ("actor", "os_user")
_OF = bindparam("person", type_=String())


def _mentioning(dialect: str) -> ClauseElement:
    """Openings that still have a value, of entries whose body names a text."""
    if dialect == "sqlite":
        place: Any = func.instr(_ENTRY.c.body, bindparam("quoted", type_=LargeBinary()))
    else:
        place = func.strpos(func.convert_from(_ENTRY.c.body, "UTF8"), bindparam("quoted", type_=String()))
    rows = select(_OPENING.c.entry_id, _OPENING.c.path, _OPENING.c.value, _ENTRY.c.body)
    return rows.join(_ENTRY, _ENTRY.c.id == _OPENING.c.entry_id).where(_OPENING.c.value.is_not(None), place > 0)


_MENTIONING = Statement(_mentioning)
_ADDRESSED = Statement(
    select(_OPENING.c.entry_id, _OPENING.c.path).where(
        _OPENING.c.path == "address", _OPENING.c.value == bindparam("of_value", type_=String())
    )
)
_ACCOUNTS = Statement(select(_ACCOUNT.c.username, _ACCOUNT.c.active).where(_ACCOUNT.c.person_id == _OF))
_MAILS = Statement(
    select(_MESSAGE.c.id, _MESSAGE.c.entry_id)
    .where(_MESSAGE.c.id.in_(select(_NOTICE.c.message_id).where(_NOTICE.c.to_person == _OF)), _MESSAGE.c.bytes != b"")
    .order_by(_MESSAGE.c.id)
)
_OPENED = Statement(
    select(_OPENING.c.path, _ENTRY.c.body)
    .join(_ENTRY, _ENTRY.c.id == _OPENING.c.entry_id)
    .where(_OPENING.c.entry_id == bindparam("of_entry", type_=_ENTRY.c.id.type), _OPENING.c.value.is_not(None))
)
_ERASE = Statement(
    update(_OPENING)
    .where(_OPENING.c.entry_id == bindparam("of_entry"), _OPENING.c.path == bindparam("of_path"))
    .values(salt=null(), value=null(), erased_by=bindparam("by_entry"))
)
_EMPTY = Statement(update(_MESSAGE).where(_MESSAGE.c.id == bindparam("of_id")).values(bytes=b""))
_NAMELESS = Statement(update(_PERSON).where(_PERSON.c.id == _OF).values(name="", address="", identity_hash=null()))
_UNLINKED = Statement(update(_ACCOUNT).where(_ACCOUNT.c.person_id == _OF).values(single_sign_on=null()))
_GONE = Statement(
    select(_OPENING.c.erased_by, _OPENING.c.entry_id, _OPENING.c.path)
    .where(_OPENING.c.value.is_(None))
    .order_by(_OPENING.c.entry_id, _OPENING.c.path)
)
_ERASURES = Statement(select(_ENTRY.c.id, _ENTRY.c.seq, _ENTRY.c.body).where(_ENTRY.c.kind == ERASED))
_TOLD = Statement(select(_NOTICE.c.id, _NOTICE.c.variables).where(_NOTICE.c.to_person == _OF))
_UNTELL = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.id == bindparam("of_id"))
    .values(to_name="", to_address="", variables=bindparam("told", type_=_NOTICE.c.variables.type))
)
_WAITS = text("state IN ('scheduled', 'sending', 'to_print')")
_CANCEL = Statement(
    update(_NOTICE).where(_NOTICE.c.to_person == _OF, _WAITS).values(state="cancelled", last_error="erased")
)
_GOOD = Statement(
    update(_BAD)
    .where(_BAD.c.person_id == _OF)
    .values(address="", cleared_at=func.coalesce(_BAD.c.cleared_at, bindparam("at", type_=_BAD.c.cleared_at.type)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What is kept of a person."""

    person: str
    #: Whether one of their accounts is not deactivated.
    active: bool
    #: Openings by entry and path.
    openings: tuple[tuple[int, str], ...]
    #: Message-IDs of mails to them.
    mails: tuple[str, ...]


def personal_of(transaction: Transaction, person: str) -> Personal:
    """Everything of a person that can be erased."""
    accounts = transaction.rows(_ACCOUNTS, {"person": person})
    names = {person, *(row.username for row in accounts)}
    rows = [row for name in sorted(names) for row in _mentions(transaction, name)]
    about = {(row.entry_id, row.path): row.value for row in rows if _is_about(row, person, names)}
    values = set(about.values())
    theirs = set(about) | {(row.entry_id, row.path) for row in rows if _is_theirs(row, person, values)}
    for value in sorted(values):
        theirs |= {(row.entry_id, row.path) for row in transaction.rows(_ADDRESSED, {"of_value": value})}
    mails = transaction.rows(_MAILS, {"person": person})
    theirs |= set(_carried(transaction, mails))
    return Personal(
        person=person,
        active=any(row.active for row in accounts),
        openings=tuple(sorted(theirs)),
        mails=tuple(row.id for row in mails),
    )


def _carried(transaction: Transaction, mails: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Where history says which notices these mails carried."""
    ids = {row.id for row in mails}
    for number in sorted({row.entry_id for row in mails if row.entry_id is not None}):
        rows = transaction.rows(_OPENED, {"of_entry": number})
        told = orjson.loads(rows[0].body)["messages"] if rows else ()
        paths = {f"messages.{place}" for place, mail in enumerate(told) if mail["id"] in ids}
        yield from ((number, row.path) for row in rows if row.path in paths)


def _mentions(transaction: Transaction, name: str) -> Iterator[Any]:
    quoted: Any = orjson.dumps(name)
    yield from transaction.rows(_MENTIONING, {"quoted": quoted if transaction.dialect == "sqlite" else quoted.decode()})


def _is_about(row: Any, person: str, names: set[str]) -> bool:
    """Of the registers' entries about the person: name, address, identity, the label of a token."""
    body = orjson.loads(row.body)
    who = {body.get("new_person"), body.get("holder"), body.get("username")}
    return body["subject"] == REGISTERS and bool(who & (names | {person})) and row.path not in _AUTHOR


def _is_theirs(row: Any, person: str, values: set[str]) -> bool:
    """What they wrote under their name, and what others wrote of them."""
    wrote = orjson.loads(row.body).get("person") == person
    return row.value in values or (wrote and row.path in _AUTHOR)


def erase(transaction: Transaction, entry: Entry, found: Personal, *, at: datetime) -> None:
    """Writes the entry, and erases what was found."""
    number, of = append(transaction, entry), {"person": found.person}
    transaction.run_many(
        _ERASE, [{"of_entry": one, "of_path": path, "by_entry": number} for one, path in found.openings]
    )
    transaction.run(_CANCEL, of)
    transaction.run_many(_EMPTY, [{"of_id": mail} for mail in found.mails])
    told = [{"of_id": row.id, "told": _without_name(row.variables)} for row in transaction.rows(_TOLD, of)]
    transaction.run_many(_UNTELL, told)
    transaction.run(_GOOD, of | {"at": at})
    transaction.run(_NAMELESS, of)
    transaction.run(_UNLINKED, of)


def _without_name(variables: Any) -> Any:
    return {**variables, "nguoi_nhan": ""} if "nguoi_nhan" in variables else variables


def erasure_findings(transaction: Transaction) -> Iterator[Finding]:
    """Values that are gone and of which no erasure tells, and erasures that tell of more or fewer."""
    gone: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
    for row in transaction.rows(_GONE):
        gone[row.erased_by].append((row.entry_id, row.path))
    for row in transaction.rows(_ERASURES):
        body, found = orjson.loads(row.body), gone.pop(row.id, [])
        if body["openings"] != len(found):
            counts = {"found": len(found), "told": body["openings"]}
            yield Finding(subject=REGISTERS, seq=row.seq, code="finding.erased", params=counts)
        elif body.get("openings_sha256") not in (None, openings_hash(found)):
            yield Finding(subject=REGISTERS, seq=row.seq, code="finding.erased_others", params={"n": len(found)})
    if gone:
        counts = {"n": sum(map(len, gone.values()))}
        yield Finding(subject=REGISTERS, seq=None, code="finding.erased_by_nobody", params=counts)


def erased_mails(bodies: Sequence[bytes]) -> frozenset[str]:
    """The mails whose bytes went, by the bodies of the entries of erasures."""
    return frozenset(mail for body in bodies for mail in orjson.loads(body)["mails"])
