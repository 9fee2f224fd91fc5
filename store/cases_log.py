"""Holds proposals, and the rows that follow from them, against what their entries tell again.

Each case is told once. Where its rows are, column by column, what it should be, that is all; only where they are not
are they read as values, to say what differs.
"""

from collections.abc import Callable, Container, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import to_builtins
from msgspec.structs import astuple
from sqlalchemy import Integer, bindparam, select

from audit.findings import Finding
from definitions.errors import KhuyencongError
from store.case_reading import CLOCK, DEADLINES, LINE, PROPOSALS, TOLD, Case, Raw, bodies, read_cases
from store.registers_then import RegistersThen
from store.rows import identity_values, moved_values, read_deadline, read_proposal, seldom_values
from store.statements import Statement, Transaction
from store.tables import NO_DUE, AttachmentRow, DocumentRow, EntryRow, table
from workflow.conditions import DECISIVE_TEXTS
from workflow.deadlines import Deadline, end_of
from workflow.entries import BrokenHistory, ReadEntry, canonical, instant
from workflow.ledger import Stage, stages_of
from workflow.proposal import Proposal
from workflow.service.asking import OPINION
from workflow.service.retelling import Retold, retell

_ENTRY, _ATTACHMENT, _DOCUMENT = table(EntryRow), table(AttachmentRow), table(DocumentRow)
#: Columns that repeat what the values of a proposal say, for lists.
_SHOWN = ("title", "open", "plan_year", "activity", "paper_since", "contract")
_SIZE = Statement(select(_DOCUMENT.c.size).where(_DOCUMENT.c.sha256 == bindparam("of_sha256")))
_ATTACHED = Statement(
    select(_ENTRY.c.seq, _ATTACHMENT.c.number, _ATTACHMENT.c.key, _ATTACHMENT.c.sha256)
    .join(_ENTRY, _ENTRY.c.id == _ATTACHMENT.c.entry_id)
    .where(_ATTACHMENT.c.proposal_id == bindparam("of_proposal", type_=Integer()))
)
#: Places in raw rows: of a proposal, of an entry, of a deadline.
_ID = len(TOLD)
_PLACE = LINE.index("place")
_RULE, _STATE, _DUE = CLOCK.index("rule"), CLOCK.index("state"), CLOCK.index("due")
#: What stands in a row as JSON.
_JSON = (dict, list, tuple)
#: A deadline that no entry tells of, and one that is not there.
_SURPLUS, _GONE = "surplus", "gone"
#: What an opinion's entry does not say of its deadline.
_ASKED = ("allowance", "consumed", "calendar", "provisional")


@dataclass(slots=True)
class CasesFound:
    """What was found of some chains, and how much of them was looked at."""

    proposals: int = 0
    attachments: int = 0
    deadlines: int = 0
    #: Proposals of which the value was erased that deadlines and holders rest on: theirs were not compared.
    untold: int = 0
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)

    def count(self, more: "CasesFound") -> None:
        """Takes in how much more was looked at."""
        self.proposals += more.proposals
        self.attachments += more.attachments
        self.deadlines += more.deadlines
        self.untold += more.untold
        self.entries += more.entries


