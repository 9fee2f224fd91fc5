"""A notice as a new row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.cutting import gathered, put_cutting
from store.statements import Statement, Transaction, put
from store.tables import NoticeRow, table
from workflow.entries import canonical
from workflow.storage import Notice

_NOTICE = table(NoticeRow)
_PUT = put(_NOTICE, once=("key",))
_PUT_ALL = Statement(put_cutting(_NOTICE, "variables", text=True).on_conflict_do_nothing(index_elements=["key"]))


def notice_values(notice: Notice, *, proposal_id: int, reminder_id: int | None = None) -> dict[str, Any]:
    """The columns of a new notice of a proposal, never tried; ``reminder_id``: the row that fired it."""
    to = notice.to
    return {
        "key": notice.key,
        "seq": notice.seq,
        "notice": notice.notice,
        "channel": notice.channel,
        "templates_sha256": notice.templates_sha256,
        "send_after": notice.send_after,
        "to_seat": to.seat,
        "to_person": to.person,
        "to_name": to.name,
        "to_address": to.address,
        "variables": notice.variables,
        "proposal_id": proposal_id,
        "reminder_id": reminder_id,
        "state": _state(notice),
        "last_error": notice.withheld,
        "next_attempt_at": notice.send_after,
        "attempts": 0,
        "lease_until": None,
        "message_id": None,
    }


def write_notices(transaction: Transaction, notices: Sequence[dict[str, Any]]) -> None:
    """Writes new notices; one whose key is known stays as it is."""
    if transaction.dialect == "postgresql" and notices:
        contents = [canonical(row.pop("variables")) for row in notices]
        transaction.run(_PUT_ALL, gathered(notices, contents))
        return
    transaction.run_many(_PUT, notices)


def taken_values(mail: str, until: datetime) -> dict[str, Any]:
    """What else the columns are where a mail is kept with it and taken until then."""
    return {"state": "sending", "attempts": 1, "next_attempt_at": until, "lease_until": until, "message_id": mail}


def _state(notice: Notice) -> str:
    if notice.withheld:
        return "cancelled"
    return "to_print" if notice.channel == "paper" else "scheduled"
