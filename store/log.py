"""Holds everything kept against its own history: hashes, chains, openings, stored states, definitions and papers.

What is shown: nobody changed the database without also rewriting every later entry of the chain. That a whole chain was
rewritten by somebody with all rights can only be seen against a checkpoint kept elsewhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Integer, bindparam, select

from definitions.errors import KhuyencongError
from definitions.process import Process
from store.documents import PaperLost, Papers
from store.people_log import people_findings
from store.pinned import as_process, named_text
from store.queries import Queries, entries_of
from store.rows import proposal_values, read_proposal
from store.statements import Statement, Transaction
from store.tables import DefinitionRow, DocumentRow, EntryRow, OpeningRow, ProposalRow, table
from workflow.entries import BrokenHistory, Entry, check_chain, opened, read_body
from workflow.ledger import replay
from workflow.proposal import Proposal

_ENTRY, _OPENING, _PROPOSAL = table(EntryRow), table(OpeningRow), table(ProposalRow)
_DOCUMENT, _TEXT = table(DocumentRow), table(DefinitionRow)
_BATCH = 500
#: The chain that tells of people.
REGISTERS = "registers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that does not fit: of which subject, at which entry (None: of the subject as a whole), and what."""

    subject: str
    seq: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How much was looked at, and what did not fit. ``covers_nothing`` is never a proof of anything."""

    chains: int = 0
    entries: int = 0
    openings: int = 0
    erased: int = 0
    proposals: int = 0
    definitions: int = 0
    documents: int = 0
    #: Papers whose files were not looked at, because no folder of papers was given.
    documents_unread: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there was something to look at and all of it fits."""
        return not self.findings and not self.covers_nothing

    @property
    def covers_nothing(self) -> bool:
        """Whether there was no history at all to look at."""
        return self.entries == 0


def verify(
    transaction: Transaction, papers: Papers | None = None, *, progress: Callable[[int], None] | None = None
) -> Verified:
    """Reads everything once, chain by chain, and reports every finding. ``progress`` hears the entries read so far."""
    return _Verification(transaction, papers, progress or (lambda _: None)).run()


_SUBJECTS = Statement(
    select(_ENTRY.c.subject)
    .distinct()
    .where(_ENTRY.c.seq.is_not(None), _ENTRY.c.subject > bindparam("beyond"))
    .order_by(_ENTRY.c.subject)
    .limit(_BATCH)
)
_LOOSE = Statement(
    select(*(column for column in _ENTRY.c), _OPENING.c.path, _OPENING.c.salt, _OPENING.c.value)
    .join(_OPENING, _OPENING.c.entry_id == _ENTRY.c.id, isouter=True)
    .where(
        _ENTRY.c.id.in_(
            select(_ENTRY.c.id)
            .where(_ENTRY.c.seq.is_(None), _ENTRY.c.id > bindparam("beyond", type_=Integer()))
            .order_by(_ENTRY.c.id)
            .limit(_BATCH)
            .correlate(None)
        )
    )
    .order_by(_ENTRY.c.id, _OPENING.c.path)
)
_STORED = Statement(select(_PROPOSAL).where(_PROPOSAL.c.code == bindparam("of_code")))
_UNTOLD = Statement(
    select(_PROPOSAL.c.code)
    .where(~select(_ENTRY.c.id).where(_ENTRY.c.subject == _PROPOSAL.c.code, _ENTRY.c.seq.is_not(None)).exists())
    .order_by(_PROPOSAL.c.code)
)
_DEFINITION = Statement(select(_TEXT).where(_TEXT.c.sha256 == bindparam("of_sha256")))
_DEFINITIONS = Statement(select(_TEXT).order_by(_TEXT.c.sha256))
_PAPERS = Statement(select(_DOCUMENT.c.sha256, _DOCUMENT.c.size).order_by(_DOCUMENT.c.sha256))