class CasesCheck:
    """Looks at chains and at the rows that should follow from them, one batch at a time."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction, self._found = transaction, CasesFound()
        self._then = RegistersThen(transaction)
        is_sqlite = transaction.dialect == "sqlite"
        self._raw = _text if is_sqlite else _as_it_is
        #: The parts of a deadline in the same way, all at once.
        self._parts: Callable[[Deadline], Sequence[Any]] = to_builtins if is_sqlite else astuple
        #: When a last day is over, in the same way.
        self._due = lru_cache(maxsize=4096)(lambda last_day: self._raw(end_of(last_day)))

    def batch(self, names: Sequence[str], broken: Container[str]) -> CasesFound:
        """What is found of the chains of these subjects, but for the broken ones."""
        found = self._found = CasesFound()
        whole = [name for name in names if name not in broken]
        cases = read_cases(self._transaction, whole)
        for case in cases:
            self._guarded(case.code, lambda case=case: self._case(case))  # type: ignore[misc]
        found.entries = sum(len(case.lines) for case in cases)
        for name in sorted({*whole} - {case.code for case in cases}):
            found.entries += self._beside(name)
        self._then.forget()
        return found

    def _guarded(self, subject: str, check: Callable[[], None]) -> None:
        try:
            check()
        except BrokenHistory as found:
            self._find(found.subject, found.seq, found.code, **found.params)
        except (KhuyencongError, LookupError, TypeError, ValueError) as error:
            self._find(subject, None, "finding.unreadable", why=repr(error))

    def _find(self, subject: str, seq: int | None, code: str, **params: str | int) -> None:
        self._found.findings.append(Finding(subject=subject, seq=seq, code=code, params=params))

    def _beside(self, subject: str) -> int:
        """A chain that is none of a stored proposal: its papers; how many entries it has."""
        seq = 0
        for seq, kind, content in bodies(self._transaction, subject):
            if (seq, kind) == (1, "created"):
                self._find(subject, None, "finding.gone")
            self._papers(subject, seq, content, {})
        return seq

    def _papers(self, subject: str, seq: int, content: dict[str, Any], sizes: dict[str, int]) -> None:
        """The papers of an entry are among those kept."""
        for paper in content.get("documents", ()):
            sha256 = paper["sha256"]
            size = sizes[sha256] if sha256 in sizes else self._size(sha256)
            if size != paper["size"]:
                self._find(subject, seq, "finding.paper", sha=sha256[:12])

    def _size(self, sha256: str) -> int | None:
        row = self._transaction.first(_SIZE, {"of_sha256": sha256})
        return None if row is None else int(row.size)

    def _case(self, case: Case) -> None:
        self._found.proposals += 1
        entries = case.entries()
        has_all = set(case.attached) == _papers_told(case, entries)
        if not has_all:
            self._sizes(case, entries)
        stored_seq = case.row[TOLD.index("last_seq")]
        if stored_seq != len(entries):
            self._find(case.code, stored_seq, "finding.end", number=len(entries))
            return
        stages = stages_of(entries, self._then.process)
        self._state(case, stages[-1].proposal)
        self._found.attachments += len(case.attached)
        if not has_all:
            self._attachments(case, _papers_told(case, entries))
        if {path.partition(".")[2] for path in case.erased} & DECISIVE_TEXTS:
            self._found.untold += 1
        else:
            self._time(case, stages)

    def _sizes(self, case: Case, entries: Sequence[ReadEntry]) -> None:
        """The papers that the entries name are kept, each with its size."""
        sizes = {sha256: size for *_, sha256, size in case.attached}
        for number, entry in enumerate(entries, start=1):
            self._papers(case.code, number, entry.content, sizes)

    def _state(self, case: Case, told: Proposal) -> None:
        process = self._then.process(told.process_sha256)
        columns = {
            **identity_values(told),
            **seldom_values(told, process),
            **moved_values(told),
            "state": told.state,
            "milestone": told.milestone,
            "title": told.title,
            "open": not process.state(told.state).end,
        }
        if tuple(self._raw(columns[name]) for name in TOLD) != case.row[: len(TOLD)]:
            self._differing(case, told)

    def _differing(self, case: Case, told: Proposal) -> None:
        """Which parts differ; a text that says the same in other words is no difference."""
        erased = {path.partition(".")[2] for path in case.erased}
        row = self._transaction.typed(PROPOSALS, case.row)
        process = self._then.process(row.process_sha256)
        stored = read_proposal(row, process)
        parts = [name for name in Proposal.__struct_fields__ if name != "data"]
        wrong = [name for name in parts if getattr(stored, name) != getattr(told, name)]
        keys = {*stored.data, *told.data} - erased
        wrong += [f"data.{key}" for key in sorted(keys) if stored.data.get(key) != told.data.get(key)]
        shown = seldom_values(stored, process) | {
            "title": stored.title,
            "open": not process.state(stored.state).end,
        }
        wrong += [name for name in _SHOWN if getattr(row, name) != shown[name]]
        if wrong:
            self._find(case.code, None, "finding.stored", parts=", ".join(wrong))

    def _attachments(self, case: Case, told: Set[Raw]) -> None:
        """Which rows do not say of a paper to which entry it belongs as the entries themselves do."""
        seqs = {line[0]: seq for seq, line in enumerate(case.lines, start=1)}
        rows = self._transaction.rows(_ATTACHED, {"of_proposal": case.row[_ID]})
        by_seq = {(row.seq, row.number, row.key, row.sha256) for row in rows}
        for seq, place, key, _ in sorted(by_seq ^ {(seqs[number], *rest) for _, number, *rest, _ in told}):
            self._find(case.code, seq, "finding.attachment", key=key, number=place)

    def _time(self, case: Case, stages: Sequence[Stage]) -> None:
        """Deadlines, the next due instant and the holder, against what the entries make of them."""
        told = retell(stages, lambda one, seq: self._then.situation(one, case.lines[seq - 1][_PLACE]))
        self._found.deadlines += len(case.deadlines)
        should = {(*self._parts(one), self._due(one.last_day)) for one in told.deadlines}
        if {row[1:] for row in case.deadlines} != should:
            self._clocks(case, told)
        _, holder, due = case.row[len(TOLD) :]
        first = min((row[_DUE] for row in case.deadlines if row[_STATE] == "running"), default=self._raw(NO_DUE))
        wrong = ["due"] if due != first else []
        wrong += ["holder"] if (holder or "") != told.holder else []
        if wrong:
            self._find(case.code, None, "finding.stored", parts=", ".join(wrong))

    def _clocks(self, case: Case, told: Retold) -> None:
        """Which deadlines differ, and in what."""
        rows = [self._transaction.typed(DEADLINES, row) for row in case.deadlines]
        stored = {(one.rule, one.period): one for one in map(read_deadline, rows)}
        should = {(one.rule, one.period): one for one in told.deadlines}
        for place in sorted({*stored, *should}):
            if parts := _differences(stored.get(place), should.get(place)):
                self._deadline(case.code, place, parts)
        for one in rows:
            if one.due != read_deadline(one).due:
                self._find(case.code, None, "finding.due", rule=one.rule)

    def _deadline(self, code: str, place: tuple[str, str], parts: tuple[str, ...]) -> None:
        name = ".".join(part for part in place if part)
        if parts in ((_SURPLUS,), (_GONE,)):
            self._find(code, None, f"finding.deadline_{parts[0]}", name=name)
        else:
            self._find(code, None, "finding.deadline", name=name, parts=", ".join(parts))


def _papers_told(case: Case, entries: Sequence[ReadEntry]) -> Set[Raw]:
    """The rows of papers as the entries themselves say them: the columns of ``case.attached``."""
    return {
        (case.row[_ID], line[0], place, paper["key"], paper["sha256"], paper["size"])
        for line, entry in zip(case.lines, entries, strict=True)
        for place, paper in enumerate(entry.content.get("documents", ()))
    }


def _as_it_is(value: Any) -> Any:
    """What PostgreSQL's driver gives for a value: JSON as its text."""
    return canonical(value).decode() if value.__class__ in _JSON else value


def _text(value: Any) -> Any:
    """What SQLite gives: besides, days and instants as their texts."""
    kind = value.__class__
    if kind is date:
        return value.isoformat()
    if kind is datetime:
        return instant(value)
    return canonical(value).decode() if kind in _JSON else value


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
