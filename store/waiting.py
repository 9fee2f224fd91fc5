"""When something next has to go out: the earliest reminder or notice that waits."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from store.statements import Statement, Transaction
from store.tables import NoticeRow, ReminderRow, table

_REMINDER, _NOTICE = table(ReminderRow), table(NoticeRow)
_FIRST_REMINDER = Statement(
    select(func.min(_REMINDER.c.fire_at).label("first")).where(text("reminder.state = 'scheduled'"))
)
_FIRST_NOTICE = Statement(
    select(func.min(_NOTICE.c.next_attempt_at).label("first")).where(text("notice.state IN ('scheduled', 'sending')"))
)


def next_due(transaction: Transaction) -> datetime | None:
    """The instant at which the scheduler next has something to do; None where nothing waits."""
    rows: list[Any] = [transaction.first(statement) for statement in (_FIRST_REMINDER, _FIRST_NOTICE)]
    return min((row.first for row in rows if row and row.first is not None), default=None)
