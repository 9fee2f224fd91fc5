"""Notices that did not reach their reader, and what is written in their place, in one transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ClauseElement, bindparam, select

from store.claims import among, several
from store.notice_rows import notice_values
from store.statements import Statement, Transaction, put
from store.tables import MessageRow, NoticeRow, ProposalRow, table
from store.unit_of_work import SqlUnitOfWork
from workflow.rerouting import Lost
from workflow.storage import Notice, Recipient

_NOTICE, _PROPOSAL, _MESSAGE = table(NoticeRow), table(ProposalRow), table(MessageRow)
_PARTS = ("id", "key", "notice", "seq", "reminder_id", "channel", "variables", "templates_sha256")
_TO = ("to_seat", "to_person", "to_name", "to_address")


def _of_ids(dialect: str) -> ClauseElement:
    found: ClauseElement = (
        select(*(_NOTICE.c[name] for name in (*_PARTS, *_TO, "proposal_id")), _PROPOSAL.c.code, _PROPOSAL.c.implementer)
        .join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)
        .where(among(_NOTICE.c.id, "ids", dialect))
        .order_by(_NOTICE.c.id)
    )
    return found


_LOST = Statement(_of_ids)
_BYTES = Statement(select(_MESSAGE.c.bytes).where(_MESSAGE.c.id == bindparam("of_id")))
_PUT = put(_NOTICE, once=("key",))


class Undelivered:
    """What a mail carried that is lost (``notices``), and where to write what takes its place."""

    def __init__(
        self, transaction: Transaction, uow: SqlUnitOfWork, *, message_id: str = "", ids: Iterable[int] = ()
    ) -> None:
        self._transaction, self.uow, self._message_id = transaction, uow, message_id
        self.notices: Sequence[Lost] = self.lost(ids)

    @property
    def content(self) -> bytes:
        """The mail as it was sent."""
        row: Any = self._transaction.first(_BYTES, {"of_id": self._message_id})
        return bytes(row.bytes) if row else b""

    def lost(self, ids: Iterable[int]) -> tuple[Lost, ...]:
        """The notices of these numbers."""
        wanted = list(ids)
        rows = self._transaction.rows(_LOST, {"ids": several(wanted, self._transaction.dialect)}) if wanted else []
        return tuple(map(_lost, rows))

    def add(self, proposal_id: int, notices: Iterable[Notice], *, reminder_id: int | None = None) -> None:
        """Writes notices of a proposal; one whose key is known stays as it is."""
        rows = [notice_values(one, proposal_id=proposal_id, reminder_id=reminder_id) for one in notices]
        self._transaction.run_many(_PUT, rows)


def _lost(row: Any) -> Lost:
    to = Recipient(seat=row.to_seat, person=row.to_person, name=row.to_name, address=row.to_address)
    parts = {name: getattr(row, name) for name in (*_PARTS, "proposal_id", "code", "implementer")}
    return Lost(to=to, **parts)
