"""Holds everything kept against its own history: hashes, chains, openings, stored states, definitions and papers.

Beside the proposals themselves, the rows that follow from them: attachments, deadlines, who holds, what is due next.

The log itself (entries, leaves, nodes, checkpoints) is read first, as a stream (``store.log_reading``). Who can write
the database cannot sign, so up to the newest checkpoint nothing can be changed unseen; who also has the key of the
server is seen only against a checkpoint that was kept elsewhere.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select

from audit.checkpoints import Checkpoint
from audit.findings import Compared, Finding
from audit.keys import KeyUnproven, keys_of, replaced_unsigned
from audit.notes import Verifier
from audit.verifying import LogCheck
from definitions.errors import KhuyencongError
from store.cases_log import CasesFound
from store.cases_shared import SharedCases
from store.crew import Crew
from store.documents import PaperLost, Papers
from store.erasing import erasure_findings
from store.history_guard import guards_missing
from store.log_reading import LogReading
from store.numbers_log import NumbersCheck
from store.people_log import people_findings
from store.queries import Queries
from store.readings import ACCESS, ReadingsCheck
from store.registers_log import register_findings
from store.sandbox import read_sandbox
from store.sealed_log import leaves_of
from store.sent import NOTICES, SentCheck
from store.statements import Statement, Transaction
from store.tables import (
    AttachmentRow,
    DeadlineRow,
    DefinitionRow,
    DocumentRow,
    EntryRow,
    OpeningRow,
    ProposalRow,
    table,
)
from workflow.entries import BrokenHistory, instant, read_body
from workflow.service.keys_of_log import LOG
from workflow.service.numbering import PAPERS

_ENTRY, _OPENING, _PROPOSAL = table(EntryRow), table(OpeningRow), table(ProposalRow)
_DOCUMENT, _TEXT = table(DocumentRow), table(DefinitionRow)
_ATTACHMENT, _DEADLINE = table(AttachmentRow), table(DeadlineRow)
_BATCH = 500
_COUNTED = ("definitions", "documents", "documents_unread")
#: Hears (done, whole).
Progress = Callable[[int, int], None]
#: What no entry tells of, so that nothing here is compared with anything; each has a sentence of its own.
UNCHECKED = ("reminders", "unsent", "passwords", "search", "media_types", "versions", "heartbeats")
#: The chain that tells of people.
REGISTERS = "registers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint from outside the database; its signature was looked at. ``source``: where it was kept."""

    source: str
    checkpoint: Checkpoint


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
    #: Attachments and deadlines that were held against history.
    attachments: int = 0
    deadlines: int = 0
    #: Proposals of which the value was erased that deadlines and holders rest on: theirs were not compared.
    untold: int = 0
    #: Entries under a leaf of the signed log, and those that still wait for one; nodes and checkpoints compared.
    sealed: int = 0
    unsealed: int = 0
    nodes: int = 0
    checkpoints: int = 0
    #: How far the newest stored checkpoint reaches.
    covered: int = 0
    #: Mails held against the hashes that history keeps of them, and those sent that it does not know yet.
    mails: int = 0
    mails_unrecorded: int = 0
    #: Notices that these mails carried, held against history.
    notices: int = 0
    #: Numbers of papers held against the entries that gave them.
    numbers: int = 0
    #: Readings of cases held against history, and those that it does not know yet.
    opened: int = 0
    opened_unrecorded: int = 0
    #: Whether signatures were checked with the key of this server, and not only with keys that the log names itself.
    key_checked: bool = False
    #: Keys of the log for which the key before did not vouch, by their number.
    keys_unvouched: tuple[int, ...] = ()
    #: Checkpoints from outside the database that the log was held against.
    compared: tuple[Compared, ...] = ()
    #: The guards of history that are absent, switched off or altered, each also a finding.
    guards_missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there was something to look at and all of it fits: itself, whoever else vouches for it."""
        return not self.findings and not self.covers_nothing

    @property
    def vouched(self) -> int:
        """How many of the first entries a checkpoint from outside the database vouches for; 0: nobody does."""
        return max((one.size for one in self.compared if one.holds), default=0)

    @property
    def covers_nothing(self) -> bool:
        """Whether there was no history at all to look at."""
        return self.entries == 0


def verify(
    transaction: Transaction,
    papers: Papers | None = None,
    *,
    kept: Sequence[Kept] = (),
    key: Verifier | None = None,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> Verified:
    """Reads everything and reports every finding. ``progress`` hears how many of how many entries were read.

    An entry is read twice: as part of the log, and to tell again what its proposal should be. A ``crew`` at work on
    ``check_share`` does the latter meanwhile. Findings come in one order, whoever found them: of the log by its leaves,
    then of the cases by their codes. Raises WorkerLost.

    ``kept`` are checkpoints from outside, taken before the transaction began. ``key`` is the one that signs here.
    """
    with _uncollected():
        cases = SharedCases(transaction, crew)
        return _Verification(transaction, papers, cases, progress or (lambda _, __: None)).run(kept, key)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: nothing that is read here makes any, and it took a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_UNTOLD = Statement(
    select(_PROPOSAL.c.code)
    .where(~select(_ENTRY.c.id).where(_ENTRY.c.subject == _PROPOSAL.c.code, _ENTRY.c.seq.is_not(None)).exists())
    .order_by(_PROPOSAL.c.code)
)
_DEFINITIONS = Statement(select(_TEXT).order_by(_TEXT.c.sha256))
_COUNT_PAPERS = Statement(select(func.count().label("n")).select_from(_DOCUMENT))
_SOME_PAPERS = Statement(
    select(_DOCUMENT.c.sha256, _DOCUMENT.c.size)
    .where(_DOCUMENT.c.sha256 > bindparam("beyond"))
    .order_by(_DOCUMENT.c.sha256)
    .limit(literal_column(str(_BATCH)))
)


class _Verification:
    """One pass over everything, counting as it goes."""

    def __init__(self, transaction: Transaction, papers: Papers | None, cases: SharedCases, progress: Progress) -> None:
        self._transaction, self._papers, self._shared, self._progress = transaction, papers, cases, progress
        self._queries = Queries(transaction)
        self._findings: list[Finding] = []
        self._seen = dict.fromkeys(_COUNTED, 0)

    def run(self, kept: Sequence[Kept], key: Verifier | None) -> Verified:
        missing = guards_missing(self._transaction)
        for name in missing:
            self._find("database", None, "finding.guard", name=name)
        self._definitions()
        self._documents()
        log, compared, unvouched = self._log(kept, key)
        self._force(log.newest)
        cases = self._cases(log)
        if REGISTERS not in log.broken:
            self._people()
        for row in self._transaction.rows(_UNTOLD):
            self._find(row.code, None, "finding.no_history")
        sent = SentCheck(self._transaction)
        self._findings += self._read(NOTICES, sent.findings)
        opened = ReadingsCheck(self._transaction)
        self._findings += self._read(ACCESS, opened.findings)
        numbers = NumbersCheck(self._transaction)
        self._findings += self._read(PAPERS, numbers.findings)
        return Verified(
            **self._seen,
            proposals=cases.proposals,
            attachments=cases.attachments,
            deadlines=cases.deadlines,
            untold=cases.untold,
            **asdict(log.coverage),
            mails=sent.compared,
            mails_unrecorded=sent.unrecorded,
            notices=sent.notices,
            numbers=numbers.compared,
            opened=opened.compared,
            opened_unrecorded=opened.unrecorded,
            covered=log.newest.size if log.newest else 0,
            key_checked=key is not None,
            keys_unvouched=unvouched,
            compared=compared,
            guards_missing=missing,
            findings=tuple(self._findings),
        )

    def _cases(self, log: LogCheck) -> CasesFound:
        """Every chain that was found whole, told again."""
        whole, entries = CasesFound(), log.coverage.entries
        for found in self._shared.found(log.broken):
            whole.count(found)
            self._findings += found.findings
            self._progress(entries + max(whole.entries, self._shared.entries), 2 * entries)
        return whole

    def _read_of_log(self, done: int, whole: int) -> None:
        self._progress(done + self._shared.hear(), whole)

    def _force(self, newest: Checkpoint | None) -> None:
        """Whether the data has legal force, as the newest checkpoint says and as the database does."""
        if newest is not None and newest.sandbox != (read_sandbox(self._transaction) is not None):
            self._find(LOG, None, "finding.sandbox_gone" if newest.sandbox else "finding.sandbox_come")

    def _read(self, subject: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        """What a check finds, as far as entries can be read."""
        try:
            yield from check()
        except (KeyError, TypeError, ValueError) as error:
            yield Finding(subject=subject, seq=None, code="finding.unreadable", params={"why": repr(error)})

    def _log(
        self, kept: Sequence[Kept], key: Verifier | None
    ) -> tuple[LogCheck, tuple[Compared, ...], tuple[int, ...]]:
        """The entries, their chains, the tree and its checkpoints; and each checkpoint from outside against them."""
        keys, unvouched = self._keys(key)
        positions = {leaf.seq: leaf.position for leaf in leaves_of(self._transaction, LOG)[0]}
        ends = [positions.get(number + 1) for number, _ in enumerate(keys, start=1)]
        reading = LogReading(self._transaction, keys, self._findings.append, self._read_of_log, ends)
        roots = reading.run([one.checkpoint.size for one in kept])
        compared = tuple(self._compared(one, reading.check.size, roots) for one in kept)
        return reading.check, compared, unvouched

    def _keys(self, key: Verifier | None) -> tuple[tuple[Verifier, ...], tuple[int, ...]]:
        """The keys that may have signed, as the log tells them; the newest must be the one that signs here."""
        try:
            told = [read_body(entry) for entry in self._queries.history(LOG)]
            found = keys_of(told)
        except KeyUnproven as error:
            self._find(LOG, error.number, error.code)
            return (key,) if key else (), ()
        except BrokenHistory as broken:
            self._find(LOG, broken.seq, broken.code, **broken.params)
            return (key,) if key else (), ()
        except (KeyError, TypeError, ValueError) as error:
            self._find(LOG, None, "finding.unreadable", why=repr(error))
            return (key,) if key else (), ()
        if key is not None and found and found[-1] != key:
            self._find(LOG, len(found), "finding.other_key")
        return found, replaced_unsigned(told)

    def _compared(self, kept: Kept, size: int, roots: Mapping[int, bytes]) -> Compared:
        checkpoint = kept.checkpoint
        holds = roots.get(checkpoint.size) == checkpoint.root
        if checkpoint.size > size:
            self._find(LOG, None, "finding.cut", source=kept.source, size=checkpoint.size, left=size)
        elif not holds:
            self._find(LOG, None, "finding.rewritten", source=kept.source, size=checkpoint.size)
        return Compared(source=kept.source, size=checkpoint.size, made_at=instant(checkpoint.made_at), holds=holds)

    def _people(self) -> None:
        try:
            self._findings += register_findings(self._transaction)
            self._findings += erasure_findings(self._transaction)
            self._findings += people_findings(self._transaction, self._queries.history(REGISTERS))
        except BrokenHistory:
            return  # Found with the chain already.
        except (KhuyencongError, LookupError, TypeError, ValueError) as error:
            self._find(REGISTERS, None, "finding.unreadable", why=repr(error))

    def _find(self, subject: str, seq: int | None, code: str, **params: str | int) -> None:
        self._findings.append(Finding(subject=subject, seq=seq, code=code, params=params))

    def _definitions(self) -> None:
        for row in self._transaction.rows(_DEFINITIONS):
            self._seen["definitions"] += 1
            if sha256(row.text.encode()).hexdigest() != row.sha256:
                self._find(f"{row.kind} {row.key}", None, "finding.text")

    def _documents(self) -> None:
        """The papers themselves, where their folder is at hand."""
        if self._papers is None:
            counted: Any = self._transaction.first(_COUNT_PAPERS)
            self._seen["documents_unread"] = counted.n
            return
        beyond = ""
        while rows := self._transaction.rows(_SOME_PAPERS, {"beyond": beyond}):
            for row in rows:
                self._seen["documents"] += 1
                self._paper(self._papers, row.sha256, row.size)
            beyond = rows[-1].sha256

    def _paper(self, papers: Papers, sha: str, size: int) -> None:
        try:
            if len(papers.read(sha)) != size:
                self._find(f"paper {sha}", None, "finding.paper_size")
        except PaperLost as lost:
            self._find(f"paper {sha}", None, lost.code, cause=lost.cause)
