"""Mails that were sent and history: which it does not know yet, and whether those it knows are still the same.

An entry names of each mail its id, the hash of its bytes and when it was taken. Which notices it carried, and the hash
of each one's row, stand in an opening beside it: they name people, so an erasure takes them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ClauseElement, Integer, bindparam, func, literal_column, or_, select, text, update

from audit.findings import Finding
from store.claims import among, several
from store.erasing import erased_mails
from store.moves import append
from store.statements import Statement, Transaction
from store.tables import EntryRow, MessageRow, NoticeRow, OpeningRow, table
from workflow.entries import Entry, canonical, instant
from workflow.service.delivering import RESENT
from workflow.service.erasing import ERASED

#: The kind and the subject of the entries.
SENT, NOTICES = "notices-sent", "notices"
_ENTRY, _OPENING = table(EntryRow), table(OpeningRow)
_MESSAGE, _NOTICE = table(MessageRow), table(NoticeRow)
#: What is said of a notice once and never again; what became of it since is not among it.
_SAID = (
    *("key", "proposal_id", "seq", "reminder_id", "notice", "to_seat", "to_person", "to_name", "to_address"),
    *("channel", "variables", "templates_sha256"),
)
#: A notice cannot be so where its mail was taken.
_UNSENT = ("scheduled", "sending", "to_print")
_MOST_TOLD = 1000
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
_RESENT = Statement(select(_ENTRY.c.body, _ENTRY.c.recorded_at).where(_ENTRY.c.kind == RESENT).order_by(_ENTRY.c.id))
_TOLD = Statement(
    select(_ENTRY.c.id, _ENTRY.c.body)
    .where(_ENTRY.c.kind == SENT, _ENTRY.c.id > bindparam("beyond", type_=_ENTRY.c.id.type))
    .order_by(_ENTRY.c.id)
    .limit(1)
)
_OPENED = Statement(
    select(_OPENING.c.path, _OPENING.c.value).where(
        _OPENING.c.entry_id == bindparam("of_entry", type_=_OPENING.c.entry_id.type)
    )
)
#: A mail and its notices are marked in one transaction: these were not, whoever did it.
_AT_ODDS = Statement(
    select(_NOTICE.c.id.label("number"), _NOTICE.c.key, _NOTICE.c.state, _MESSAGE.c.id, _MESSAGE.c.accepted_at)
    .join(_MESSAGE, _MESSAGE.c.id == _NOTICE.c.message_id)
    .where(
        _MESSAGE.c.entry_id.is_(None),
        or_(
            text("message.accepted_at IS NOT NULL AND notice.state IN ('scheduled', 'sending')"),
            text("message.accepted_at IS NULL AND notice.state = 'accepted'"),
        ),
    )
    .order_by(_NOTICE.c.id)
    .limit(literal_column(str(_MOST_TOLD)))
)


def _carried(dialect: str) -> ClauseElement:
    of = among(_NOTICE.c.message_id, "ids", dialect, _MESSAGE.c.id.type)
    rows = select(_NOTICE.c.message_id, _NOTICE.c.id, _NOTICE.c.state, *(_NOTICE.c[name] for name in _SAID))
    return rows.where(of).order_by(_NOTICE.c.message_id, _NOTICE.c.key)


def _mark(dialect: str) -> ClauseElement:
    made: ClauseElement = (
        update(_MESSAGE)
        .where(among(_MESSAGE.c.id, "ids", dialect, _MESSAGE.c.id.type))
        .values(entry_id=bindparam("entry"))
    )
    return made


def _kept(dialect: str) -> ClauseElement:
    of = among(_MESSAGE.c.id, "ids", dialect, _MESSAGE.c.id.type)
    return select(_MESSAGE.c.id, _MESSAGE.c.bytes, _MESSAGE.c.accepted_at, _MESSAGE.c.entry_id).where(of)


_CARRIED, _MARK, _KEPT = Statement(_carried), Statement(_mark), Statement(_kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshMails:
    """Mails that were taken and that history does not know yet, as their entry tells them."""

    ids: Sequence[str]
    #: What stands open, and what names people: the notices that each mail carried.
    content: Mapping[str, Any]
    private: Mapping[str, str]


def fresh_mails(transaction: Transaction, most: int) -> FreshMails:
    """The oldest mails that were taken and that history does not know yet."""
    rows = transaction.rows(_FRESH, {"most": most})
    carried = rows_of(transaction, [row.id for row in rows])
    mails = [
        {
            "id": row.id,
            "sha256": row.sha256,
            "accepted_at": instant(row.accepted_at),
            "carried": len(carried[row.id]),
        }
        for row in rows
    ]
    told = {opening_path(number): _told(carried[row.id]) for number, row in enumerate(rows)}
    return FreshMails(ids=[row.id for row in rows], content={"messages": mails}, private=told)


def opening_path(number: int) -> str:
    """Where the notices of a mail stand in the openings of its entry, by its place in there."""
    return f"messages.{number}"


def _told(notices: Sequence[Any]) -> str:
    return canonical([[row.key, _digest(row)] for row in notices]).decode()


def said(row: Any) -> bytes:
    """What a row says of a notice, as it is hashed."""
    return canonical({name: getattr(row, name) for name in _SAID})


def _digest(row: Any) -> str:
    return sha256(said(row)).hexdigest()


def rows_of(transaction: Transaction, mails: Sequence[str]) -> dict[str, list[Any]]:
    """The rows of the notices that mails carried."""
    carried: dict[str, list[Any]] = defaultdict(list)
    for row in transaction.rows(_CARRIED, {"ids": several(list(mails), transaction.dialect)}) if mails else ():
        carried[row.message_id].append(row)
    return carried


def record_sent(transaction: Transaction, entry: Entry, ids: Sequence[str]) -> None:
    """Writes the entry of mails, and marks them as known to history."""
    number = append(transaction, entry)
    transaction.run(_MARK, {"ids": several(list(ids), transaction.dialect), "entry": number})


class SentCheck:
    """Holds mails, and the notices that they carried, against history; memory is that of one entry."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        #: Mails and notices compared, and mails sent that history does not know yet.
        self.compared = self.notices = self.unrecorded = 0
        self._erased: frozenset[str] = frozenset()

    @cached_property
    def _resent(self) -> Mapping[int, str]:
        """The notices that somebody sent once more, and when that was last."""
        rows = self._transaction.rows(_RESENT)
        return {orjson.loads(row.body)["number"]: instant(row.recorded_at) for row in rows}

    def _waits_again(self, number: int, accepted_at: str) -> bool:
        """Whether a notice was sent once more after its mail was taken: only then it waits beside a mail like that."""
        return self._resent.get(number, "") >= accepted_at

    def findings(self) -> Iterator[Finding]:
        """What does not fit."""
        counted: Any = self._transaction.first(_COUNTS)
        self.unrecorded, beyond, told = counted.fresh, 0, 0
        self._erased = erased_mails([row.body for row in self._transaction.rows(_ERASURES)])
        while row := self._transaction.first(_TOLD, {"beyond": beyond}):
            mails = orjson.loads(row.body)["messages"]
            beyond, told = row.id, told + len(mails)
            yield from self._entry(row.id, mails)
        if counted.known != told:
            yield _finding("finding.mails_counted", known=counted.known, told=told)
        for row in self._transaction.rows(_AT_ODDS):
            if row.accepted_at is not None and self._waits_again(row.number, instant(row.accepted_at)):
                continue
            yield _finding("finding.notice_state", id=row.id, key=row.key, state=row.state)

    def _entry(self, entry_id: int, mails: list[dict[str, Any]]) -> Iterator[Finding]:
        ids = [mail["id"] for mail in mails]
        kept = {row.id: row for row in self._transaction.rows(_KEPT, {"ids": several(ids, self._transaction.dialect)})}
        opened = {row.path: row.value for row in self._transaction.rows(_OPENED, {"of_entry": entry_id})}
        carried = rows_of(self._transaction, ids)
        for number, mail in enumerate(mails):
            self.compared += 1
            value = opened.get(opening_path(number))
            told = orjson.loads(value) if value else [[key, None] for key in mail.get("notices", ())]
            yield from self._mail(entry_id, mail, kept.get(mail["id"]), ", ".join(key for key, _ in told))
            if value or "notices" in mail:
                yield from self._notices(mail, dict(told), carried[mail["id"]])
            elif len(carried[mail["id"]]) != mail["carried"]:
                counts = {"told": mail["carried"], "known": len(carried[mail["id"]])}
                yield _finding("finding.notices_counted", id=mail["id"], **counts)

    def _mail(self, entry_id: int, mail: dict[str, Any], row: Any, notices: str) -> Iterator[Finding]:
        """The mail itself: whether it is there, in which bytes, and when it was taken."""
        of = {"id": mail["id"], "keys": notices}
        if row is None:
            yield _finding("finding.mail_gone", **of)
            return
        erased = not row.bytes and mail["id"] in self._erased
        if row.entry_id != entry_id or not (erased or sha256(row.bytes).hexdigest() == mail["sha256"]):
            yield _finding("finding.mail_changed", **of)
        at = "-" if row.accepted_at is None else instant(row.accepted_at)
        if at != mail["accepted_at"]:
            yield _finding("finding.mail_time", **of, at=at, told=mail["accepted_at"])

    def _notices(self, mail: dict[str, Any], told: dict[str, str | None], rows: Sequence[Any]) -> Iterator[Finding]:
        """The notices that the mail carried: none gone, none more, none rewritten; none that says it was not sent."""
        self.notices += len(told)
        for key in sorted(told.keys() - {row.key for row in rows}):
            yield _finding("finding.notice_gone", id=mail["id"], key=key)
        for row in rows:
            of = {"id": mail["id"], "key": row.key}
            if row.key not in told:
                yield _finding("finding.notice_added", **of)
            elif told[row.key] not in (None, _digest(row)) and mail["id"] not in self._erased:
                yield _finding("finding.notice_changed", **of)
            if row.state in _UNSENT and not self._waits_again(row.id, mail["accepted_at"]):
                yield _finding("finding.notice_state", **of, state=row.state)


def _finding(code: str, **params: str | int) -> Finding:
    return Finding(subject=NOTICES, seq=None, code=code, params=params)
