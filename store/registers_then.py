"""What the law and the registers said when an entry was written, for telling history again.

Rows are taken in the order of their entries' places (``store.places``), not by their clocks: of sealed entries that is
the order of the leaves, which a checkpoint binds. A step is told with every change of the registers that was sealed
before it. On PostgreSQL a change may be committed, and even sealed, between the moment a step looked and the moment its
own entry was committed: the step is then told with what it had just missed.
"""

from bisect import bisect_left
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, select

from definitions.bundle import Bundle
from definitions.loading import DefinitionText
from definitions.model import Basis
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Appointment
from store.pinned import as_process, as_programme, assembled, named_text
from store.places import place, with_leaves
from store.statements import Statement, Transaction
from store.tables import AppointmentRow, DefinitionRow, EntryRow, GuidanceRow, PublicationRow, table
from workflow.authority import Guidance, Situation
from workflow.entries import BrokenHistory
from workflow.proposal import Proposal

_TEXT, _PUBLICATION, _ENTRY = table(DefinitionRow), table(PublicationRow), table(EntryRow)
_APPOINTMENT, _GUIDANCE = table(AppointmentRow), table(GuidanceRow)


def _placed(of: Table) -> Statement:
    """A table of the registers by the places of its rows' entries."""
    columns = (one for one in of.c if one.name != "recorded_at")
    rows = select(*columns, place(of.c.entry_id).label("place")).select_from(with_leaves(of, of.c.entry_id))
    return Statement(rows.order_by(place(of.c.entry_id), of.c.id))


_PUBLISHED, _APPOINTMENTS, _LETTERS = _placed(_PUBLICATION), _placed(_APPOINTMENT), _placed(_GUIDANCE)
_READ = Statement(select(_TEXT).where(_TEXT.c.sha256 == bindparam("of_sha256")))
_PLACES = Statement(
    select(place(_ENTRY.c.id).label("place"), _ENTRY.c.seq)
    .select_from(with_leaves(_ENTRY, _ENTRY.c.id))
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq)
)
_APPOINTED = ("agency", "role", "programme", "process", "province", "since", "until")
_LETTER = ("programme", "rule", "plan_year", "last_day", "agency", "paper")


class RegistersThen:
    """The registers as they stood before each entry. Everything is read once."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._published = transaction.rows(_PUBLISHED)
        self._appointed = [(row.place, _appointment(row)) for row in transaction.rows(_APPOINTMENTS)]
        self._letters = [(row.place, _letter(row)) for row in transaction.rows(_LETTERS)]
        self.process = lru_cache(maxsize=None)(self._process)
        self._programme = lru_cache(maxsize=None)(self._read_programme)
        self._law = lru_cache(maxsize=8)(self._assembled)
        self._situation = lru_cache(maxsize=64)(self._after)
        #: The places of all entries that changed a register.
        self._changes = sorted(
            {one.place for one in self._published} | {at for at, _ in (*self._appointed, *self._letters)}
        )

    def places_of(self, subject: str) -> dict[int, int]:
        """The place of each entry of a chain."""
        return {row.seq: row.place for row in self._transaction.rows(_PLACES, {"of_subject": subject})}

    def situation(self, proposal: Proposal, before: int) -> Situation:
        """What the entry in that place was decided on. Raises BrokenHistory where a pinned text is gone."""
        pinned = (proposal.process_sha256, proposal.programme_sha256, proposal.programme)
        return self._situation(*pinned, bisect_left(self._changes, before))

    def _after(self, process: str, programme_sha256: str, programme: str, changes: int) -> Situation:
        """What stood there after so many changes of the registers; shared by all cases that are alike in this."""
        before = self._changes[changes - 1] + 1 if changes else 0
        return Situation(
            process=self.process(process),
            programme=self._programme(programme_sha256),
            law=self._law(sum(published.place < before for published in self._published)),
            appointed=tuple(made for at, made in self._appointed if at < before),
            guidance=tuple(letter for at, letter in self._letters if at < before and letter.programme == programme),
        )

    def forget(self) -> None:
        """Lets go of situations and of what they answered, so that many cases take no more room than a few."""
        self._situation.cache_clear()

    def newest(self, before: int) -> dict[tuple[str, str], str]:
        """The hash of the text that was newest of each (kind, key) before that place."""
        return {(one.kind, one.key): one.sha256 for one in self._published if one.place < before}

    def _assembled(self, known: int) -> Bundle:
        """The law of the first so many publications."""
        newest = {(row.kind, row.key): row.sha256 for row in self._published[:known]}
        return assembled({place: self._text(place[0], sha256) for place, sha256 in newest.items()})

    def _process(self, sha256: str) -> Process:
        return as_process(self._text("process", sha256), sha256)

    def _read_programme(self, sha256: str) -> Programme:
        return as_programme(self._text("programme", sha256), sha256)

    def _text(self, kind: str, sha256: str) -> DefinitionText:
        row: Any = self._transaction.first(_READ, {"of_sha256": sha256})
        if row is None:
            raise BrokenHistory(sha256, None, "finding.text_gone", kind=kind)
        return named_text(row.kind, row.key, sha256, row.text)


def _appointment(row: Any) -> Appointment:
    return Appointment(**{name: getattr(row, name) for name in _APPOINTED}, basis=Basis.model_validate(row.basis))


def _letter(row: Any) -> Guidance:
    return Guidance(**{name: getattr(row, name) for name in _LETTER})
