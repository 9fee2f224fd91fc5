"""Holds everything kept against its own history: hashes, chains, openings, stored states, definitions and papers.

Beside the proposals themselves, the rows that follow from them: attachments, deadlines, who holds, what is due next.

The log itself (entries, leaves, nodes, checkpoints) is read first, as a stream (``store.log_reading``). Who can write
the database cannot sign, so up to the newest checkpoint nothing can be changed unseen; who also has the key of the
server is seen only against a checkpoint that was kept elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Integer, bindparam, select

from audit.checkpoints import Checkpoint
from audit.findings import Compared, Finding
from audit.keys import KeyUnproven, keys_of, replaced_unsigned
from audit.notes import Verifier
from audit.verifying import LogCheck
from definitions.errors import KhuyencongError
from store.documents import PaperLost, Papers
from store.erasing import erasure_findings
from store.history_guard import guards_missing
from store.log_reading import LogReading
from store.numbers_log import NumbersCheck
from store.opened import ACCESS, OpenedCheck
from store.people_log import people_findings
from store.queries import Queries
from store.registers_log import register_findings
from store.registers_then import RegistersThen
from store.rows import proposal_values, read_deadline, read_proposal
from store.sandbox import read_sandbox
from store.sealed_log import leaves_of
from store.sent import NOTICES, SentCheck
from store.statements import Statement, Transaction
from store.tables import (
    NO_DUE,
    AttachmentRow,
    DeadlineRow,
    DefinitionRow,
    DocumentRow,
    EntryRow,
    OpeningRow,
    ProposalRow,
    table,
)
from workflow.conditions import DECISIVE_TEXTS
from workflow.deadlines import Deadline
from workflow.entries import BrokenHistory, Entry, instant, read, read_body
from workflow.ledger import Stage, stages_of
from workflow.proposal import Proposal
from workflow.service.asking import OPINION
from workflow.service.keys_of_log import LOG
from workflow.service.numbering import PAPERS
from workflow.service.retelling import retell

_ENTRY, _OPENING, _PROPOSAL = table(EntryRow), table(OpeningRow), table(ProposalRow)
_DOCUMENT, _TEXT = table(DocumentRow), table(DefinitionRow)
_ATTACHMENT, _DEADLINE = table(AttachmentRow), table(DeadlineRow)
_BATCH = 500
_COUNTED = ("proposals", "definitions", "documents", "documents_unread")
_HELD = ("attachments", "deadlines", "untold")
#: Columns that repeat what the values of a proposal say, for lists.
_SHOWN = ("title", "open", "plan_year", "activity", "paper_since", "contract")
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
    #: Openings of cases by readers held against history, and those that it does not know yet.
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
) -> Verified:
    """Reads everything and reports every finding. ``progress`` hears how many of how many entries were read.

    An entry is read twice: as part of the log, and to tell again what its proposal should be.

    ``kept`` are checkpoints from outside, taken before the transaction began. ``key`` is the one that signs here.
    """
    return _Verification(transaction, papers, progress or (lambda _, __: None)).run(kept, key)


_SUBJECTS = Statement(
    select(_ENTRY.c.subject)
    .distinct()
    .where(_ENTRY.c.seq.is_not(None), _ENTRY.c.subject > bindparam("beyond"))
    .order_by(_ENTRY.c.subject)
    .limit(_BATCH)
)
_STORED = Statement(select(_PROPOSAL).where(_PROPOSAL.c.code == bindparam("of_code")))
_UNTOLD = Statement(
    select(_PROPOSAL.c.code)
    .where(~select(_ENTRY.c.id).where(_ENTRY.c.subject == _PROPOSAL.c.code, _ENTRY.c.seq.is_not(None)).exists())
    .order_by(_PROPOSAL.c.code)
)
_OF_PROPOSAL = bindparam("of_proposal", type_=Integer())
_ATTACHED = Statement(
    select(_ENTRY.c.seq, _ATTACHMENT.c.number, _ATTACHMENT.c.key, _ATTACHMENT.c.sha256)
    .join(_ENTRY, _ENTRY.c.id == _ATTACHMENT.c.entry_id)
    .where(_ATTACHMENT.c.proposal_id == _OF_PROPOSAL)
)
_DEADLINES = Statement(select(_DEADLINE).where(_DEADLINE.c.proposal_id == _OF_PROPOSAL).order_by(_DEADLINE.c.id))
_DEFINITIONS = Statement(select(_TEXT).order_by(_TEXT.c.sha256))
_PAPERS = Statement(select(_DOCUMENT.c.sha256, _DOCUMENT.c.size).order_by(_DOCUMENT.c.sha256))


class _Verification:
    """One pass over everything, counting as it goes."""

    def __init__(self, transaction: Transaction, papers: Papers | None, progress: Progress) -> None:
        self._transaction, self._papers, self._progress = transaction, papers, progress
        self._queries = Queries(transaction)
        self._findings: list[Finding] = []
        self._seen = dict.fromkeys((*_COUNTED, *_HELD), 0)
        self._then = RegistersThen(transaction)

    def run(self, kept: Sequence[Kept], key: Verifier | None) -> Verified:
        missing = guards_missing(self._transaction)
        for name in missing:
            self._find("database", None, "finding.guard", name=name)
        self._definitions()
        papers = dict(self._documents())
        log, compared, unvouched = self._log(kept, key)
        self._force(log.newest)
        done = log.coverage.entries
        for subject in self._subjects():
            if subject not in log.broken:
                done += self._chain(subject, papers)
                self._progress(done, 2 * log.coverage.entries)
        if REGISTERS not in log.broken:
            self._people()
        for row in self._transaction.rows(_UNTOLD):
            self._find(row.code, None, "finding.no_history")
        sent = SentCheck(self._transaction)
        self._findings += self._read(NOTICES, sent.findings)
        opened = OpenedCheck(self._transaction)
        self._findings += self._read(ACCESS, opened.findings)
        numbers = NumbersCheck(self._transaction)
        self._findings += self._read(PAPERS, numbers.findings)
        return Verified(
            **self._seen,
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
        reading = LogReading(self._transaction, keys, self._findings.append, self._progress, ends)
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

    def _subjects(self) -> Iterator[str]:
        beyond = ""
        while rows := self._transaction.rows(_SUBJECTS, {"beyond": beyond}):
            yield from (row.subject for row in rows)
            beyond = rows[-1].subject

    def _chain(self, subject: str, kept: dict[str, int]) -> int:
        """What follows from the entries of a subject, whose bytes and chain were found whole; how many they are."""
        entries: tuple[Entry, ...] = self._queries.history(subject)
        try:
            entries = tuple(map(read, entries))
            self._papers_of(entries, kept)
            self._state(subject, entries)
        except BrokenHistory as broken:
            self._find(broken.subject, broken.seq, broken.code, **broken.params)
        except (KhuyencongError, LookupError, TypeError, ValueError) as error:
            self._find(subject, None, "finding.unreadable", why=repr(error))
        return len(entries)

    def _state(self, subject: str, entries: tuple[Entry, ...]) -> None:
        row = self._transaction.first(_STORED, {"of_code": subject})
        if row is None:
            if entries[0].kind == "created":
                self._find(subject, None, "finding.gone")
            return
        self._seen["proposals"] += 1
        stored = read_proposal(row, self._then.process(row.process_sha256))
        if stored.last_seq != len(entries):
            self._find(subject, stored.last_seq, "finding.end", number=len(entries))
            return
        stages, erased = stages_of(entries, self._then.process), _erased(entries)
        told = stages[-1].proposal
        self._compare(row, stored, told, erased)
        self._attachments(row, entries)
        if erased & DECISIVE_TEXTS:
            self._seen["untold"] += 1
        else:
            self._time(row, stages)

    def _attachments(self, row: Any, entries: tuple[Entry, ...]) -> None:
        """The rows that say which paper belongs to which entry, against the entries themselves."""
        rows = self._transaction.rows(_ATTACHED, {"of_proposal": row.id})
        self._seen["attachments"] += len(rows)
        stored = {(one.seq, one.number, one.key, one.sha256) for one in rows}
        told = {
            (entry.seq, number, paper["key"], paper["sha256"])
            for entry in entries
            for number, paper in enumerate(read_body(entry).get("documents", ()))
        }
        for seq, number, key, _ in sorted(stored ^ told):
            self._find(row.code, seq, "finding.attachment", key=key, number=number)

    def _time(self, row: Any, stages: tuple[Stage, ...]) -> None:
        """Deadlines, the next due instant and the holder, against what the entries make of them."""
        numbers = self._then.rows_of(row.code)
        told = retell(stages, lambda one, seq: self._then.situation(one, numbers[seq]))
        rows = self._transaction.rows(_DEADLINES, {"of_proposal": row.id})
        self._seen["deadlines"] += len(rows)
        stored = {(one.rule, one.period): one for one in map(read_deadline, rows)}
        should = {(one.rule, one.period): one for one in told.deadlines}
        for place in sorted({*stored, *should}):
            if parts := _differences(stored.get(place), should.get(place)):
                self._deadline(row.code, place, parts)
        for one in rows:
            if one.due != read_deadline(one).due:
                self._find(row.code, None, "finding.due", rule=one.rule)
        due = min((one.due for one in rows if one.state == "running"), default=NO_DUE)
        wrong = ["due"] if row.due != due else []
        wrong += ["holder"] if (row.holder or "") != told.holder else []
        if wrong:
            self._find(row.code, None, "finding.stored", parts=", ".join(wrong))

    def _deadline(self, code: str, place: tuple[str, str], parts: tuple[str, ...]) -> None:
        name = ".".join(part for part in place if part)
        if parts in ((_SURPLUS,), (_GONE,)):
            self._find(code, None, f"finding.deadline_{parts[0]}", name=name)
        else:
            self._find(code, None, "finding.deadline", name=name, parts=", ".join(parts))

    def _compare(self, row: Any, stored: Proposal, told: Proposal, erased: frozenset[str]) -> None:
        parts = [name for name in Proposal.__struct_fields__ if name != "data"]
        wrong = [name for name in parts if getattr(stored, name) != getattr(told, name)]
        keys = {*stored.data, *told.data} - erased
        wrong += [f"data.{key}" for key in sorted(keys) if stored.data.get(key) != told.data.get(key)]
        shown = proposal_values(stored, self._then.process(stored.process_sha256), "")
        wrong += [name for name in _SHOWN if getattr(row, name) != shown[name]]
        if wrong:
            self._find(stored.code, None, "finding.stored", parts=", ".join(wrong))

    def _papers_of(self, entries: tuple[Entry, ...], kept: dict[str, int]) -> None:
        for entry in entries:
            for paper in read_body(entry).get("documents", ()):
                if kept.get(paper["sha256"]) != paper["size"]:
                    self._find(entry.subject, entry.seq, "finding.paper", sha=paper["sha256"][:12])

    def _definitions(self) -> None:
        for row in self._transaction.rows(_DEFINITIONS):
            self._seen["definitions"] += 1
            if sha256(row.text.encode()).hexdigest() != row.sha256:
                self._find(f"{row.kind} {row.key}", None, "finding.text")

    def _documents(self) -> Iterator[tuple[str, int]]:
        for row in self._transaction.rows(_PAPERS):
            yield row.sha256, row.size
            if self._papers is None:
                self._seen["documents_unread"] += 1
                continue
            self._seen["documents"] += 1
            try:
                if len(self._papers.read(row.sha256)) != row.size:
                    self._find(f"paper {row.sha256}", None, "finding.paper_size")
            except PaperLost as lost:
                self._find(f"paper {row.sha256}", None, lost.code, cause=lost.cause)


def _differences(stored: Deadline | None, told: Deadline | None) -> tuple[str, ...]:
    """The parts of a deadline that differ; of an opinion's, not the allowance that its asker named."""
    if stored is None or told is None:
        return (_SURPLUS if told is None else _GONE,)
    names = [name for name in Deadline.__struct_fields__ if stored.rule != OPINION or name not in _ASKED]
    return tuple(name for name in names if getattr(stored, name) != getattr(told, name) and name != "calendar") + (
        () if _follows(stored.calendar, told.calendar) else ("calendar",)
    )


def _follows(mark: str, told: str) -> bool:
    """Whether a calendar mark is the one told, or later versions of its years: where no day moved, no entry says so."""
    return len(mark.split(",")) == len(told.split(",")) and all(
        (one.partition(".")[0], _number(one)) >= (other.partition(".")[0], _number(other))
        and one.partition(".")[0] == other.partition(".")[0]
        for one, other in zip(mark.split(","), told.split(","), strict=True)
    )


def _number(mark: str) -> int:
    return int(mark.partition(".")[2].rstrip("?") or 0)


#: A deadline that no entry tells of, and one that is not there.
_SURPLUS, _GONE = "surplus", "gone"
#: What an opinion's entry does not say of its deadline.
_ASKED = ("allowance", "consumed", "calendar", "provisional")


def _erased(entries: tuple[Entry, ...]) -> frozenset[str]:
    """The fields of which some value was erased: history no longer tells them."""
    gone = (opening.path for entry in entries for opening in entry.openings if opening.value is None)
    return frozenset(path.partition(".")[2] for path in gone)
