"""Reads cases in batches: their chains, the rows that should follow from them, each table once for a whole batch.

For what was held against its bytes before, in the same transaction (``store.log_reading``): bodies are only read here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orjson import loads
from sqlalchemy import ClauseElement, ColumnElement, Integer, bindparam, literal_column, select

from store.claims import among, several
from store.places import place, with_leaves
from store.statements import Statement, Transaction
from store.tables import AttachmentRow, DeadlineRow, DocumentRow, EntryRow, OpeningRow, ProposalRow, table
from workflow.deadlines import Deadline
from workflow.entries import ReadEntry

_ENTRY, _OPENING, _PROPOSAL = table(EntryRow), table(OpeningRow), table(ProposalRow)
_ATTACHMENT, _DEADLINE, _DOCUMENT = table(AttachmentRow), table(DeadlineRow), table(DocumentRow)
#: Cases that are read at once, and entries of a chain that is none of a case.
_BATCH, _CHUNK = 100, 100
#: The columns of a proposal that its entries tell, those that repeat them for lists, and those that follow from them.
TOLD = (
    *("code", "programme", "process", "process_sha256", "programme_sha256", "templates_sha256", "implementer"),
    *("province", "created_at", "state", "milestone", "revision", "data", "past", "officer", "papers", "opinions"),
    *("signings", "last_at", "last_on", "last_seq", "last_hash"),
    *("title", "open", "plan_year", "activity", "paper_since", "contract"),
)
FOLLOWING = ("id", "holder", "due")
#: The columns of a deadline: first its proposal, then the parts of the value, then when it is due.
CLOCK = ("proposal_id", *Deadline.__struct_fields__, "due")
#: The columns of an entry, and its place among all entries (``store.places``).
LINE = ("id", "subject", "kind", "seq", "body", "hash", "place")
#: Raw rows, as the driver gives them.
Raw = tuple[Any, ...]

_SUBJECTS = Statement(
    select(_ENTRY.c.subject)
    .distinct()
    .where(_ENTRY.c.seq.is_not(None), _ENTRY.c.subject > bindparam("beyond"))
    .order_by(_ENTRY.c.subject)
    .limit(literal_column(str(_BATCH)))
)


def _entries(dialect: str) -> ClauseElement:
    columns = (_ENTRY.c[name] for name in LINE[:-1])
    rows = select(*columns, place(_ENTRY.c.id).label("place")).select_from(with_leaves(_ENTRY, _ENTRY.c.id))
    chained = rows.where(_among(_ENTRY.c.subject, dialect), _ENTRY.c.seq.is_not(None))
    return chained.order_by(_ENTRY.c.subject, _ENTRY.c.seq)


def _openings(dialect: str) -> ClauseElement:
    """Those of data and facts: the names of people and papers stand in most entries, and no state rests on them."""
    rows = select(_ENTRY.c.subject, _OPENING.c.entry_id, _OPENING.c.path, _OPENING.c.value)
    of_entry = rows.join(_ENTRY, _ENTRY.c.id == _OPENING.c.entry_id)
    told: ColumnElement[bool] = literal_column("substr(opening.path, 1, 5) IN ('data.', 'facts')")
    return of_entry.where(_among(_ENTRY.c.subject, dialect), _ENTRY.c.seq.is_not(None), told)


def _proposals(dialect: str) -> ClauseElement:
    columns = (_PROPOSAL.c[name] for name in (*TOLD, *FOLLOWING))
    return select(*columns).where(_among(_PROPOSAL.c.code, dialect))


def _deadlines(dialect: str) -> ClauseElement:
    return select(*(_DEADLINE.c[name] for name in CLOCK)).where(_numbered(_DEADLINE.c.proposal_id, dialect))


def _attached(dialect: str) -> ClauseElement:
    columns = (_ATTACHMENT.c[name] for name in ("proposal_id", "entry_id", "number", "key", "sha256"))
    rows = select(*columns, _DOCUMENT.c.size).join(_DOCUMENT, _DOCUMENT.c.sha256 == _ATTACHMENT.c.sha256, isouter=True)
    return rows.where(_numbered(_ATTACHMENT.c.proposal_id, dialect))


def _among(column: Any, dialect: str) -> Any:
    return among(column, "names", dialect, column.type)


def _numbered(column: Any, dialect: str) -> Any:
    return among(column, "numbers", dialect)


_ENTRIES, _OPENINGS, PROPOSALS = Statement(_entries), Statement(_openings), Statement(_proposals)
DEADLINES, _ATTACHED = Statement(_deadlines), Statement(_attached)
_BODIES = Statement(
    select(_ENTRY.c.seq, _ENTRY.c.kind, _ENTRY.c.body)
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq > bindparam("beyond", type_=Integer()))
    .order_by(_ENTRY.c.seq)
    .limit(literal_column(str(_CHUNK)))
)


@dataclass(slots=True)
class Case:
    """The chain of a proposal, and its rows as they are stored."""

    code: str
    #: The proposal's own row: the columns ``TOLD`` and ``FOLLOWING``.
    row: Raw
    #: The columns ``LINE`` of each entry.
    lines: list[Raw] = field(default_factory=list)
    #: Values of data and facts that do not stand in the bytes, by row number and path.
    personal: dict[int, dict[str, str]] = field(default_factory=dict)
    #: Paths of values that were erased.
    erased: set[str] = field(default_factory=set)
    #: The columns ``CLOCK``.
    deadlines: list[Raw] = field(default_factory=list)
    #: The proposal, the entry's row number, place, key, hash, and the size of the paper kept (None: there is none).
    attached: list[Raw] = field(default_factory=list)

    def take(self, number: int, path: str, value: str | None) -> None:
        """An opening of its entry of that row number."""
        if value is None:
            self.erased.add(path)
        else:
            self.personal.setdefault(number, {})[path] = value

    def entries(self) -> list[ReadEntry]:
        """Its entries as values. They take many times the room of their bytes: keep those of one case at a time."""
        return [_entry(line, self.personal.get(line[0], _NONE)) for line in self.lines]


#: Of an entry without such values.
_NONE: dict[str, str] = {}


def subjects(transaction: Transaction) -> Iterator[list[str]]:
    """The subjects of all chains, in batches."""
    beyond = ""
    while rows := transaction.raw(_SUBJECTS, {"beyond": beyond}):
        yield [subject for (subject,) in rows]
        beyond = rows[-1][0]


def read_cases(transaction: Transaction, names: Sequence[str]) -> list[Case]:
    """Those of the subjects that are proposals, in that order, with all that is stored of them."""
    dialect = transaction.dialect
    rows = transaction.raw(PROPOSALS, {"names": several(names, dialect)})
    by_code = {row[0]: Case(row[0], row) for row in rows}
    wanted = {"names": several(list(by_code), dialect)}
    for line in transaction.raw(_ENTRIES, wanted):
        by_code[line[1]].lines.append(line)
    for subject, number, path, value in transaction.raw(_OPENINGS, wanted):
        by_code[subject].take(number, path, value)
    by_id = {case.row[-len(FOLLOWING)]: case for case in by_code.values()}
    numbered = {"numbers": several(list(by_id), dialect)}
    for row in transaction.raw(DEADLINES, numbered):
        by_id[row[0]].deadlines.append(row)
    for row in transaction.raw(_ATTACHED, numbered):
        by_id[row[0]].attached.append(row)
    return [by_code[name] for name in names if name in by_code]


def _entry(row: Raw, personal: dict[str, str]) -> ReadEntry:
    _, subject, kind, seq, body, hash_, _ = row
    content = loads(body)
    return ReadEntry(
        kind=kind,
        subject=subject,
        seq=seq,
        recorded_at=datetime.fromisoformat(content["recorded_at"]),
        body=body,
        hash=hash_,
        previous_hash=content["previous"],
        content=content,
        personal=personal,
    )


def bodies(transaction: Transaction, subject: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Number, kind and content of each entry of a chain, however long it is."""
    beyond = 0
    while rows := transaction.raw(_BODIES, {"of_subject": subject, "beyond": beyond}):
        for seq, kind, body in rows:
            yield seq, kind, loads(body)
        beyond = rows[-1][0]
