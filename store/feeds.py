"""The deadlines of a calendar: those of some seats, running ones and for a while those that ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, Integer, bindparam, or_, select, text

from store.claims import among, several
from store.rows import read_deadline
from store.statements import Statement, Transaction
from store.tables import DeadlineRow, ProposalRow, table
from workflow.deadlines import Deadline

_PROPOSAL, _DEADLINE = table(ProposalRow), table(DeadlineRow)
_ABOUT = ("code", "title", "programme", "process_sha256", "holder", "officer", "last_at")


def _of_seats(dialect: str) -> ClauseElement:
    due = _DEADLINE.c.due
    kept = or_(text("deadline.state = 'running'"), due >= bindparam("ended_after", type_=due.type))
    return (
        select(*(column for column in _DEADLINE.c), *(_PROPOSAL.c[name] for name in _ABOUT))
        .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
        .where(
            among(_DEADLINE.c.seat, "seats", dialect, _DEADLINE.c.seat.type),
            due >= bindparam("due_after", type_=due.type),
            kept,
        )
        .order_by(due.desc(), _DEADLINE.c.id)
        .limit(bindparam("most", type_=Integer()))
    )


_OF_SEATS = Statement(_of_seats)


class FeedLine(NamedTuple):
    """A deadline with what a calendar says of its proposal."""

    code: str
    title: str
    programme: str
    process_sha256: str
    #: The seat that holds the proposal, and the person in charge of it; None: nobody.
    holder: str | None
    officer: str | None
    #: When the proposal last changed.
    last_at: datetime
    deadline: Deadline


def feed_lines(
    transaction: Transaction, seats: Sequence[str], *, due_after: datetime, ended_after: datetime, most: int
) -> tuple[FeedLine, ...]:
    """The deadlines of these seats that are due after an instant, those due last first; ended ones only of late."""
    values: dict[str, Any] = {"seats": several(seats, transaction.dialect), "most": most}
    rows = transaction.rows(_OF_SEATS, values | {"due_after": due_after, "ended_after": ended_after})
    return tuple(FeedLine(**{name: getattr(row, name) for name in _ABOUT}, deadline=read_deadline(row)) for row in rows)
