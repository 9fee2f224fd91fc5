"""A notice as a new row."""

from datetime import datetime
from typing import Any

from workflow.storage import Notice

_SAID = ("key", "seq", "notice", "channel", "templates_sha256", "send_after")


def notice_values(notice: Notice, *, proposal_id: int, reminder_id: int | None = None) -> dict[str, Any]:
    """The columns of a new notice of a proposal, never tried; ``reminder_id``: the row that fired it."""
    return {
        **{name: getattr(notice, name) for name in _SAID},
        **{f"to_{name}": getattr(notice.to, name) for name in ("seat", "person", "name", "address")},
        "variables": dict(notice.variables),
        "proposal_id": proposal_id,
        "reminder_id": reminder_id,
        "state": _state(notice),
        "last_error": notice.withheld,
        "next_attempt_at": notice.send_after,
        "attempts": 0,
        "lease_until": None,
        "message_id": None,
    }


def taken_values(mail: str, until: datetime) -> dict[str, Any]:
    """What else the columns are where a mail is kept with it and taken until then."""
    return {"state": "sending", "attempts": 1, "next_attempt_at": until, "lease_until": until, "message_id": mail}


def _state(notice: Notice) -> str:
    if notice.withheld:
        return "cancelled"
    return "to_print" if notice.channel == "paper" else "scheduled"
