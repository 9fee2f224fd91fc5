"""Read models: what lists, searches and histories show, each one statement."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, bindparam, select

from definitions.errors import UnknownDefinition
from store import proposal_list
from store.lists import MOST_COUNTED, Counted, DeadlineLine, Heartbeat, NoticeLine, Page, ReminderLine, UserLine, Wanted
from store.rows import read_deadline, read_entry
from store.statements import Statement, Transaction
from store.tables import (
    AccountRow,
    DeadlineRow,
    DefinitionRow,
    EntryRow,
    HeartbeatRow,
    MessageRow,
    NoticeRow,
    OpeningRow,
    PersonRow,
    ProposalRow,
    ReminderRow,
    SeatRow,
    table,
)
from workflow.entries import Entry
from workflow.proposal import Seat
from workflow.storage import Recipient

_PROPOSAL, _DEADLINE, _REMINDER = table(ProposalRow), table(DeadlineRow), table(ReminderRow)
_NOTICE, _MESSAGE, _TEXT = table(NoticeRow), table(MessageRow), table(DefinitionRow)
_ENTRY, _OPENING, _HEARTBEAT = table(EntryRow), table(OpeningRow), table(HeartbeatRow)
_PERSON, _ACCOUNT, _SEAT = table(PersonRow), table(AccountRow), table(SeatRow)
_MOST = bindparam("most", type_=Integer())

_HISTORY = Statement(
    select(*(column for column in _ENTRY.c), _OPENING.c.path, _OPENING.c.salt, _OPENING.c.value)
    .join(_OPENING, _OPENING.c.entry_id == _ENTRY.c.id, isouter=True)
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq, _OPENING.c.path)
)
_RUNNING = Statement(
    select(*(column for column in _DEADLINE.c), _PROPOSAL.c.code, _PROPOSAL.c.title)
    .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    .where(_DEADLINE.c.state == "running", _DEADLINE.c.due <= bindparam("until"))
    .order_by(_DEADLINE.c.due, _DEADLINE.c.id)
    .limit(_MOST)
)
_OF_REMINDER = (
    *("id", "epoch", "offset", "seat", "notice", "channel", "fire_at", "missed", "escalation", "repeat_every"),
    *("state", "reason", "fired_at"),
)
_REMINDERS = (
    select(*(_REMINDER.c[name] for name in _OF_REMINDER), _PROPOSAL.c.code, _DEADLINE.c.rule, _DEADLINE.c.period)
    .join(_DEADLINE, _DEADLINE.c.id == _REMINDER.c.deadline_id)
    .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    .order_by(_REMINDER.c.fire_at, _REMINDER.c.id)
)
_REMINDERS_OF = Statement(_REMINDERS.where(_PROPOSAL.c.code == bindparam("of_code")))
_REMINDERS_IN = Statement(_REMINDERS.where(_REMINDER.c.state == bindparam("of_state")).limit(_MOST))
_NOTICES = (
    select(*(column for column in _NOTICE.c), _PROPOSAL.c.code)
    .join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)
    .order_by(_NOTICE.c.id)
)
_NOTICES_OF = Statement(_NOTICES.where(_PROPOSAL.c.code == bindparam("of_code")))
_NOTICES_IN = Statement(_NOTICES.where(_NOTICE.c.state == bindparam("of_state")).limit(_MOST))
_ONE_NOTICE = Statement(_NOTICES.where(_NOTICE.c.id == bindparam("of_id")))
_BYTES = Statement(select(_MESSAGE.c.bytes).where(_MESSAGE.c.id == bindparam("of_id")))
_TEXTS = Statement(select(_TEXT.c.text).where(_TEXT.c.sha256 == bindparam("of_sha256")))
_HEARTBEATS = Statement(select(_HEARTBEAT).order_by(_HEARTBEAT.c.job, _HEARTBEAT.c.process))
_USERS = Statement(
    select(
        *(_ACCOUNT.c.username, _ACCOUNT.c.active, _ACCOUNT.c.locked_until, _ACCOUNT.c.password_hash),
        *(_PERSON.c.id, _PERSON.c.name, _PERSON.c.address),
        *(_SEAT.c.role, _SEAT.c.agency, _SEAT.c.since, _SEAT.c.until, _SEAT.c.capacity),
    )
    .select_from(_ACCOUNT)
    .join(_PERSON, _PERSON.c.id == _ACCOUNT.c.person_id)
    .join(_SEAT, _SEAT.c.person_id == _PERSON.c.id, isouter=True)
    .order_by(_ACCOUNT.c.username, _SEAT.c.id)
)


class Queries:
    """The lists on an open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def proposals(self, wanted: Wanted | None = None, *, after: str | None = None, limit: int = 50) -> Page:
        """A page of proposals. Raises NoSuchPage for an ``after`` that no page gave.

        The most urgent come first, of ended ones those that moved last, of what a search finds the newest.
        """
        return proposal_list.proposals(self._transaction, wanted or Wanted(), after=after, limit=limit)

    def count(self, wanted: Wanted | None = None, *, most: int = MOST_COUNTED) -> Counted:
        """How many proposals there are of a kind, counted up to ``most``."""
        return proposal_list.count(self._transaction, wanted or Wanted(), most=most)

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order, with their openings."""
        rows = self._transaction.rows(_HISTORY, {"of_subject": subject})
        return tuple(entries_of(rows))

    def deadlines(self, *, until: datetime, limit: int = 1000) -> tuple[DeadlineLine, ...]:
        """Running deadlines that are due at that instant or before, the oldest first."""
        rows = self._transaction.rows(_RUNNING, {"until": until, "most": limit})
        return tuple(DeadlineLine(code=row.code, title=row.title, deadline=read_deadline(row)) for row in rows)

    def reminders(self, code: str) -> tuple[ReminderLine, ...]:
        """Every reminder of a proposal, those that will not fire too."""
        return tuple(map(_reminder, self._transaction.rows(_REMINDERS_OF, {"of_code": code})))

    def reminders_in(self, state: str, *, limit: int = 1000) -> tuple[ReminderLine, ...]:
        """The reminders in a state, the earliest first."""
        return tuple(map(_reminder, self._transaction.rows(_REMINDERS_IN, {"of_state": state, "most": limit})))

    def notices(self, code: str) -> tuple[NoticeLine, ...]:
        """Every notice of a proposal."""
        return tuple(map(_notice, self._transaction.rows(_NOTICES_OF, {"of_code": code})))

    def notices_in(self, state: str, *, limit: int = 1000) -> tuple[NoticeLine, ...]:
        """The notices in a state."""
        return tuple(map(_notice, self._transaction.rows(_NOTICES_IN, {"of_state": state, "most": limit})))

    def notice(self, number: int) -> NoticeLine | None:
        """One notice, or None."""
        row = self._transaction.first(_ONE_NOTICE, {"of_id": number})
        return _notice(row) if row else None

    def message(self, message_id: str) -> bytes | None:
        """The exact bytes of a mail, or None."""
        row = self._transaction.first(_BYTES, {"of_id": message_id})
        return bytes(row.bytes) if row else None

    def text(self, sha256: str) -> str:
        """The text published under a hash: a definition, or a set of notice templates. Raises UnknownDefinition."""
        row = self._transaction.first(_TEXTS, {"of_sha256": sha256})
        if row is None:
            raise UnknownDefinition("text", sha256)
        return str(row.text)

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """When each job of each process last ran."""
        return tuple(Heartbeat(**row._asdict()) for row in self._transaction.rows(_HEARTBEATS))

    def users(self) -> tuple[UserLine, ...]:
        """Every account by name, with its person's seats."""
        grouped = groupby(self._transaction.rows(_USERS), key=lambda row: row.username)
        return tuple(_user(list(rows)) for _, rows in grouped)


