"""Notices that wait to be sent: taken with a lease, their mail kept byte for byte, and what became of it recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from time import monotonic, sleep
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    ClauseElement,
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from store.claims import among, several, still
from store.database import Database
from store.errors import DatabaseBusy, DatabaseUnreachable
from store.mails import Kept, is_kept, keep
from store.pinned import Pinned
from store.statements import Statement, Transaction
from store.tables import BadAddressRow, DeadlineRow, MessageRow, NoticeRow, ReminderRow, WebhookRow, table
from store.together import change_all
from store.undelivered import Undelivered
from store.unit_of_work import SqlUnitOfWork

_NOTICE, _MESSAGE = table(NoticeRow), table(MessageRow)
_REMINDER, _DEADLINE = table(ReminderRow), table(DeadlineRow)
_BAD, _WEBHOOK = table(BadAddressRow), table(WebhookRow)
#: In the very words of the partial index.
_UNSENT = text("notice.state IN ('scheduled', 'sending')")
_GATHERED = text("notice.channel IN ('digest', 'list')")
_FREE = (
    _UNSENT,
    _NOTICE.c.next_attempt_at <= bindparam("at"),
    _NOTICE.c.send_after <= bindparam("at"),
    or_(_NOTICE.c.lease_until.is_(None), _NOTICE.c.lease_until <= bindparam("at")),
)
_ABOUT = (
    *("key", "notice", "channel", "to_seat", "to_person", "to_name", "to_address", "variables", "templates_sha256"),
    *("seq", "reminder_id", "proposal_id"),
)
#: At night and on days off only what was planned for them goes out, and official letters that were begun by day.
_NOW = or_(
    bindparam("closed_since", type_=_NOTICE.c.send_after.type).is_(None),
    _NOTICE.c.send_after >= bindparam("closed_since", type_=_NOTICE.c.send_after.type),
    and_(_NOTICE.c.reminder_id.is_(None), _NOTICE.c.attempts > literal_column("0")),
)
Written = TypeVar("Written")
#: Seconds for which the outcome of a mail is kept in mind while the database is away, and between two attempts.
_PATIENCE, _PAUSE = 60.0, 0.2


class WaitingNotice(Struct, frozen=True, kw_only=True):
    """A notice whose turn has come; satisfies ``notifications.outbox.Waiting``."""

    id: int
    key: str
    notice: str
    channel: str
    to_seat: str
    to_person: str | None
    to_name: str
    to_address: str
    variables: dict[str, Any]
    templates_sha256: str
    seq: int | None
    reminder_id: int | None
    proposal_id: int
    attempts: int
    #: The mail of an earlier attempt, which goes out again as it is.
    message_id: str | None
    content: bytes | None
    #: The deadline that it reminds of no longer runs, and nothing was composed yet.
    void: bool
    #: Why nothing is sent to its address any more; None: it is.
    refused: str | None


def _void() -> ColumnElement[bool]:
    # Asked as a value, not with EXISTS: PostgreSQL would gather every running deadline first, batch after batch.
    running = (
        select(literal_column("1"))
        .select_from(_REMINDER.join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id))
        .where(
            _REMINDER.c.id == _NOTICE.c.reminder_id,
            _DEADLINE.c.epoch == _REMINDER.c.epoch,
            _DEADLINE.c.state == literal_column("'running'"),
        )
        .scalar_subquery()
    )
    fresh = and_(_NOTICE.c.message_id.is_(None), _NOTICE.c.reminder_id.is_not(None))
    return type_coerce(case((and_(fresh, running.is_(None)), text("1")), else_=text("0")), Boolean())


def _refused() -> Any:
    marked = select(_BAD.c.reason).where(
        _BAD.c.address == func.lower(_NOTICE.c.to_address), text("bad_address.cleared_at IS NULL")
    )
    return marked.scalar_subquery()


def _waiting(*where: Any) -> Any:
    """Free notices and their mail; locked ones are passed over, for another process has them in hand."""
    return (
        select(
            *(_NOTICE.c.id, *(_NOTICE.c[name] for name in _ABOUT), _NOTICE.c.attempts, _NOTICE.c.message_id),
            *(_MESSAGE.c.bytes.label("content"), _void().label("void"), _refused().label("refused")),
        )
        .select_from(_NOTICE.join(_MESSAGE, _MESSAGE.c.id == _NOTICE.c.message_id, isouter=True))
        .where(*_FREE, *where)
        .order_by(_NOTICE.c.next_attempt_at, _NOTICE.c.id)
    )


_SINGLE = Statement(
    _waiting(text("notice.channel NOT IN ('digest', 'list', 'webhook')"), _NOW)
    .limit(bindparam("most"))
    .with_for_update(of=_NOTICE, skip_locked=True)
)
_HOOKED = Statement(
    _waiting(text("notice.channel = 'webhook'")).limit(bindparam("most")).with_for_update(of=_NOTICE, skip_locked=True)
)
_HEARD = _NOTICE.alias("heard")


def _or_none(number: Any) -> Any:
    """The number, or 0 for none: compared so, it leads no planner to an index in which nearly all are none."""
    return func.coalesce(number, literal_column("0"))


_ON_PAPER = Statement(
    select(
        *(_NOTICE.c.id, *(_NOTICE.c[name] for name in _ABOUT), _NOTICE.c.attempts, _NOTICE.c.message_id),
        *(null().label("content"), type_coerce(text("0"), Boolean()).label("void"), null().label("refused")),
    )
    .select_from(_WEBHOOK.join(_NOTICE, _NOTICE.c.to_seat.endswith(literal("@") + _WEBHOOK.c.agency)))
    .where(
        _WEBHOOK.c.removed_at.is_(None),
        # In the very words of another partial index; then what is wanted of it.
        text("notice.state IN ('failed', 'bounced', 'to_print')"),
        text("notice.state = 'to_print'"),
        _NOTICE.c.send_after >= _WEBHOOK.c.created_at,
        ~exists().where(
            _HEARD.c.proposal_id == _NOTICE.c.proposal_id,
            _HEARD.c.channel == literal_column("'webhook'"),
            _HEARD.c.to_name == _WEBHOOK.c.id,
            _HEARD.c.notice == _NOTICE.c.notice,
            _or_none(_HEARD.c.seq) == _or_none(_NOTICE.c.seq),
            _or_none(_HEARD.c.reminder_id) == _or_none(_NOTICE.c.reminder_id),
        ),
    )
    .order_by(_NOTICE.c.id)
    .limit(bindparam("most"))
)
# A gathered mail is not begun while the sweep may still add to it.
_READERS = Statement(
    select(_NOTICE.c.to_address)
    .where(
        *_FREE,
        _GATHERED,
        _NOW,
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
        _waiting(_GATHERED, _NOW, among(_NOTICE.c.to_address, "addresses", dialect, _NOTICE.c.to_address.type))
        .order_by(None)
        .order_by(_NOTICE.c.id)
        .with_for_update(of=_NOTICE)
    )
    return of


_TOGETHER = Statement(_of_readers)


def _change(by: ColumnElement[bool], **values: Any) -> Statement:
    return Statement(update(_NOTICE).where(by, _UNSENT).values(**values))


#: Whoever comes back after its lease was given away changes nothing.
_BY_LEASE = and_(_NOTICE.c.message_id == bindparam("of_message"), _NOTICE.c.lease_until == bindparam("lease"))
_OVER: dict[str, Any] = {
    "lease_until": literal_column("NULL"),
    "state": bindparam("to_state"),
    "last_error": bindparam("why"),
}
_LEASE = change_all(
    _NOTICE,
    still(_NOTICE.c.state, "scheduled", "sending"),
    key=_NOTICE.c.id,
    by="of_id",
    values={
        "state": literal_column("'sending'"),
        "attempts": _NOTICE.c.attempts + literal_column("1"),
        "lease_until": "until",
        "next_attempt_at": "until",
        "message_id": "of_message",
    },
)
_CLOSE = change_all(
    _NOTICE,
    still(_NOTICE.c.state, "scheduled", "sending"),
    key=_NOTICE.c.id,
    by="of_id",
    values={"state": "to_state", "last_error": "why", "lease_until": literal_column("NULL")},
)
_LOSE = Statement(update(_NOTICE).where(_BY_LEASE, _UNSENT).values(**_OVER).returning(_NOTICE.c.id))
#: A report may be here before our own record that the server took the mail.
_BOUNCE = Statement(
    update(_NOTICE)
    .where(
        _NOTICE.c.message_id == bindparam("of_message"), text("notice.state IN ('accepted', 'sending', 'scheduled')")
    )
    .values(**_OVER)
    .returning(_NOTICE.c.id)
)
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


class WaitingNotices(Undelivered):
    """Waiting notices that this process has to itself until the transaction ends, and after it by lease."""

    def __init__(
        self, transaction: Transaction, uow: SqlUnitOfWork, waiting: Iterable[Any], *, at: datetime, until: datetime
    ) -> None:
        super().__init__(transaction, uow)
        self._at, self._until = at, until
        self.waiting: Sequence[WaitingNotice] = tuple(WaitingNotice(**row._asdict()) for row in waiting)

    def composed(self, message_id: str) -> bool:
        """Whether a mail of that Message-ID is kept already."""
        return is_kept(self._transaction, message_id)

    def keep(self, letters: Iterable[Kept]) -> None:
        """Keeps the bytes of mails with their hashes."""
        keep(self._transaction, letters, composed_at=self._at)

    def lease(self, mails: Mapping[str, Iterable[int]]) -> None:
        """Takes the notices that each mail (by its Message-ID) carries, until the lease ends."""
        rows = [{"of_message": mail, "of_id": row} for mail, notices in mails.items() for row in notices]
        self._transaction.run_many(_LEASE, [row | {"until": self._until} for row in rows])

    def close(self, notices: Iterable[int], state: str, why: str) -> None:
        """Ends notices that no mail is sent for: accepted (shown in the application), failed or cancelled."""
        self._transaction.run_many(_CLOSE, [{"of_id": row, "to_state": state, "why": why} for row in notices])


class WaitingHooks(WaitingNotices):
    """What goes to webhooks, and what no webhook has heard of because it goes out on paper."""

    @cached_property
    def on_paper(self) -> Sequence[WaitingNotice]:
        """The notices on paper to agencies that have a webhook which has not heard of them."""
        rows = self._transaction.rows(_ON_PAPER, {"most": 500}) if self.uow.webhooks() else []
        return tuple(WaitingNotice(**row._asdict()) for row in rows)


class SqlOutbox:
    """The outbox of a database; satisfies ``notifications.outbox.Outbox``. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database, self._pinned = database, Pinned()

    @contextmanager
    def claiming(
        self, *, at: datetime, until: datetime, limit: int, closed_since: datetime | None = None
    ) -> Iterator[WaitingNotices]:
        """Notices whose turn has come (and whose lease, if any, is over), for one transaction."""
        with self._writing() as (transaction, uow):
            now = {"at": at, "closed_since": closed_since}
            waiting = (*transaction.rows(_SINGLE, {**now, "most": limit}), *_gathered(transaction, now, limit))
            yield WaitingNotices(transaction, uow, waiting, at=at, until=until)

    @contextmanager
    def claiming_hooks(self, *, at: datetime, until: datetime, limit: int) -> Iterator[WaitingHooks]:
        """The same of what goes to webhooks."""
        with self._writing() as (transaction, uow):
            waiting = transaction.rows(_HOOKED, {"at": at, "most": limit})
            yield WaitingHooks(transaction, uow, waiting, at=at, until=until)

    def lose(
        self,
        message_id: str,
        *,
        state: str,
        why: str,
        then: Callable[[Undelivered], int],
        lease: datetime | None = None,
    ) -> int:
        """Records that a mail is lost, and in the same transaction what ``then`` makes of what it carried.

        ``lease``: of who was sending it; None: a report came back, whatever was recorded of the mail so far. A mail
        that is recorded as lost already carries nothing any more.
        """

        def write(transaction: Transaction) -> int:
            values = {"of_message": message_id, "to_state": state, "why": why}
            ended = transaction.rows(_LOSE, values | {"lease": lease}) if lease else transaction.rows(_BOUNCE, values)
            uow = SqlUnitOfWork(transaction, self._pinned, writes=True)
            return then(Undelivered(transaction, uow, message_id=message_id, ids=[row.id for row in ended]))

        return self._write(write)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Transaction, SqlUnitOfWork]]:
        with self._database.transaction(writes=True) as transaction:
            yield transaction, SqlUnitOfWork(transaction, self._pinned, writes=True)

    def accepted(self, message_id: str, *, at: datetime, by: str) -> None:
        """Records that the mail server (``by``: its words) took responsibility for a mail."""

        def write(transaction: Transaction) -> None:
            transaction.run(_ACCEPT, {"of_message": message_id, "to_state": "accepted", "why": by})
            transaction.run(_ACCEPTED, {"of_id": message_id, "at": at})

        self._write(write)

    def retry(self, message_id: str, *, lease: datetime, why: str, again_at: datetime) -> None:
        """Records an attempt that came to nothing, and when the next one is due."""
        self._record(_RETRY, message_id, lease, to_state="scheduled", why=why, again_at=again_at)

    def release(self, message_id: str, *, lease: datetime, again_at: datetime) -> None:
        """Gives a mail back that was not tried."""
        self._record(_RELEASE, message_id, lease, to_state="scheduled", why="", again_at=again_at)

    def _record(self, statement: Statement, message_id: str, lease: datetime, **values: Any) -> None:
        self._write(lambda transaction: transaction.run(statement, values | {"of_message": message_id, "lease": lease}))

    def _write(self, write: Callable[[Transaction], Written]) -> Written:
        """Writes an outcome, which nobody else knows: while the database is away it is tried again, up to a limit."""
        end = monotonic() + _PATIENCE
        while True:
            try:
                with self._database.transaction(writes=True) as transaction:
                    return write(transaction)
            except (DatabaseUnreachable, DatabaseBusy):
                if monotonic() > end:
                    raise
                sleep(_PAUSE)


def _gathered(transaction: Transaction, now: dict[str, Any], limit: int) -> list[Any]:
    """All that the readers gather whose turn has come."""
    readers = sorted({row.to_address for row in transaction.rows(_READERS, {**now, "most": limit})})
    named = several(readers, transaction.dialect)
    return transaction.rows(_TOGETHER, {**now, "addresses": named}) if readers else []
