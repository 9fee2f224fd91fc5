"""Notices that wait to be sent: taken with a lease, their mail kept byte for byte, and what became of it recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic, sleep
from typing import Any, Protocol

from sqlalchemy import (
    Boolean,
    ClauseElement,
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from store.claims import among, several
from store.database import Database
from store.errors import DatabaseBusy, DatabaseUnreachable
from store.statements import Statement, Transaction, put
from store.tables import DeadlineRow, MessageRow, NoticeRow, ReminderRow, table

_NOTICE, _MESSAGE = table(NoticeRow), table(MessageRow)
_REMINDER, _DEADLINE = table(ReminderRow), table(DeadlineRow)
#: In the very words of the partial index.
_UNSENT = text("notice.state IN ('scheduled', 'sending')")
_GATHERED = text("notice.channel IN ('digest', 'list')")
_FREE = (
    _UNSENT,
    _NOTICE.c.next_attempt_at <= bindparam("at"),
    _NOTICE.c.send_after <= bindparam("at"),
    or_(_NOTICE.c.lease_until.is_(None), _NOTICE.c.lease_until <= bindparam("at")),
)
#: Seconds for which the outcome of a mail is kept in mind while the database is away, and between two attempts.
_PATIENCE, _PAUSE = 60.0, 0.2
_ABOUT = ("key", "notice", "channel", "to_person", "to_name", "to_address", "variables", "templates_sha256")


class Kept(Protocol):
    """A mail as it is kept."""

    @property
    def id(self) -> str:
        """Its Message-ID."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNotice:
    """A notice whose turn has come; satisfies ``notifications.outbox.Waiting``."""

    id: int
    key: str
    notice: str
    channel: str
    to_person: str | None
    to_name: str
    to_address: str
    variables: dict[str, Any]
    templates_sha256: str
    attempts: int
    #: The mail of an earlier attempt, which goes out again as it is.
    message_id: str | None
    content: bytes | None
    #: The deadline that it reminds of no longer runs, and nothing was composed yet.
    void: bool


def _void() -> ColumnElement[bool]:
    running = (
        exists()
        .select_from(_REMINDER.join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id))
        .where(
            _REMINDER.c.id == _NOTICE.c.reminder_id,
            _DEADLINE.c.epoch == _REMINDER.c.epoch,
            _DEADLINE.c.state == literal_column("'running'"),
        )
    )
    fresh = and_(_NOTICE.c.message_id.is_(None), _NOTICE.c.reminder_id.is_not(None))
    return type_coerce(case((and_(fresh, ~running), text("1")), else_=text("0")), Boolean())


def _waiting(*where: Any) -> Any:
    """Free notices and their mail; locked ones are passed over, for another process has them in hand."""
    return (
        select(
            *(_NOTICE.c.id, *(_NOTICE.c[name] for name in _ABOUT), _NOTICE.c.attempts, _NOTICE.c.message_id),
            *(_MESSAGE.c.bytes.label("content"), _void().label("void")),
        )
        .select_from(_NOTICE.join(_MESSAGE, _MESSAGE.c.id == _NOTICE.c.message_id, isouter=True))
        .where(*_FREE, *where)
        .order_by(_NOTICE.c.next_attempt_at, _NOTICE.c.id)
    )


_SINGLE = Statement(
    _waiting(text("notice.channel NOT IN ('digest', 'list')"))
    .limit(bindparam("most"))
    .with_for_update(of=_NOTICE, skip_locked=True)
)
# A gathered mail is not begun while the sweep may still add to it.
_READERS = Statement(
    select(_NOTICE.c.to_address)
    .where(
        *_FREE,
        _GATHERED,
        ~exists().where(
            _REMINDER.c.state == literal_column("'scheduled'"),
            _REMINDER.c.fire_at <= bindparam("at"),
            text("reminder.channel IN ('digest', 'list')"),
        ),
    )
    .order_by(_NOTICE.c.next_attempt_at, _NOTICE.c.id)
    .limit(bindparam("most"))
)


def _of_readers(dialect: str) -> ClauseElement:
    # Waits for whoever holds a row of the same reader, so that nobody's day is cut in two mails; always in one order.
    of: ClauseElement = (
        _waiting(_GATHERED, among(_NOTICE.c.to_address, "addresses", dialect, _NOTICE.c.to_address.type))
        .order_by(None)
        .order_by(_NOTICE.c.id)
        .with_for_update(of=_NOTICE)
    )
    return of


_TOGETHER = Statement(_of_readers)
_KEPT = Statement(select(_MESSAGE.c.id).where(_MESSAGE.c.id == bindparam("of_id")))
_KEEP = put(_MESSAGE)


def _change(by: ColumnElement[bool], **values: Any) -> Statement:
    return Statement(update(_NOTICE).where(by, _UNSENT).values(**values))