def entries_of(rows: Iterable[Any]) -> Iterable[Entry]:
    """Entries from rows of entries joined with their openings, in the order of the rows."""
    for _, group in groupby(rows, key=lambda row: row.id):
        found = list(group)
        yield read_entry(found[0], [row for row in found if row.path is not None])


def _reminder(row: Any) -> ReminderLine:
    return ReminderLine(**row._asdict())


def _notice(row: Any) -> NoticeLine:
    names = (
        *("id", "key", "code", "seq", "reminder_id", "notice", "channel", "variables", "templates_sha256"),
        *("send_after", "state", "attempts", "next_attempt_at", "last_error", "message_id"),
    )
    to = Recipient(seat=row.to_seat, person=row.to_person, name=row.to_name, address=row.to_address)
    return NoticeLine(**{name: getattr(row, name) for name in names}, to=to)


def _user(rows: list[Any]) -> UserLine:
    first = rows[0]
    names = ("role", "agency", "since", "until", "capacity")
    seats = tuple(Seat(**{name: getattr(row, name) for name in names}) for row in rows if row.role is not None)
    return UserLine(
        username=first.username,
        person=first.id,
        name=first.name,
        address=first.address,
        active=first.active,
        locked_until=first.locked_until,
        has_password=bool(first.password_hash),
        seats=seats,
    )
