"""Quick looks at history and papers, for every day: ``store.log.verify`` is the proof, and takes its time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, select, text

from store.database import Database
from store.documents import Papers
from store.queries import entries_of
from store.statements import Statement, Transaction
from store.tables import DeadlineRow, DocumentRow, EntryRow, OpeningRow, ProposalRow, RecountRow, table
from workflow.entries import BrokenHistory, opened, read_body

_ENTRY, _OPENING, _PROPOSAL, _DOCUMENT = table(EntryRow), table(OpeningRow), table(ProposalRow), table(DocumentRow)
_DEADLINE = table(DeadlineRow)
_NEWEST = 500
_BATCH = 5_000

_END = (
    _ENTRY.c.subject == _PROPOSAL.c.code,
    _ENTRY.c.seq == _PROPOSAL.c.last_seq,
    _ENTRY.c.hash == _PROPOSAL.c.last_hash,
)
_BEYOND = (_ENTRY.c.subject == _PROPOSAL.c.code, _ENTRY.c.seq > _PROPOSAL.c.last_seq)
_LOOSE = Statement(
    select(_PROPOSAL.c.code)
    .where(~exists().where(*_END) | exists().where(*_BEYOND))
    .order_by(_PROPOSAL.c.code)
    .limit(literal_column("20"))
)
_CHAINS = Statement(select(func.count().label("n")).select_from(_PROPOSAL))
_LATEST = Statement(
    select(*(column for column in _ENTRY.c), _OPENING.c.path, _OPENING.c.salt, _OPENING.c.value)
    .join(_OPENING, _OPENING.c.entry_id == _ENTRY.c.id, isouter=True)
    .where(_ENTRY.c.id > select(func.max(_ENTRY.c.id)).correlate(None).scalar_subquery() - literal_column(str(_NEWEST)))
    .order_by(_ENTRY.c.id, _OPENING.c.path)
)
_PAPERS = Statement(
    select(_DOCUMENT.c.sha256)
    .where(_DOCUMENT.c.sha256 > bindparam("beyond"))
    .order_by(_DOCUMENT.c.sha256)
    .limit(literal_column(str(_BATCH)))
)
_PAPER = Statement(select(_DOCUMENT.c.sha256).where(_DOCUMENT.c.sha256 == bindparam("of_sha256")))
_AWAITED = Statement(
    select(_PROPOSAL.c.holder)
    .distinct()
    .where(text("open"), _PROPOSAL.c.holder.is_not(None))
    .order_by(_PROPOSAL.c.holder)
)


_MARKS = Statement(
    select(_DEADLINE.c.calendar, func.count().label("n"))
    .where(text("deadline.state = 'running'"))
    .group_by(_DEADLINE.c.calendar)
)
_PENDING = Statement(
    select(func.count().label("n")).select_from(table(RecountRow)).where(text("recount.finished_at IS NULL"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How many proposals end where their history ends, and what does not fit."""

    proposals: int
    #: Codes of proposals whose history does not end where they stand, and subjects of entries that were changed.
    broken: tuple[str, ...]


def ends_of_chains(transaction: Transaction) -> Ends:
    """Holds each proposal against the last entry of its chain, and the newest entries against their hashes."""
    counted: Any = transaction.first(_CHAINS)
    loose = [row.code for row in transaction.rows(_LOOSE)]
    changed = [entry.subject for entry in entries_of(transaction.rows(_LATEST)) if not _fits(entry)]
    return Ends(proposals=counted.n, broken=tuple(dict.fromkeys([*loose, *changed])))


def _fits(entry: Any) -> bool:
    try:
        opened(entry, read_body(entry))
    except (BrokenHistory, LookupError, TypeError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many papers are on record, and of which the file is gone."""

    papers: int
    lost: tuple[str, ...]


def lost_papers(transaction: Transaction, papers: Papers) -> Found:
    """Asks for the file of every paper on record, without reading any."""
    beyond, count, lost = "", 0, list[str]()
    while rows := transaction.rows(_PAPERS, {"beyond": beyond}):
        count += len(rows)
        lost += [row.sha256 for row in rows if not papers.holds(row.sha256)]
        beyond = rows[-1].sha256
    return Found(papers=count, lost=tuple(lost))


def known_papers(database: Database) -> Callable[[str], bool]:
    """Whether some row speaks of a paper, asked afresh each time: a paper may be recorded meanwhile."""

    def known(sha256: str) -> bool:
        with database.transaction(writes=False) as transaction:
            return transaction.first(_PAPER, {"of_sha256": sha256}) is not None

    return known


def awaited_seats(transaction: Transaction) -> tuple[str, ...]:
    """The seats that open proposals wait for."""
    return tuple(row.holder for row in transaction.rows(_AWAITED))


def marks_of_running(transaction: Transaction) -> tuple[tuple[str, int], ...]:
    """The calendar marks of running deadlines, and how many bear each."""
    return tuple((row.calendar, row.n) for row in transaction.rows(_MARKS))


def open_recounts(transaction: Transaction) -> int:
    """How many recounts are not finished."""
    row: Any = transaction.first(_PENDING)
    return int(row.n)
