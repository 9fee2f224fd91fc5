"""The unit of work on a database: what the use cases ask and write, on one open transaction."""

from typing import Any

from sqlalchemy import ClauseElement, Text, bindparam, func, select

from store import moves, paper_numbers
from store.pinned import Pinned
from store.queries import Queries
from store.registered import Registered
from store.rows import read_deadline, read_proposal, read_replaced
from store.statements import Statement, Transaction, inserting
from store.tables import CounterRow, DeadlineRow, EntryRow, IdempotencyRow, ProposalRow, table
from workflow.deadlines import Deadline
from workflow.entries import Entry
from workflow.errors import UnknownProposal
from workflow.paper_numbers import PaperNumber
from workflow.proposal import Proposal
from workflow.storage import Answered, Move, Recipient, Replaced, Tail

_PROPOSAL, _DEADLINE, _ENTRY = table(ProposalRow), table(DeadlineRow), table(EntryRow)
_COUNTER, _ANSWERS = table(CounterRow), table(IdempotencyRow)

_READ = Statement(select(_PROPOSAL).where(_PROPOSAL.c.code == bindparam("of_code")))
_DEADLINES = Statement(
    select(_DEADLINE)
    .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    .where(_PROPOSAL.c.code == bindparam("of_code"))
    .order_by(_DEADLINE.c.started_by, _DEADLINE.c.id)
)
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


class SqlUnitOfWork(Registered):
    """One transaction on SQLite or PostgreSQL; satisfies ``workflow.storage.UnitOfWork``."""

    def __init__(self, transaction: Transaction, pinned: Pinned, *, writes: bool) -> None:
        super().__init__(transaction, pinned)
        self._locks = writes and transaction.dialect == "postgresql"

    def proposal(self, code: str) -> Proposal:
        """The proposal as it stands. Raises UnknownProposal."""
        row = self._transaction.first(_READ, {"of_code": code})
        if row is None:
            raise UnknownProposal(code)
        return read_proposal(row, self.process(row.process_sha256))

    def deadlines(self, code: str) -> tuple[Deadline, ...]:
        """Its deadlines, closed ones too, oldest first."""
        return tuple(map(read_deadline, self._transaction.rows(_DEADLINES, {"of_code": code})))

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order, with their openings."""
        return Queries(self._transaction).history(subject)

    def replaced(self, code: str) -> Replaced:
        """What the newest step of a proposal changed of its deadlines, as it was before. Raises UnknownProposal."""
        row = self._transaction.first(_READ, {"of_code": code})
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
            if self._transaction.first(_READ, {"of_code": code}) is None:
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
        moves.record(self._transaction, move, self.process(move.after.process_sha256))

    def append(self, entry: Entry) -> None:
        """Writes an entry that moves no proposal. Raises StaleProposal where its chain has grown meanwhile."""
        moves.append(self._transaction, entry)
