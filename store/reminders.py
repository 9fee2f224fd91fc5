"""Reminders whose moment has come: taken by deadline, in one transaction with all that they turn into."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ClauseElement, Text, bindparam, literal_column, select, text, type_coerce

from store.claims import among, several, still
from store.database import Database
from store.entering import enter_all
from store.mails import Kept, is_kept, keep
from store.notice_rows import notice_values, taken_values, write_notices
from store.pinned import Pinned
from store.rows import DEADLINE, read_deadline, read_proposal
from store.statements import Statement, Transaction
from store.tables import BadAddressRow, DeadlineRow, NoticeRow, ProposalRow, ReminderRow, table
from store.together import change_all, put_all
from store.unit_of_work import SqlUnitOfWork
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.firing import Due, Fired
from workflow.proposal import Proposal
from workflow.storage import Notice, Reminder

_REMINDER, _DEADLINE, _PROPOSAL = table(ReminderRow), table(DeadlineRow), table(ProposalRow)
_NOTICE, _BAD = table(NoticeRow), table(BadAddressRow)
NO_MAILS: Final[Mapping[str, Kept]] = MappingProxyType({})
_IS_DUE = (_REMINDER.c.state == literal_column("'scheduled'"), _REMINDER.c.fire_at <= bindparam("at"))
_ABOUT = ("offset", "seat", "notice", "channel", "fire_at", "missed", "escalation", "repeat_every", "epoch")

# The deadline is what is taken, so that its missed rungs meet in one hand and a step that ends it waits its turn.
_TAKE = Statement(
    select(_DEADLINE.c.id)
    .select_from(_REMINDER.join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id))
    .where(*_IS_DUE)
    .order_by(_REMINDER.c.fire_at, _REMINDER.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_DEADLINE, skip_locked=True)
)


def _of_deadlines(dialect: str) -> ClauseElement:
    columns = (_PROPOSAL.c.code, _DEADLINE.c.proposal_id, _REMINDER.c.deadline_id, _DEADLINE.c.rule, _DEADLINE.c.period)
    found = _REMINDER.join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id)
    # A row that a step is cancelling right now is passed over: waiting for it could wait for ever.
    return (
        select(_REMINDER.c.id, *(_REMINDER.c[name] for name in _ABOUT), *columns)
        .select_from(found.join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id))
        .where(*_IS_DUE, among(_REMINDER.c.deadline_id, "deadlines", dialect))
        .order_by(_REMINDER.c.fire_at, _REMINDER.c.id)
        .with_for_update(of=_REMINDER, skip_locked=True)
    )


_DUE = Statement(_of_deadlines)
_OF_PROPOSAL = (
    _PROPOSAL.c.id,
    *(_PROPOSAL.c[name] for name in Proposal.__struct_fields__ if name != "past"),
    type_coerce(_PROPOSAL.c.past, Text).label("past"),
)
_PROPOSALS = Statement(lambda dialect: select(*_OF_PROPOSAL).where(among(_PROPOSAL.c.id, "proposals", dialect)))
_DEADLINES = Statement(
    lambda dialect: (
        select(_DEADLINE.c.proposal_id, *(_DEADLINE.c[name] for name in DEADLINE))
        .where(among(_DEADLINE.c.proposal_id, "proposals", dialect))
        .order_by(_DEADLINE.c.started_by, _DEADLINE.c.id)
    )
)
_TOLD = Statement(
    lambda dialect: select(_NOTICE.c.key).where(among(_NOTICE.c.key, "keys", dialect, _NOTICE.c.key.type))
)
#: In the words of a partial index; nearly all mails are out.
_AWAITED = Statement(
    lambda dialect: (
        select(_NOTICE.c.proposal_id)
        .distinct()
        .where(
            text("notice.state IN ('scheduled', 'sending')"),
            _NOTICE.c.next_attempt_at <= bindparam("at"),
            _NOTICE.c.send_after <= bindparam("at"),
            _NOTICE.c.channel == literal_column("'mail'"),
            among(_NOTICE.c.proposal_id, "proposals", dialect),
        )
    )
)
_REFUSING = Statement(
    lambda dialect: select(_BAD.c.address).where(
        among(_BAD.c.address, "addresses", dialect, _BAD.c.address.type), text("bad_address.cleared_at IS NULL")
    )
)
_BECOME = change_all(
    _REMINDER,
    still(_REMINDER.c.state, "scheduled"),
    key=_REMINDER.c.id,
    by="of_id",
    values={"state": "to_state", "reason": "to_reason", "fired_at": "to_fired_at"},
)
_REPEAT = put_all(_REMINDER, once=("deadline_id", "epoch", "offset", "seat"))


class DueReminders:
    """Due reminders that this process has to itself until the transaction ends."""

    def __init__(self, transaction: Transaction, uow: SqlUnitOfWork, *, at: datetime, limit: int) -> None:
        self._transaction, self.uow, self._at = transaction, uow, at
        self._rows = {row.id: row for row in self._taken(limit)}
        self._proposals: dict[str, Any] = {}
        self._deadlines: dict[int, list[Any]] = {}
        if self._rows:
            self._look()

    def _taken(self, limit: int) -> list[Any]:
        deadlines = {row.id for row in self._transaction.rows(_TAKE, {"at": self._at, "most": limit})}
        named = several(sorted(deadlines), self._transaction.dialect)
        return self._transaction.rows(_DUE, {"at": self._at, "deadlines": named}) if deadlines else []

    def _look(self) -> None:
        """Reads all their proposals at once, and all deadlines of these."""
        proposals = sorted({row.proposal_id for row in self._rows.values()})
        named = {"proposals": several(proposals, self._transaction.dialect)}
        self._proposals = {row.code: row for row in self._transaction.rows(_PROPOSALS, named)}
        for row in self._transaction.rows(_DEADLINES, named):
            self._deadlines.setdefault(row.proposal_id, []).append(row)

    @cached_property
    def due(self) -> Mapping[str, Sequence[Due]]:
        """Them by the code of their proposal, oldest first."""
        found: dict[str, list[Due]] = {}
        for row in self._rows.values():
            found.setdefault(row.code, []).append(Due(id=row.id, reminder=_reminder(row)))
        return found

    def proposal(self, code: str) -> Proposal:
        """One of theirs as it stands. Raises UnknownDefinition where what it pins is not there."""
        row = self._proposals[code]
        return read_proposal(row, self.uow.process(row.process_sha256))

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""
        return tuple(map(read_deadline, self._deadlines[self._proposals[code].id]))

    def composed(self, message_id: str) -> bool:
        """Whether a mail of that Message-ID is kept already."""
        return is_kept(self._transaction, message_id)

    def told(self, keys: Sequence[str]) -> Collection[str]:
        """Those of the keys under which a notice stands already."""
        named = {"keys": several(keys, self._transaction.dialect)}
        return {row.key for row in self._transaction.rows(_TOLD, named)} if keys else ()

    def awaited(self, codes: Collection[str]) -> Collection[str]:
        """Those of the proposals of which an older mail waits that may go now."""
        numbers = {self._proposals[code].id: code for code in codes}
        named = {"at": self._at, "proposals": several(sorted(numbers), self._transaction.dialect)}
        return {numbers[row.proposal_id] for row in self._transaction.rows(_AWAITED, named)} if numbers else ()

    def refusing(self, addresses: Collection[str]) -> Collection[str]:
        """Those of the addresses at which nobody is, in small letters."""
        named = {"addresses": several(sorted(addresses), self._transaction.dialect)}
        return {row.address for row in self._transaction.rows(_REFUSING, named)} if addresses else ()

    def settle(
        self,
        fired: Sequence[Fired],
        entries: Sequence[Entry] = (),
        letters: Mapping[str, Kept] = NO_MAILS,
        *,
        until: datetime | None = None,
    ) -> None:
        """Writes what became of them, with the notices, the next rows, and history's entries of no chain.

        ``letters``: the mail of the notice of a key, kept and taken with it until ``until``.
        """
        keep(self._transaction, letters.values(), composed_at=self._at)
        self._transaction.run_many(_BECOME, [self._become(row) for row in fired])
        self._transaction.run_many(_REPEAT, [self._repeat(row.id, row.then) for row in fired if row.then])
        taken = {} if until is None else {key: taken_values(letter.id, until) for key, letter in letters.items()}
        notices = [self._notice(row.id, notice, taken) for row in fired for notice in row.notices]
        write_notices(self._transaction, notices)
        enter_all(self._transaction, entries)

    def _become(self, row: Fired) -> dict[str, Any]:
        at = self._at if row.state == "fired" else None
        return {"of_id": row.id, "to_state": row.state, "to_reason": row.reason, "to_fired_at": at}

    def _repeat(self, fired_id: int, then: Reminder) -> dict[str, Any]:
        fresh = {"deadline_id": self._rows[fired_id].deadline_id, "state": "scheduled", "reason": "", "fired_at": None}
        return fresh | {name: getattr(then, name) for name in _ABOUT}

    def _notice(self, fired_id: int, notice: Notice, taken: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        values = notice_values(notice, proposal_id=self._rows[fired_id].proposal_id, reminder_id=fired_id)
        return {**values, **taken.get(notice.key, {})}


def _reminder(row: Any) -> Reminder:
    return Reminder(
        rule=row.rule,
        period=row.period,
        epoch=row.epoch,
        offset=row.offset,
        seat=row.seat,
        notice=row.notice,
        channel=row.channel,
        fire_at=row.fire_at,
        missed=row.missed,
        escalation=row.escalation,
        repeat_every=row.repeat_every,
    )


class SqlReminders:
    """The reminders of a database; satisfies ``notifications.reminders.Reminders``. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database, self._pinned = database, Pinned()

    @contextmanager
    def claiming(self, *, at: datetime, limit: int) -> Iterator[DueReminders]:
        """The due reminders of at most ``limit`` deadlines, oldest first, for one transaction."""
        with self._database.transaction(writes=True) as transaction:
            uow = SqlUnitOfWork(transaction, self._pinned, writes=True)
            yield DueReminders(transaction, uow, at=at, limit=limit)
