"""Read models: what lists, searches and histories show, each one statement."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, bindparam, select

from definitions.errors import UnknownDefinition
from store import proposal_list, told_lists
from store.lists import (
    ALL,
    MOST_COUNTED,
    Counted,
    DeadlineLine,
    Heartbeat,
    NoticeLine,
    NoticePage,
    Page,
    ReminderLine,
    ReminderPage,
    UserLine,
    Wanted,
)
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
    SeatRow,
    table,
)
from workflow.entries import Entry
from workflow.proposal import Seat

_PROPOSAL, _DEADLINE = table(ProposalRow), table(DeadlineRow)
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
_NOTICES_OF = Statement(told_lists.notice_rows().where(_PROPOSAL.c.code == bindparam("of_code")).order_by(_NOTICE.c.id))
_ONE_NOTICE = Statement(told_lists.notice_rows().where(_NOTICE.c.id == bindparam("of_id")))
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


#: So many proposals are asked for at once; a shorter list is filled up, so that the statement is one for all.
_AT_ONCE = 50
_NAMED = [f"code_{number}" for number in range(_AT_ONCE)]
_DATA = Statement(
    select(_PROPOSAL.c.code, _PROPOSAL.c.data).where(_PROPOSAL.c.code.in_([bindparam(n) for n in _NAMED]))
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

    def data_of(self, codes: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The current values of every field, as JSON has them, of the proposals on one page."""
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(codes), _AT_ONCE):
            some = [*codes[start : start + _AT_ONCE], *[""] * _AT_ONCE][:_AT_ONCE]
            rows = self._transaction.rows(_DATA, dict(zip(_NAMED, some, strict=True)))
            found |= {row.code: row.data for row in rows}
        return found

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
        return told_lists.reminders(self._transaction, code=code, after=None, limit=ALL - 1).lines

    def reminder_page(self, *, code: str | None = None, after: str | None = None, limit: int = 50) -> ReminderPage:
        """A page of the reminders that wait to be sent, or of all of a proposal, the earliest first.

        Raises NoSuchPage for an ``after`` that no page gave.
        """
        return told_lists.reminders(self._transaction, code=code, after=after, limit=limit)

    def notices(self, code: str) -> tuple[NoticeLine, ...]:
        """Every notice of a proposal, oldest first."""
        return tuple(map(told_lists.notice_line, self._transaction.rows(_NOTICES_OF, {"of_code": code})))

    def notice_page(
        self, *, code: str | None = None, state: str | None = None, after: str | None = None, limit: int = 50
    ) -> NoticePage:
        """A page of notices, of one proposal or of all, the newest first. Raises NoSuchPage as above."""
        return told_lists.notices(self._transaction, code=code, state=state, after=after, limit=limit)

    def notice(self, number: int) -> NoticeLine | None:
        """One notice, or None."""
        row = self._transaction.first(_ONE_NOTICE, {"of_id": number})
        return told_lists.notice_line(row) if row else None

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
