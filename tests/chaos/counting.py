"""What is left when the storm is over: every reminder, every notice, every mail, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, text

from store.database import open_database
from store.statements import Statement
from store.tables import EntryRow, MessageRow, NoticeRow, ReminderRow, Row, table
from tests.chaos.mail import Taken, refused

_UNFINISHED = ("scheduled", "sending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted. All but the first block must be zero, ``unheard`` apart."""

    rungs: int
    fired: int
    #: Left out or folded into a later one, as their ladder says of rungs that were missed.
    missed: int
    #: Ended with another reason, which they keep: the duty was done before.
    cancelled: int
    notices: int
    mails: int
    refused: int
    #: Mails whose acceptance was lost: the process died, the database was away, or the server never answered.
    again: int
    #: Due rungs that never fired, and fired ones without a notice.
    missing: int
    #: Notices and escalations that a rung gave more than once.
    double: int
    #: Rungs of one deadline and seat that fired, or whose notices were written, before an earlier one.
    disordered: int
    #: Notices that wait although all is over.
    stuck: int
    #: Mails that the tables call accepted and the server never saw.
    lost: int
    #: Mails that were sent once more although their acceptance was on record.
    doubled: int
    #: Mails whose bytes are not those that are kept, and accepted ones that nobody knows.
    altered: int

    @property
    def faults(self) -> dict[str, int]:
        """What must not be, where it is."""
        names = [field.name for field in fields(self)][8:]
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name):,}" for field in fields(self))


def count(url: str, *, until: datetime, taken: Iterable[Taken], recorded: Path, seed: str, wild: int) -> Figures:
    """Counts what the tables and the mail server hold; ``until``: up to when rungs were due."""
    tables = _Tables(url)
    due = [row for row in tables.reminders if row.fire_at <= until]
    fired = [row for row in due if row.state == "fired"]
    notices = [row for row in tables.notices if row.reminder_id]
    accepted = Counter(mail.id for mail in taken)
    said = Counter(line.split()[0] for line in recorded.read_text(encoding="ascii").splitlines())
    spoken = {row.reminder_id for row in notices}
    carried = {row.message_id: row.state for row in tables.notices if row.message_id}
    kept = {row.id: row.sha256 for row in tables.messages}
    return Figures(
        rungs=len(due),
        fired=len(fired),
        missed=sum(row.state == "superseded" or row.reason == "missed" for row in due),
        cancelled=sum(row.state == "cancelled" and row.reason != "missed" for row in due),
        notices=len(tables.notices),
        mails=len(accepted),
        refused=sum(refused(seed, name, wild) for name in kept),
        again=sum(number - 1 for number in accepted.values()),
        missing=sum(row.state == "scheduled" for row in due)
        + sum(row.id not in spoken and row.reason != "told already" for row in fired),
        double=_repeated((row.reminder_id, row.to_person, row.to_address) for row in notices)
        + _repeated(tables.escalations)
        + abs(len(tables.escalations) - sum(row.escalation for row in fired)),
        disordered=_disordered(fired, {row.reminder_id: row.id for row in reversed(notices)}),
        stuck=sum(row.state in _UNFINISHED and row.send_after <= until for row in tables.notices),
        lost=sum(state == "accepted" and name not in accepted for name, state in carried.items())
        + sum(state == "failed" and not refused(seed, name, wild) for name, state in carried.items()),
        doubled=sum(number - 1 for number in said.values()),
        altered=sum(kept.get(mail.id) != mail.sha256 for mail in taken),
    )


def _number(waits: ColumnElement[bool]) -> Statement:
    return Statement(select(func.count().label("number")).where(waits))


_REMINDER, _NOTICE = table(ReminderRow), table(NoticeRow)
_UNSENT = (_NOTICE.c.send_after <= bindparam("at")) & text("state IN ('scheduled', 'sending')")
_WAITING = (
    _number((_REMINDER.c.fire_at <= bindparam("at")) & text("state = 'scheduled'")),
    _number(_UNSENT),
    Statement(select(func.coalesce(func.sum(_NOTICE.c.attempts), literal_column("0")).label("number")).where(_UNSENT)),
)


def waits(url: str, until: datetime) -> tuple[int, ...]:
    """How many due reminders and notices still wait, and how often these were tried; empty where none waits."""
    database = open_database(url)
    with database.transaction(writes=False) as transaction:
        found = [transaction.rows(statement, {"at": until})[0].number for statement in _WAITING]
    database.close()
    return tuple(map(int, found)) if any(found[:2]) else ()


class _Tables:
    def __init__(self, url: str) -> None:
        database = open_database(url)
        with database.transaction(writes=False) as transaction:

            def rows(row: type[Row]) -> list[Any]:
                return transaction.rows(Statement(select(table(row)).order_by(table(row).c.id)))

            self.reminders, self.notices, self.messages = rows(ReminderRow), rows(NoticeRow), rows(MessageRow)
            self.escalations = [(row.subject, row.body) for row in rows(EntryRow) if row.kind == "escalated"]
        database.close()


def _repeated(keys: Iterable[Any]) -> int:
    return sum(number - 1 for number in Counter(keys).values())


def _disordered(fired: Iterable[Any], written: dict[int, int]) -> int:
    """Rungs of a deadline and seat are compared two by two, in the order in which they were planned.

    ``written``: the first notice of each; what was refused is sent on by later ones.
    """
    ladders: dict[Any, list[Any]] = {}
    for row in sorted(fired, key=lambda row: (row.fire_at, row.id)):
        ladders.setdefault((row.deadline_id, row.epoch, row.seat), []).append(row)
    pairs = [pair for ladder in ladders.values() for pair in pairwise(ladder)]
    return sum(
        one.fired_at > two.fired_at or written.get(one.id, 0) > written.get(two.id, written.get(one.id, 0))
        for one, two in pairs
    )
