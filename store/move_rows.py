"""What a move writes beside its proposal, as rows of values: everything that is known before the first row is there.

The numbers by which rows name each other (``entry_id``, ``proposal_id``, ``deadline_id``) are left to ``store.moves``.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import asdict

from store.rows import Values, deadline_values
from workflow.entries import Entry
from workflow.proposal import Document
from workflow.storage import Cancelled, Move, Notice

#: Rows by the part of a move that they belong to; ``store.moves`` names the table of each.
Rows = Mapping[str, Sequence[Values]]


def rows_of(move: Move) -> Rows:
    """The rows of every part. Of several changes of one deadline the last holds, of its reminders the first."""
    effects, answered = move.effects, move.answered
    deadlines = {(row.rule, row.period): row for row in effects.deadlines}
    cancelled = {(row.rule, row.period): row for row in reversed(effects.cancelled)}
    return {
        "openings": opening_rows(move.entry),
        "documents": [_document_row(paper, move.entry) for paper in move.documents],
        "attachments": [_attachment_row(number, paper) for number, paper in enumerate(move.documents)],
        "cancelled": [_cancelled_row(row) for row in cancelled.values()],
        "deadlines": [deadline_values(row) for row in deadlines.values()],
        "reminders": list(map(asdict, effects.reminders)),
        "notices": [_notice_row(row) for row in effects.notices],
        "answers": [asdict(answered)] if answered else [],
    }


def opening_rows(entry: Entry) -> list[Values]:
    """The personal values of an entry."""
    return list(map(asdict, entry.openings))


def _document_row(paper: Document, entry: Entry) -> Values:
    about = {"size": paper.size, "media_type": paper.media_type, "recorded_at": entry.recorded_at}
    return about | {"sha256": paper.sha256}


def _attachment_row(number: int, paper: Document) -> Values:
    return {"number": number, "key": paper.key, "sha256": paper.sha256}


def _cancelled_row(row: Cancelled) -> Values:
    state = "superseded" if row.superseded else "cancelled"
    return {"rule": row.rule, "period": row.period, "to_state": state, "to_reason": row.reason}


def notice_state(row: Notice) -> str:
    """Where a notice begins: in the queue of its channel, or on paper where there is no address."""
    return "to_print" if row.channel == "paper" or not (row.to.address or row.channel == "app") else "scheduled"


def _notice_row(row: Notice) -> Values:
    return {
        "key": row.key,
        "seq": row.seq,
        "notice": row.notice,
        "to_seat": row.to.seat,
        "to_person": row.to.person,
        "to_name": row.to.name,
        "to_address": row.to.address,
        "channel": row.channel,
        "variables": row.variables,
        "templates_sha256": row.templates_sha256,
        "send_after": row.send_after,
        "state": notice_state(row),
        "next_attempt_at": row.send_after,
    }
