"""The unit of work on a database: what the use cases ask and write, on one open transaction."""

from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Text, bindparam, cast, func, literal_column, select, type_coerce

from store import moves, paper_numbers
from store.letters import Letters
from store.pinned import Pinned
from store.published import REGISTERS_HASH
from store.queries import Queries
from store.rows import DEADLINE, Known, read_deadlines, read_proposal, read_replaced
from store.statements import Statement, Transaction, inserting
from store.tables import CounterRow, DeadlineRow, EntryRow, IdempotencyRow, ProposalRow, table
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.errors import UnknownProposal
from workflow.paper_numbers import PaperNumber
from workflow.proposal import Past, Proposal
from workflow.storage import Answered, Move, Recipient, Replaced, Tail

_PROPOSAL, _DEADLINE, _ENTRY = table(ProposalRow), table(DeadlineRow), table(EntryRow)
_COUNTER, _ANSWERS = table(CounterRow), table(IdempotencyRow)

_OF_CODE = _PROPOSAL.c.code == bindparam("of_code")


def _read(dialect: str) -> ClauseElement:
    """A proposal with all that a decision on it starts from, as of one moment: its deadlines, the registers' hash."""
    columns, age = [_DEADLINE.c[name] for name in DEADLINE], (_DEADLINE.c.started_by, _DEADLINE.c.id)
    if dialect == "sqlite":
        rows: ColumnElement[Any] = func.json_group_array(func.json_array(*age, func.json_array(*columns)))
    else:
        aged = func.json_build_array(*age, func.json_build_array(*columns))
        rows = cast(func.coalesce(func.json_agg(aged), literal_column("'[]'")), Text)
    deadlines = select(type_coerce(rows, Text)).where(_DEADLINE.c.proposal_id == _PROPOSAL.c.id)
    beside = (deadlines.scalar_subquery().label("deadlines"), REGISTERS_HASH.scalar_subquery().label("registers"))
    known = (_PROPOSAL.c.id, _PROPOSAL.c.holder, _PROPOSAL.c.due, type_coerce(_PROPOSAL.c.past, Text).label("past"))
    rest = (_PROPOSAL.c[name] for name in Proposal.__struct_fields__ if name != "past")
    return select(*known, *rest, *beside).where(_OF_CODE)


_READ = Statement(_read)
_REPLACED = Statement(select(_PROPOSAL.c.replaced).where(_OF_CODE))
_ANSWER = Statement(
    select(_ANSWERS).where(_ANSWERS.c.actor == bindparam("of_actor"), _ANSWERS.c.key == bindparam("of_key"))
)
#: Who asks for the end of a chain in order to append to it keeps others from it until the transaction ends.
_KEY = func.hashtextextended(bindparam("subject", type_=Text()), 0)
_LOCK = Statement(select(func.pg_advisory_xact_lock(_KEY).label("locked")))
_TAIL = Statement(
    select(_ENTRY.c.seq, _ENTRY.c.hash, _ENTRY.c.recorded_at)
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq.desc())
    .limit(1)
)

_WRITTEN = Statement(
    select(_ENTRY.c.id).where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq == bindparam("of_seq"))
)


def _draw(dialect: str) -> ClauseElement:
    statement = inserting(_COUNTER, dialect).values(name=bindparam("name"), value=1)
    again = statement.on_conflict_do_update(index_elements=["name"], set_={"value": _COUNTER.c.value + 1})
    drawn: ClauseElement = again.returning(_COUNTER.c.value)
    return drawn


_DRAW = Statement(_draw)