_BY_ID = _NOTICE.c.id == bindparam("of_id")
#: Whoever comes back after its lease was given away changes nothing.
_BY_LEASE = and_(_NOTICE.c.message_id == bindparam("of_message"), _NOTICE.c.lease_until == bindparam("lease"))
_OVER: dict[str, Any] = {
    "lease_until": literal_column("NULL"),
    "state": bindparam("to_state"),
    "last_error": bindparam("why"),
}
_LEASE = _change(
    _BY_ID,
    state=literal_column("'sending'"),
    attempts=_NOTICE.c.attempts + literal_column("1"),
    lease_until=bindparam("until"),
    next_attempt_at=bindparam("until"),
    message_id=bindparam("of_message"),
)
_CLOSE = _change(_BY_ID, **_OVER)
_FAIL = _change(_BY_LEASE, **_OVER)
_RETRY = _change(_BY_LEASE, **_OVER, next_attempt_at=bindparam("again_at"))
_RELEASE = _change(
    _BY_LEASE, **_OVER, next_attempt_at=bindparam("again_at"), attempts=_NOTICE.c.attempts - literal_column("1")
)
# The server's acceptance is a fact, whoever holds the lease by now.
_ACCEPT = _change(_NOTICE.c.message_id == bindparam("of_message"), **_OVER)
_ACCEPTED = Statement(
    update(_MESSAGE)
    .where(_MESSAGE.c.id == bindparam("of_id"), _MESSAGE.c.accepted_at.is_(None))
    .values(accepted_at=bindparam("at"))
)


class WaitingNotices:
    """Waiting notices that this process has to itself until the transaction ends, and after it by lease."""

    def __init__(self, transaction: Transaction, *, at: datetime, until: datetime, limit: int) -> None:
        self._transaction, self._at, self._until = transaction, at, until
        single = transaction.rows(_SINGLE, {"at": at, "most": limit})
        readers = sorted({row.to_address for row in transaction.rows(_READERS, {"at": at, "most": limit})})
        named = several(readers, transaction.dialect)
        together = transaction.rows(_TOGETHER, {"at": at, "addresses": named}) if readers else []
        self.waiting: Sequence[WaitingNotice] = tuple(WaitingNotice(**row._asdict()) for row in (*single, *together))

    def composed(self, message_id: str) -> bool:
        """Whether a mail of that Message-ID is kept already."""
        return self._transaction.first(_KEPT, {"of_id": message_id}) is not None

    def keep(self, letters: Iterable[Kept]) -> None:
        """Keeps the bytes of mails with their hashes."""
        about = {"composed_at": self._at, "accepted_at": None}
        rows = [{"id": one.id, "bytes": one.content, "sha256": sha256(one.content).hexdigest()} for one in letters]
        self._transaction.run_many(_KEEP, [about | row for row in rows])

    def lease(self, mails: Mapping[str, Iterable[int]]) -> None:
        """Takes the notices that each mail (by its Message-ID) carries, until the lease ends."""
        rows = [{"of_message": mail, "of_id": row} for mail, notices in mails.items() for row in notices]
        self._transaction.run_many(_LEASE, [row | {"until": self._until} for row in rows])

    def close(self, notices: Iterable[int], state: str, why: str) -> None:
        """Ends notices that no mail is sent for: accepted (shown in the application), failed or cancelled."""
        self._transaction.run_many(_CLOSE, [{"of_id": row, "to_state": state, "why": why} for row in notices])


class SqlOutbox:
    """The outbox of a database; satisfies ``notifications.outbox.Outbox``. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def claiming(self, *, at: datetime, until: datetime, limit: int) -> Iterator[WaitingNotices]:
        """Notices whose turn has come (and whose lease, if any, is over), for one transaction."""
        with self._database.transaction(writes=True) as transaction:
            yield WaitingNotices(transaction, at=at, until=until, limit=limit)

    def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
        """Records that the mail server (``by``: its words) took responsibility for a mail."""

        def write(transaction: Transaction) -> None:
            transaction.run(_ACCEPT, {"of_message": message_id, "to_state": "accepted", "why": by})
            transaction.run(_ACCEPTED, {"of_id": message_id, "at": at})

        self._write(write)

    def failed(self, message_id: str, *, lease: datetime, why: str) -> None:
        """Records that a mail will not be sent again."""
        self._record(_FAIL, message_id, lease, to_state="failed", why=why)

    def retry(self, message_id: str, *, lease: datetime, why: str, again_at: datetime) -> None:
        """Records an attempt that came to nothing, and when the next one is due."""
        self._record(_RETRY, message_id, lease, to_state="scheduled", why=why, again_at=again_at)

    def release(self, message_id: str, *, lease: datetime, again_at: datetime) -> None:
        """Gives a mail back that was not tried."""
        self._record(_RELEASE, message_id, lease, to_state="scheduled", why="", again_at=again_at)

    def _record(self, statement: Statement, message_id: str, lease: datetime, **values: Any) -> None:
        self._write(lambda transaction: transaction.run(statement, values | {"of_message": message_id, "lease": lease}))

    def _write(self, write: Callable[[Transaction], object]) -> None:
        """Writes an outcome, which nobody else knows: while the database is away it is tried again, up to a limit."""
        end = monotonic() + _PATIENCE
        while True:
            try:
                with self._database.transaction(writes=True) as transaction:
                    write(transaction)
            except (DatabaseUnreachable, DatabaseBusy):
                if monotonic() > end:
                    raise
                sleep(_PAUSE)
            else:
                return
