"""Mails that were sent and history: which it does not know yet, and whether those it knows are still the same."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ClauseElement, Integer, bindparam, func, select, update

from audit.findings import Finding
from store.claims import among, several
from store.erasing import erased_mails
from store.moves import append
from store.statements import Statement, Transaction
from store.tables import EntryRow, MessageRow, NoticeRow, table
from workflow.entries import Entry, instant
from workflow.service.erasing import ERASED

#: The kind and the subject of the entries.
SENT, NOTICES = "notices-sent", "notices"
_ENTRY, _MESSAGE, _NOTICE = table(EntryRow), table(MessageRow), table(NoticeRow)
_MOST = bindparam("most", type_=Integer())
_UNRECORDED = (_MESSAGE.c.accepted_at.is_not(None), _MESSAGE.c.entry_id.is_(None))
_FRESH = Statement(
    select(_MESSAGE.c.id, _MESSAGE.c.sha256, _MESSAGE.c.accepted_at)
    .where(*_UNRECORDED)
    .order_by(_MESSAGE.c.id)
    .limit(_MOST)
)
_COUNTS = Statement(
    select(
        select(func.count()).select_from(_MESSAGE).where(*_UNRECORDED).scalar_subquery().label("fresh"),
        select(func.count())
        .select_from(_MESSAGE)
        .where(_MESSAGE.c.entry_id.is_not(None))
        .scalar_subquery()
        .label("known"),
    )
)
_ERASURES = Statement(select(_ENTRY.c.body).where(_ENTRY.c.kind == ERASED).order_by(_ENTRY.c.id))
_TOLD = Statement(
    select(_ENTRY.c.id, _ENTRY.c.body)
    .where(_ENTRY.c.kind == SENT, _ENTRY.c.id > bindparam("beyond", type_=_ENTRY.c.id.type))
    .order_by(_ENTRY.c.id)
    .limit(1)
)


def _carried(dialect: str) -> ClauseElement:
    of = among(_NOTICE.c.message_id, "ids", dialect, _MESSAGE.c.id.type)
    return select(_NOTICE.c.message_id, _NOTICE.c.key).where(of).order_by(_NOTICE.c.message_id, _NOTICE.c.key)


def _mark(dialect: str) -> ClauseElement:
    made: ClauseElement = (
        update(_MESSAGE)
        .where(among(_MESSAGE.c.id, "ids", dialect, _MESSAGE.c.id.type))
        .values(entry_id=bindparam("entry"))
    )
    return made


def _kept(dialect: str) -> ClauseElement:
    of = among(_MESSAGE.c.id, "ids", dialect, _MESSAGE.c.id.type)
    return select(_MESSAGE.c.id, _MESSAGE.c.bytes, _MESSAGE.c.entry_id).where(of)


_CARRIED, _MARK, _KEPT = Statement(_carried), Statement(_mark), Statement(_kept)


def fresh_mails(transaction: Transaction, most: int) -> list[dict[str, Any]]:
    """Mails that were taken and that history does not know yet: id, hash, when, and the notices that each carried."""
    rows = transaction.rows(_FRESH, {"most": most})
    ids = [row.id for row in rows]
    carried: dict[str, list[str]] = {id_: [] for id_ in ids}
    for row in transaction.rows(_CARRIED, {"ids": several(ids, transaction.dialect)}) if ids else ():
        carried[row.message_id].append(row.key)
    return [
        {"id": row.id, "sha256": row.sha256, "accepted_at": instant(row.accepted_at), "notices": carried[row.id]}
        for row in rows
    ]


def record_sent(transaction: Transaction, entry: Entry, ids: list[str]) -> None:
    """Writes the entry of mails, and marks them as known to history."""
    number = append(transaction, entry)
    transaction.run(_MARK, {"ids": several(ids, transaction.dialect), "entry": number})


class SentCheck:
    """Holds mails against what history says of them; memory is that of one entry."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        #: Mails compared, and those sent that history does not know yet.
        self.compared = self.unrecorded = 0
        self._erased: frozenset[str] = frozenset()

    def findings(self) -> Iterator[Finding]:
        """What does not fit."""
        counted: Any = self._transaction.first(_COUNTS)
        self.unrecorded, beyond, told = counted.fresh, 0, 0
        self._erased = erased_mails([row.body for row in self._transaction.rows(_ERASURES)])
        while row := self._transaction.first(_TOLD, {"beyond": beyond}):
            mails = orjson.loads(row.body)["messages"]
            beyond, told = row.id, told + len(mails)
            yield from self._one(row.id, mails)
        if counted.known != told:
            counts = {"known": counted.known, "told": told}
            yield Finding(subject=NOTICES, seq=None, code="finding.mails_counted", params=counts)

    def _one(self, entry_id: int, mails: list[dict[str, Any]]) -> Iterator[Finding]:
        ids = several([mail["id"] for mail in mails], self._transaction.dialect)
        kept = {row.id: row for row in self._transaction.rows(_KEPT, {"ids": ids})}
        for mail in mails:
            self.compared += 1
            row, notices = kept.get(mail["id"]), ", ".join(mail["notices"])
            if row is None:
                code = "finding.mail_gone"
            elif not row.bytes and mail["id"] in self._erased:
                continue
            elif sha256(row.bytes).hexdigest() != mail["sha256"] or row.entry_id != entry_id:
                code = "finding.mail_changed"
            else:
                continue
            yield Finding(subject=NOTICES, seq=None, code=code, params={"id": mail["id"], "keys": notices})