class SqlUnitOfWork(Letters):
    """One transaction on SQLite or PostgreSQL; satisfies ``workflow.storage.UnitOfWork``."""

    def __init__(self, transaction: Transaction, pinned: Pinned, *, writes: bool) -> None:
        super().__init__(transaction, pinned)
        self._locks = writes and transaction.dialect == "postgresql"
        #: The row read last, its steps and its deadlines, for as long as nothing was written since.
        self._row: Any = None
        self._past: tuple[Past, ...] = ()
        self._deadlines: tuple[Deadline, ...] | None = None
        self._standing = {}

    def proposal(self, code: str) -> Proposal:
        """The proposal as it stands. Raises UnknownProposal."""
        row = self._look(code)
        if row is None:
            raise UnknownProposal(code)
        proposal = read_proposal(row, self.process(row.process_sha256))
        self._past = proposal.past
        return proposal

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""
        if code in self._standing:
            return self._standing[code]
        row = self._row if self._row is not None and self._row.code == code else self._look(code)
        if self._deadlines is None:
            self._deadlines = read_deadlines(row.deadlines) if row else ()
        return self._deadlines

    def _look(self, code: str) -> Any:
        """Reads a proposal's row, and what the registers are called as of the same moment."""
        self._forget()
        self._row = row = self._transaction.first(_READ, {"of_code": code})
        if row is not None:
            self._seen = row.registers or ""
        return row

    def _forget(self) -> None:
        self._row = self._deadlines = None
        self._past = ()

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order, with their openings."""
        return Queries(self._transaction).history(subject)

    def replaced(self, code: str) -> Replaced:
        """What the newest step of a proposal changed of its deadlines, as it was before. Raises UnknownProposal."""
        row = self._transaction.first(_REPLACED, {"of_code": code})
        if row is None:
            raise UnknownProposal(code)
        return read_replaced(row.replaced)

    def told(self, code: str, seq: int) -> tuple[Recipient, ...]:
        """Whom an entry of a proposal was announced to, each once."""
        return tuple(dict.fromkeys(row.to for row in Queries(self._transaction).notices(code) if row.seq == seq))

    def answer(self, actor: str, key: str) -> Answered | None:
        """What was answered to this actor's key before, or None."""
        row = self._transaction.first(_ANSWER, {"of_actor": actor, "of_key": key})
        return Answered(**row._asdict()) if row else None

    def tail(self, subject: str) -> Tail | None:
        """The newest chained entry of a subject, or None."""
        if self._locks:
            self._transaction.first(_LOCK, {"subject": subject})
        row = self._transaction.first(_TAIL, {"of_subject": subject})
        return Tail(seq=row.seq, hash=row.hash, recorded_at=row.recorded_at) if row else None

    def take_code(self, prefix: str, year: int) -> str:
        """The next free code ``PREFIX-YEAR-0001``, drawn inside this transaction."""
        while True:
            code = f"{prefix}-{year}-{self.draw(f'{prefix}-{year}'):04d}"
            if self._transaction.first(_REPLACED, {"of_code": code}) is None:
                return code

    def draw(self, series: str) -> int:
        """The next number of a series, from 1 on; nobody else gets one of it before this transaction ends."""
        row: Any = self._transaction.first(_DRAW, {"name": series})
        return int(row.value)

    def add_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Writes a paper's number that was drawn in this transaction, with its entry. Raises StaleProposal."""
        paper_numbers.add(self._transaction, given, self._written(entry, move))

    def cancel_number(self, given: PaperNumber, entry: Entry, move: Move | None = None) -> None:
        """Marks a numbered paper as cancelled. Raises StaleProposal."""
        paper_numbers.cancel(self._transaction, given, self._written(entry, move))

    def _written(self, entry: Entry, move: Move | None) -> int:
        """The row number of an entry, written alone or with its move."""
        if move is None:
            self._forget()
            return moves.append(self._transaction, entry)
        self.record(move)
        row: Any = self._transaction.first(_WRITTEN, {"of_subject": entry.subject, "of_seq": entry.seq})
        return int(row.id)

    def numbers(self, agency: str, year: int) -> tuple[PaperNumber, ...]:
        """The numbers that an agency gave in a year, by kind and number."""
        return paper_numbers.numbers(self._transaction, agency, year)

    def add(self, move: Move) -> None:
        """Writes a new proposal. Raises CodeTaken."""
        moves.add(self._transaction, move, self.process(move.after.process_sha256))

    def record(self, move: Move) -> None:
        """Writes a move onto the revision it was decided on. Raises StaleProposal when another came first."""
        before = move.before or move.after
        if self._row is not None and self._row.last_seq != before.last_seq:
            self._forget()
        process, standing = self.process(move.after.process_sha256), self.deadlines(before.code)
        row = self._row if self._row is not None and self._row.code == before.code else self._look(before.code)
        if row is None:
            raise UnknownProposal(before.code)
        known = Known(row.id, row.holder, row.due, standing, self._past, row.past)
        self._forget()
        self._standing.pop(before.code, None)
        moves.record(self._transaction, move, process, known)

    def append(self, entry: Entry) -> None:
        """Writes an entry that moves no proposal. Raises StaleProposal where its chain has grown meanwhile."""
        self._forget()
        moves.append(self._transaction, entry)
