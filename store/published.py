"""The definitions half of a unit of work: texts by hash, the newest of each key, the law they make together."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256 as hash_of
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select

from definitions.bundle import Bundle
from definitions.calendar import CalendarYear
from definitions.errors import UnknownDefinition
from definitions.loading import DefinitionText
from definitions.process import Process
from definitions.programme import Programme
from store import moves
from store.pinned import Pinned, Registers, as_process, as_programme, as_years, assembled, named_text
from store.statements import Statement, Transaction, put
from store.tables import DefinitionRow, EntryRow, PublicationRow, table
from workflow.entries import Entry
from workflow.service.chaining import REGISTERS

_TEXT, _PUBLICATION, _ENTRY = table(DefinitionRow), table(PublicationRow), table(EntryRow)

_READ = Statement(select(_TEXT).where(_TEXT.c.sha256 == bindparam("of_sha256")))
#: The hash of the newest entry of the registers, which names all that they say.
REGISTERS_HASH = (
    select(_ENTRY.c.hash)
    .where(_ENTRY.c.subject == literal_column(f"'{REGISTERS}'"), _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq.desc())
    .limit(literal_column("1"))
)
_REGISTERS = Statement(REGISTERS_HASH)
_YEARS = Statement(
    select(_PUBLICATION.c.id, _TEXT)
    .join(_TEXT, _TEXT.c.sha256 == _PUBLICATION.c.sha256)
    .where(_PUBLICATION.c.kind == literal_column("'calendar'"), _PUBLICATION.c.key == bindparam("of_key"))
    .order_by(_PUBLICATION.c.id)
)
_NEWEST = Statement(
    select(_PUBLICATION.c.kind, _PUBLICATION.c.key, _TEXT.c.sha256, _TEXT.c.text)
    .join(_TEXT, _TEXT.c.sha256 == _PUBLICATION.c.sha256)
    .where(_PUBLICATION.c.id.in_(select(func.max(_PUBLICATION.c.id)).group_by(_PUBLICATION.c.kind, _PUBLICATION.c.key)))
)
_TEMPLATES = Statement(
    select(_PUBLICATION.c.sha256).where(_PUBLICATION.c.kind == "templates").order_by(_PUBLICATION.c.id.desc()).limit(1)
)
_KEEP, _PUBLISH = put(_TEXT, once=("sha256",)), put(_PUBLICATION)


class Published:
    """Definitions on an open transaction."""

    def __init__(self, transaction: Transaction, pinned: Pinned) -> None:
        self._transaction, self._pinned = transaction, pinned
        #: The hash by which this transaction sees the registers; None: it has not looked yet.
        self._seen: str | None = None
        #: The registers as this transaction itself changed them, which is nobody else's before it commits.
        self._changed: Registers | None = None

    def _registers(self) -> Registers:
        """What is known of the registers as this transaction sees them."""
        if self._changed is not None:
            return self._changed
        if self._seen is None:
            row = self._transaction.first(_REGISTERS)
            self._seen = str(row.hash) if row else ""
        if self._pinned.registers.hash != self._seen:
            self._pinned.registers = Registers(self._seen)
        return self._pinned.registers

    def _change(self, entry: Entry) -> int:
        """Writes the entry of a change of the registers; its row number."""
        self._changed = Registers("")
        return moves.append(self._transaction, entry)

    def law(self) -> Bundle:
        """The definitions published last, assembled."""
        known = self._registers()
        if known.law is None:
            known.law = assembled(self._newest())
        return known.law

    def templates_sha256(self) -> str:
        """Hash of the notice templates published last. Raises UnknownDefinition where there are none."""
        row = self._transaction.first(_TEMPLATES)
        if row is None:
            raise UnknownDefinition("templates", "notices")
        return str(row.sha256)

    def process(self, sha256: str) -> Process:
        """The process of that text, whether or not it was followed by another. Raises UnknownDefinition."""
        found = self._pinned.processes.get(sha256)
        if found is None:
            found = as_process(self._text("process", sha256), sha256)
            if self._changed is None:
                self._pinned.processes[sha256] = found
        return found

    def programme(self, sha256: str) -> Programme:
        """The programme of that text. Raises UnknownDefinition."""
        found = self._pinned.programmes.get(sha256)
        if found is None:
            found = as_programme(self._text("programme", sha256), sha256)
            if self._changed is None:
                self._pinned.programmes[sha256] = found
        return found

    def has_text(self, sha256: str) -> bool:
        """Whether a definition text of that hash was ever published here."""
        return self._transaction.first(_READ, {"of_sha256": sha256}) is not None

    def published(self) -> Mapping[tuple[str, str], DefinitionText]:
        """The newest text of every (kind, key), templates too."""
        return self._newest()

    def calendar_years(self, year: int) -> tuple[CalendarYear, ...]:
        """Every text of a calendar year that was ever published here, oldest first."""
        rows = self._transaction.rows(_YEARS, {"of_key": str(year)})
        return as_years(named_text(row.kind, row.key, row.sha256, row.text) for row in rows)

    def publish(self, kind: str, key: str, version: str, text: str, entry: Entry) -> None:
        """Keeps a definition text by its hash and makes it the newest of its key."""
        sha256 = hash_of(text.encode()).hexdigest()
        entry_id = self._change(entry)
        if not self.has_text(sha256):
            self._transaction.run(_KEEP, {"sha256": sha256, "kind": kind, "key": key, "version": version, "text": text})
        self._transaction.run(_PUBLISH, _publication(kind, key, sha256, entry.recorded_at, entry_id))

    def _text(self, kind: str, sha256: str) -> DefinitionText:
        row = self._transaction.first(_READ, {"of_sha256": sha256})
        if row is None:
            raise UnknownDefinition(kind, sha256)
        return named_text(row.kind, row.key, sha256, row.text)

    def _newest(self) -> dict[tuple[str, str], DefinitionText]:
        rows = self._transaction.rows(_NEWEST)
        return {(row.kind, row.key): named_text(row.kind, row.key, row.sha256, row.text) for row in rows}


def _publication(kind: str, key: str, sha256: str, at: datetime, entry_id: int) -> dict[str, Any]:
    return {"kind": kind, "key": key, "sha256": sha256, "recorded_at": at, "entry_id": entry_id}