class _Verification:
    """One pass over everything, counting as it goes."""

    def __init__(self, transaction: Transaction, papers: Papers | None, progress: Callable[[int], None]) -> None:
        self._transaction, self._papers, self._progress = transaction, papers, progress
        self._queries = Queries(transaction)
        self._findings: list[Finding] = []
        self._seen = dict.fromkeys(
            ("chains", "entries", "openings", "erased", "proposals", "definitions", "documents", "documents_unread"), 0
        )
        self._process = lru_cache(maxsize=None)(self._read_process)

    def run(self) -> Verified:
        self._definitions()
        kept = dict(self._documents())
        for subject in self._subjects():
            self._chain(subject, kept)
        self._people()
        for entry in self._loose():
            self._count(entry)
            self._single(entry)
        for row in self._transaction.rows(_UNTOLD):
            self._find(row.code, None, "the proposal has no history")
        return Verified(**self._seen, findings=tuple(self._findings))

    def _people(self) -> None:
        try:
            for what in people_findings(self._transaction, self._queries.history(REGISTERS)):
                self._find(REGISTERS, None, what)
        except BrokenHistory:
            return  # Found with the chain already.
        except (KhuyencongError, LookupError, TypeError, ValueError) as error:
            self._find(REGISTERS, None, f"the entries about people cannot be read: {error!r}")

    def _find(self, subject: str, seq: int | None, what: str) -> None:
        self._findings.append(Finding(subject=subject, seq=seq, what=what))

    def _subjects(self) -> Iterator[str]:
        beyond = ""
        while rows := self._transaction.rows(_SUBJECTS, {"beyond": beyond}):
            yield from (row.subject for row in rows)
            beyond = rows[-1].subject

    def _loose(self) -> Iterator[Entry]:
        beyond = 0
        while rows := self._transaction.rows(_LOOSE, {"beyond": beyond}):
            yield from entries_of(rows)
            beyond = rows[-1].id

    def _count(self, entry: Entry) -> None:
        self._seen["entries"] += 1
        self._seen["openings"] += len(entry.openings)
        self._seen["erased"] += sum(opening.value is None for opening in entry.openings)

    def _chain(self, subject: str, kept: dict[str, int]) -> None:
        entries = self._queries.history(subject)
        self._seen["chains"] += 1
        for entry in entries:
            self._count(entry)
        self._progress(self._seen["entries"])
        try:
            check_chain(entries)
            self._papers_of(entries, kept)
            self._state(subject, entries)
        except BrokenHistory as broken:
            self._find(broken.subject, broken.seq, broken.what)
        except (KhuyencongError, LookupError, TypeError, ValueError) as error:
            self._find(subject, None, f"the entries cannot be read: {error!r}")

    def _single(self, entry: Entry) -> None:
        """An entry outside every chain has only its own hash and openings."""
        try:
            opened(entry, read_body(entry))
        except BrokenHistory as broken:
            self._find(broken.subject, broken.seq, broken.what)
        except (LookupError, TypeError, ValueError) as error:
            self._find(entry.subject, None, f"an entry outside the chain cannot be read: {error!r}")

    def _state(self, subject: str, entries: tuple[Entry, ...]) -> None:
        row = self._transaction.first(_STORED, {"of_code": subject})
        if row is None:
            if entries[0].kind == "created":
                self._find(subject, None, "there is a history, but its proposal is gone")
            return
        self._seen["proposals"] += 1
        stored = read_proposal(row, self._process(row.process_sha256))
        if stored.last_seq != len(entries):
            self._find(subject, stored.last_seq, f"the proposal stands here, its history ends at entry {len(entries)}")
            return
        self._compare(row, stored, replay(entries, self._process), _erased(entries))

    def _compare(self, row: Any, stored: Proposal, told: Proposal, erased: frozenset[str]) -> None:
        parts = [part.name for part in fields(Proposal) if part.name != "data"]
        wrong = [name for name in parts if getattr(stored, name) != getattr(told, name)]
        keys = {*stored.data, *told.data} - erased
        wrong += [f"data.{key}" for key in sorted(keys) if stored.data.get(key) != told.data.get(key)]
        shown = proposal_values(stored, self._process(stored.process_sha256), "")
        wrong += [name for name in ("title", "open", "plan_year", "activity") if getattr(row, name) != shown[name]]
        if wrong:
            self._find(stored.code, None, f"its history tells something else than what is stored: {', '.join(wrong)}")

    def _papers_of(self, entries: tuple[Entry, ...], kept: dict[str, int]) -> None:
        for entry in entries:
            for paper in read_body(entry).get("documents", ()):
                if kept.get(paper["sha256"]) != paper["size"]:
                    self._find(entry.subject, entry.seq, f"the paper {paper['sha256'][:12]} is not among those kept")

    def _definitions(self) -> None:
        for row in self._transaction.rows(_DEFINITIONS):
            self._seen["definitions"] += 1
            if sha256(row.text.encode()).hexdigest() != row.sha256:
                self._find(f"{row.kind} {row.key}", None, "the text of the definition does not fit its hash")

    def _documents(self) -> Iterator[tuple[str, int]]:
        for row in self._transaction.rows(_PAPERS):
            yield row.sha256, row.size
            if self._papers is None:
                self._seen["documents_unread"] += 1
                continue
            self._seen["documents"] += 1
            try:
                if len(self._papers.read(row.sha256)) != row.size:
                    self._find(f"paper {row.sha256}", None, "its size is not the one on record")
            except PaperLost as lost:
                self._find(f"paper {row.sha256}", None, str(lost))

    def _read_process(self, sha: str) -> Process:
        row = self._transaction.first(_DEFINITION, {"of_sha256": sha})
        if row is None:
            raise BrokenHistory(sha, None, "the process text of this hash is gone")
        return as_process(named_text(row.kind, row.key, sha, row.text), sha)


def _erased(entries: tuple[Entry, ...]) -> frozenset[str]:
    """The fields of which some value was erased: history no longer tells them."""
    gone = (opening.path for entry in entries for opening in entry.openings if opening.value is None)
    return frozenset(path.partition(".")[2] for path in gone)
