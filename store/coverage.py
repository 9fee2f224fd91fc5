"""Whether every running deadline has a reminder to come or a reason why not; and what was found on earlier nights."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Integer, bindparam, exists, func, literal_column, select, text

from store.statements import Statement, Transaction
from store.tables import DeadlineRow, EntryRow, ProposalRow, ReminderRow, table

#: The kind of the entry that records a night's findings, and the subject that it stands under.
COVERAGE, SCHEDULER = "coverage", "scheduler"
_DEADLINE, _REMINDER, _PROPOSAL, _ENTRY = table(DeadlineRow), table(ReminderRow), table(ProposalRow), table(EntryRow)
_MINE = (_REMINDER.c.deadline_id == _DEADLINE.c.id, _REMINDER.c.epoch == _DEADLINE.c.epoch)
_RUNNING = text("deadline.state = 'running'")


def _sent(*where: Any) -> Any:
    sent = select(func.count()).select_from(_REMINDER).where(*_MINE, text("reminder.state = 'fired'"), *where)
    return sent.scalar_subquery()


_COUNT = Statement(select(func.count().label("n")).select_from(_DEADLINE).where(_RUNNING))
_BARE = Statement(
    select(
        *(_PROPOSAL.c.code, _DEADLINE.c.rule, _DEADLINE.c.period, _DEADLINE.c.last_day, _sent().label("sent")),
        _sent(_REMINDER.c.reason == literal_column("'muted'")).label("muted"),
    )
    .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    .where(_RUNNING, ~exists().where(*_MINE, text("reminder.state = 'scheduled'")))
    .order_by(_PROPOSAL.c.code, _DEADLINE.c.rule, _DEADLINE.c.period)
)
_RECORDED = Statement(
    select(_ENTRY.c.recorded_at, _ENTRY.c.body)
    .where(_ENTRY.c.kind == bindparam("of_kind"))
    .order_by(_ENTRY.c.recorded_at.desc(), _ENTRY.c.id.desc())
    .limit(bindparam("most", type_=Integer()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """A running deadline that no reminder is to come for; ``reason`` None: nothing explains it."""

    code: str
    rule: str
    period: str
    last_day: date
    #: ``all-sent``; ``muted``: all were sent to people who wished for none.
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many deadlines run, and those of them without a reminder to come."""

    deadlines: int
    bare: tuple[Bare, ...]

    @property
    def uncovered(self) -> tuple[Bare, ...]:
        """Those that nobody is reminded of, for no reason."""
        return tuple(one for one in self.bare if one.reason is None)

    @property
    def muted(self) -> tuple[Bare, ...]:
        """Those whose readers wished for no reminders."""
        return tuple(one for one in self.bare if one.reason == "muted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was found on a night."""

    at: datetime
    deadlines: int
    without: int
    muted: int
    uncovered: int
    #: The codes of the uncovered ones, the first hundred.
    codes: tuple[str, ...]


def read_coverage(transaction: Transaction) -> Coverage:
    """As of one consistent moment."""
    counted: Any = transaction.first(_COUNT)
    return Coverage(deadlines=counted.n, bare=tuple(map(_bare, transaction.rows(_BARE))))


def _bare(row: Any) -> Bare:
    reason = None if not row.sent else "muted" if row.muted == row.sent else "all-sent"
    return Bare(code=row.code, rule=row.rule, period=row.period, last_day=row.last_day, reason=reason)


def content_of(found: Coverage) -> dict[str, Any]:
    """What the entry of a night says."""
    codes = list(dict.fromkeys(one.code for one in found.uncovered))[:100]
    return {
        "deadlines": found.deadlines,
        "without": len(found.bare),
        "muted": len(found.muted),
        "uncovered": len(found.uncovered),
        "codes": codes,
    }


def recorded(transaction: Transaction, *, limit: int) -> tuple[Recorded, ...]:
    """What was found on earlier nights, the newest first."""
    rows = transaction.rows(_RECORDED, {"of_kind": COVERAGE, "most": limit})
    return tuple(_recorded(row.recorded_at, orjson.loads(row.body)) for row in rows)


def _recorded(at: datetime, body: dict[str, Any]) -> Recorded:
    numbers = {name: int(body[name]) for name in ("deadlines", "without", "muted", "uncovered")}
    return Recorded(at=at, codes=tuple(body["codes"]), **numbers)
