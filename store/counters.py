"""The figures that tell whether work is piling up, each one cheap statement: for doctor, status and metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, select, text

from store.statements import Statement, Transaction
from store.tables import (
    BadAddressRow,
    DeadlineRow,
    EntryRow,
    HeartbeatRow,
    NoticeRow,
    ProposalRow,
    ReminderRow,
    UnsealedRow,
    table,
)

_REMINDER, _NOTICE, _DEADLINE = table(ReminderRow), table(NoticeRow), table(DeadlineRow)
_ENTRY, _UNSEALED, _PROPOSAL = table(EntryRow), table(UnsealedRow), table(ProposalRow)
_BEAT = table(HeartbeatRow)
#: An official letter that no server has taken for so long is a case for somebody, where nothing else is chosen.
UNDELIVERED = timedelta(hours=24)
#: So long after its end a lease was not forgotten but lost.
_STUCK = timedelta(minutes=15)
#: So long a paper may wait inside an agency before somebody should look (OWN: five working days with a weekend).
PAPER_LONG = timedelta(days=7)
_COUNT = func.count()

_DUE = Statement(
    select(_COUNT.label("n"), func.min(_REMINDER.c.fire_at).label("oldest")).where(
        text("reminder.state = 'scheduled'"), _REMINDER.c.fire_at <= bindparam("at")
    )
)
_WAITING = Statement(
    select(_COUNT.label("n"), func.min(_NOTICE.c.send_after).label("oldest")).where(
        text("notice.state IN ('scheduled', 'sending')"), _NOTICE.c.send_after <= bindparam("at")
    )
)
_LOST_LEASES = Statement(
    select(_COUNT.label("n")).where(
        text("notice.state IN ('scheduled', 'sending')"), _NOTICE.c.lease_until <= bindparam("before")
    )
)
_NOTICES = Statement(
    select(_NOTICE.c.state, _COUNT.label("n"))
    .where(text("notice.state IN ('failed', 'bounced', 'to_print')"))
    .group_by(_NOTICE.c.state)
)
_OVERDUE = Statement(
    select(_COUNT.label("n")).where(
        text("notice.state IN ('scheduled', 'sending')"),
        # Not "IS NULL": nearly all are, and SQLite would begin with them.
        text("coalesce(notice.reminder_id, 0) = 0 AND notice.channel = 'mail'"),
        _NOTICE.c.send_after <= bindparam("before"),
    )
)
_BAD = Statement(select(_COUNT.label("n")).select_from(table(BadAddressRow)).where(text("cleared_at IS NULL")))
_BEATS = Statement(
    select(
        func.coalesce(func.sum(_BEAT.c.late_ticks), literal_column("0")).label("late"),
        func.coalesce(func.sum(_BEAT.c.claimed), literal_column("0")).label("claimed"),
    )
)
_RUNNING = Statement(
    select(_DEADLINE.c.provisional, _COUNT.label("n"))
    .where(text("deadline.state = 'running'"))
    .group_by(_DEADLINE.c.provisional)
)
_UNCOVERED = Statement(
    select(_COUNT.label("n"))
    .select_from(_DEADLINE)
    .where(
        text("deadline.state = 'running'"),
        ~exists().where(
            _REMINDER.c.deadline_id == _DEADLINE.c.id,
            _REMINDER.c.epoch == _DEADLINE.c.epoch,
            text("reminder.state IN ('scheduled', 'fired')"),
        ),
    )
)
_PAPERS = Statement(
    select(_COUNT.label("n"), func.min(_PROPOSAL.c.paper_since).label("oldest")).where(text("paper_since IS NOT NULL"))
)
_STUCK_PAPERS = Statement(
    select(_COUNT.label("n")).where(
        text("paper_since IS NOT NULL"),
        _PROPOSAL.c.paper_since <= bindparam("before", type_=_PROPOSAL.c.paper_since.type),
    )
)
_NEWEST = Statement(
    select(_ENTRY.c.id, _ENTRY.c.recorded_at).order_by(_ENTRY.c.id.desc()).limit(literal_column("1000"))
)
_OPEN = Statement(select(_COUNT.label("n")).select_from(_UNSEALED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What waits, at one moment. Ages are in seconds, 0 where nothing waits."""

    reminders_due: int
    oldest_reminder_due_seconds: int
    notices_unsent: int
    oldest_notice_unsent_seconds: int
    #: Taken by a process that never came back; the next pass takes them again.
    notices_stuck: int
    notices_failed: int
    notices_bounced: int
    notices_to_print: int
    #: Official letters that no server has taken for a day.
    letters_undelivered: int
    #: At which nobody is, until somebody mends them.
    addresses_bad: int
    deadlines_running: int
    deadlines_provisional: int
    #: Running, and no reminder was sent or is to come.
    deadlines_uncovered: int
    #: Proposals with a paper on its way to a signature, a number or its step; and those where it waits for long.
    papers_waiting: int
    papers_stuck: int
    oldest_paper_seconds: int
    #: Of all processes that ever ran: ticks that began late, rows that were taken.
    late_ticks: int
    claimed: int
    #: Number of the newest entry: grows with every entry, by more than one where a transaction was given up.
    entries: int
    unsealed: int
    #: The latest moment among the newest entries; None: there is no history.
    last_recorded_at: datetime | None


def read_counters(transaction: Transaction, *, at: datetime, undelivered: timedelta = UNDELIVERED) -> Counters:
    """The figures as of ``at`` on one consistent moment; ``undelivered`` is how long a letter may wait for a server."""
    due: Any = transaction.first(_DUE, {"at": at})
    waiting: Any = transaction.first(_WAITING, {"at": at})
    notices = {row.state: row.n for row in transaction.rows(_NOTICES)}
    running = {bool(row.provisional): row.n for row in transaction.rows(_RUNNING)}
    papers: Any = transaction.first(_PAPERS)
    newest = transaction.rows(_NEWEST)
    beats: Any = transaction.first(_BEATS)
    return Counters(
        reminders_due=due.n,
        oldest_reminder_due_seconds=_age(due.oldest, at),
        notices_unsent=waiting.n,
        oldest_notice_unsent_seconds=_age(waiting.oldest, at),
        notices_stuck=_number(transaction, _LOST_LEASES, before=at - _STUCK),
        notices_failed=notices.get("failed", 0),
        notices_bounced=notices.get("bounced", 0),
        notices_to_print=notices.get("to_print", 0),
        letters_undelivered=_number(transaction, _OVERDUE, before=at - undelivered),
        addresses_bad=_number(transaction, _BAD),
        deadlines_running=sum(running.values()),
        deadlines_provisional=running.get(True, 0),
        deadlines_uncovered=_number(transaction, _UNCOVERED),
        papers_waiting=papers.n,
        papers_stuck=_number(transaction, _STUCK_PAPERS, before=at - PAPER_LONG),
        oldest_paper_seconds=_age(papers.oldest, at),
        late_ticks=int(beats.late),
        claimed=int(beats.claimed),
        entries=newest[0].id if newest else 0,
        unsealed=_number(transaction, _OPEN),
        last_recorded_at=max((row.recorded_at for row in newest), default=None),
    )


def _age(since: datetime | None, at: datetime) -> int:
    return int((at - since).total_seconds()) if since else 0


def _number(transaction: Transaction, statement: Statement, **values: Any) -> int:
    row: Any = transaction.first(statement, values)
    return int(row.n)
