"""Sends a notice again: puts it back among those that wait."""

from datetime import datetime

from sqlalchemy import bindparam, literal_column, text, update

from store.statements import Statement, Transaction
from store.tables import NoticeRow, table

_NOTICE = table(NoticeRow)
#: What can be sent again: it never left, or came back. What a server accepted is not repeated.
AGAIN = ("failed", "bounced")
_AGAIN = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.id == bindparam("of_id"), text("notice.state IN ('failed', 'bounced')"))
    .values(
        state=literal_column("'scheduled'"),
        attempts=literal_column("0"),
        lease_until=literal_column("NULL"),
        next_attempt_at=bindparam("at"),
        last_error=literal_column("''"),
    )
)


def resend(transaction: Transaction, number: int, *, at: datetime) -> bool:
    """Makes a failed or bounced notice wait again, with the same bytes if it had any; False for any other."""
    return transaction.run(_AGAIN, {"of_id": number, "at": at}) == 1
