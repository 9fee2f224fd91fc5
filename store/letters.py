"""Notices in a unit of work on a database: one by its number, and what people do with it by hand."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, literal_column, select, update

from store import moves
from store.recounts import Recounts
from store.statements import Statement
from store.tables import NoticeRow, ProposalRow, table
from workflow.entries import Entry
from workflow.storage import Letter, Recipient

_NOTICE, _PROPOSAL = table(NoticeRow), table(ProposalRow)
_PARTS = ("id", "notice", "seq", "state", "to_seat", "to_person", "to_name", "to_address")
_ONE = Statement(
    select(*(_NOTICE.c[name] for name in _PARTS), _PROPOSAL.c.code, _PROPOSAL.c.implementer)
    .join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)
    .where(_NOTICE.c.id == bindparam("of_id"))
    .with_for_update(of=_NOTICE)
)
_LOOK = Statement(
    select(*(_NOTICE.c[name] for name in _PARTS), _PROPOSAL.c.code, _PROPOSAL.c.implementer)
    .join(_PROPOSAL, _PROPOSAL.c.id == _NOTICE.c.proposal_id)
    .where(_NOTICE.c.id == bindparam("of_id"))
)
_FRESH: dict[str, Any] = {"lease_until": literal_column("NULL"), "last_error": literal_column("''")}
_AGAIN = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.id == bindparam("of_id"))
    .values(
        state=literal_column("'scheduled'"), attempts=literal_column("0"), next_attempt_at=bindparam("at"), **_FRESH
    )
)
_PRINTED = Statement(
    update(_NOTICE)
    .where(_NOTICE.c.id == bindparam("of_id"))
    .values(state=literal_column("'accepted'"), channel=literal_column("'paper'"), **_FRESH)
)


class Letters(Recounts):
    """Notices on an open transaction."""

    def letter(self, number: int) -> Letter | None:
        """The notice of that number, or None; who means to change it keeps others from it."""
        row: Any = self._transaction.first(_ONE if self._locks else _LOOK, {"of_id": number})
        if row is None:
            return None
        to = Recipient(seat=row.to_seat, person=row.to_person, name=row.to_name, address=row.to_address)
        said = {name: getattr(row, name) for name in ("code", "implementer", "notice", "seq", "state")}
        return Letter(number=row.id, to=to, **said)

    def move_letter(self, number: int, state: Literal["scheduled", "accepted"], *, at: datetime, entry: Entry) -> None:
        """Makes a notice wait again from ``at`` on, or says that it went on paper. Raises StaleProposal."""
        if state == "scheduled":
            self._transaction.run(_AGAIN, {"of_id": number, "at": at})
        else:
            self._transaction.run(_PRINTED, {"of_id": number})
        moves.append(self._transaction, entry)
