"""The half of a unit of work that moves deadlines of many proposals: contracts, and recounts batch by batch."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Text, bindparam, func, insert, literal_column, or_, select, text, update

from store.claims import among, several
from store.registered import Registered
from store.rows import read_deadline, read_proposal
from store.statements import Statement
from store.tables import DeadlineRow, ProposalRow, RecountRow, table
from workflow.deadlines import Deadline
from workflow.proposal import Proposal
from workflow.storage import Recount, Row

_PROPOSAL, _DEADLINE, _RECOUNT = table(ProposalRow), table(DeadlineRow), table(RecountRow)
_LIVE = text("deadline.state IN ('running', 'paused')")
_NAMES = ("cause", "programme", "rule", "cursor", "seen", "changed", "created_at", "finished_at")

_UNDER = select(_PROPOSAL).where(_PROPOSAL.c.contract == bindparam("of_contract")).order_by(_PROPOSAL.c.id)
_WITH = or_(_PROPOSAL.c.contract == bindparam("of_contract"), _PROPOSAL.c.code == bindparam("of_code"))
_UNDER_CONTRACT = Statement(_UNDER)
#: One transaction at a time looks at a contract in order to change it: nobody comes under it or leaves it meanwhile.
_CONTRACT = Statement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("of_contract", type_=Text()), 1)).label("locked"))
)
#: Rows are locked in the order of their numbers everywhere, so a proposal is locked together with its others.
_LOCK_CONTRACT = Statement(select(_PROPOSAL).where(_WITH).order_by(_PROPOSAL.c.id).with_for_update())


def _these(dialect: str) -> ClauseElement:
    return (
        select(_PROPOSAL)
        .where(among(_PROPOSAL.c.code, "codes", dialect, _PROPOSAL.c.code.type))
        .order_by(_PROPOSAL.c.id)
        .with_for_update()
    )


def _of_these(dialect: str) -> ClauseElement:
    return (
        select(*(column for column in _DEADLINE.c), _PROPOSAL.c.code)
        .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
        .where(among(_PROPOSAL.c.code, "codes", dialect, _PROPOSAL.c.code.type))
        .order_by(_DEADLINE.c.started_by, _DEADLINE.c.id)
    )


def _one_of_these(dialect: str) -> ClauseElement:
    return (
        _UNDER.where(_PROPOSAL.c.code != bindparam("of_code"))
        .where(among(_PROPOSAL.c.state, "states", dialect, _PROPOSAL.c.state.type))
        .limit(literal_column("1"))
    )


_ONE_UNDER = Statement(_one_of_these)
_HOLD, _STANDING = Statement(_these), Statement(_of_these)
_ANY = Statement(select(_DEADLINE.c.id).where(text("deadline.state = 'running'")).limit(literal_column("1")))
_ADD = Statement(insert(_RECOUNT).values({name: bindparam(name) for name in _NAMES}).inline())
_OPEN = Statement(
    select(_RECOUNT)
    .where(text("recount.finished_at IS NULL"))
    .order_by(_RECOUNT.c.id)
    .limit(literal_column("1"))
    .with_for_update(skip_locked=True)
)
_MOVE = Statement(
    update(_RECOUNT)
    .where(_RECOUNT.c.id == bindparam("of_id"))
    .values({name: bindparam(f"to_{name}") for name in ("cursor", "seen", "changed", "finished_at")})
)
_NEXT = (
    select(*(column for column in _DEADLINE.c), _PROPOSAL.c.code, _PROPOSAL.c.process_sha256)
    .join(_PROPOSAL, _PROPOSAL.c.id == _DEADLINE.c.proposal_id)
    .where(_LIVE, _DEADLINE.c.id > bindparam("beyond"))
    .order_by(_DEADLINE.c.id)
    .limit(bindparam("most"))
)
_ALL = Statement(_NEXT)
_OF_RULE = Statement(
    _NEXT.where(_PROPOSAL.c.programme == bindparam("of_programme"), _DEADLINE.c.rule == bindparam("of_rule"))
)
#: A deadline that a step changed meanwhile has another epoch, state or mark, and is left to what the step wrote.
_MARK = Statement(
    update(_DEADLINE)
    .where(
        _DEADLINE.c.id == bindparam("of_id"),
        _DEADLINE.c.epoch == bindparam("of_epoch"),
        _DEADLINE.c.state == bindparam("of_state"),
        _DEADLINE.c.calendar == bindparam("of_calendar"),
    )
    .values(calendar=bindparam("to_calendar"))
)
_MARKS = Statement(select(_DEADLINE.c.calendar).distinct().where(text("deadline.state = 'running'")))


class Recounts(Registered):
    """Deadlines of many proposals on an open transaction."""

    _locks: bool
    #: Deadlines of proposals that are held fast, for as long as nothing was written of them.
    _standing: dict[str, tuple[Deadline, ...]]

    def under_contract(self, contract: str, *, beside: str) -> tuple[Proposal, ...]:
        """The others whose data name that contract, in the order they came; nobody else moves any meanwhile."""
        named = {"of_contract": contract}
        if self._locks:
            self._transaction.first(_CONTRACT, named)
            rows = self._transaction.rows(_LOCK_CONTRACT, named | {"of_code": beside})
        else:
            rows = self._transaction.rows(_UNDER_CONTRACT, named)
        return self._proposals([row for row in rows if row.code != beside])

    def one_under_contract(self, contract: str, states: Collection[str], *, beside: str) -> Proposal | None:
        """The first of them that stands in one of these states, or None; nobody enters or leaves these meanwhile.

        Steps between such states ask for the contract first, so it alone is taken.
        """
        if self._locks:
            self._transaction.first(_CONTRACT, {"of_contract": contract})
        named = {
            "of_contract": contract,
            "of_code": beside,
            "states": several(sorted(states), self._transaction.dialect),
        }
        row = self._transaction.first(_ONE_UNDER, named)
        return self._proposals([row])[0] if row else None

    def held_fast(self, codes: Sequence[str]) -> tuple[Proposal, ...]:
        """The proposals of these codes, in the order they came; nobody else moves them meanwhile."""
        if not codes:
            return ()
        named = {"codes": several(codes, self._transaction.dialect)}
        found = self._proposals(self._transaction.rows(_HOLD, named))
        self._standing = {one.code: () for one in found}
        for row in self._transaction.rows(_STANDING, named):
            self._standing[row.code] = (*self._standing[row.code], read_deadline(row))
        return found

    def _proposals(self, rows: Sequence[Any]) -> tuple[Proposal, ...]:
        return tuple(read_proposal(row, self.process(row.process_sha256)) for row in rows)

    def any_running(self) -> bool:
        """Whether any deadline runs."""
        return self._transaction.first(_ANY) is not None

    def add_recount(self, recount: Recount) -> None:
        """Remembers that running deadlines are to be counted anew."""
        self._transaction.run(_ADD, {name: getattr(recount, name) for name in _NAMES})

    def open_recount(self) -> Recount | None:
        """The oldest recount that is not finished, or None; two processes never get the same one at once."""
        row = self._transaction.first(_OPEN)
        return Recount(**row._asdict()) if row else None

    def move_recount(self, recount: Recount) -> None:
        """Writes how far a recount has come."""
        values = {f"to_{name}": getattr(recount, name) for name in ("cursor", "seen", "changed", "finished_at")}
        self._transaction.run(_MOVE, values | {"of_id": recount.id})

    def to_recount(self, recount: Recount, *, limit: int) -> tuple[Row, ...]:
        """The next live deadlines that it concerns, behind its cursor."""
        values = {"beyond": recount.cursor, "most": limit}
        if recount.rule:
            named = {"of_programme": recount.programme, "of_rule": recount.rule}
            rows = self._transaction.rows(_OF_RULE, values | named)
        else:
            rows = self._transaction.rows(_ALL, values)
        return tuple(map(_row, rows))

    def put_marks(self, rows: Sequence[tuple[Row, str]]) -> None:
        """Writes other calendar marks on deadlines that nobody changed meanwhile."""
        self._transaction.run_many(_MARK, [_marked(row, mark) for row, mark in rows])
        for row, _ in rows:
            self._standing.pop(row.code, None)

    def marks(self) -> tuple[str, ...]:
        """The calendar marks of all running deadlines, each once."""
        return tuple(row.calendar for row in self._transaction.rows(_MARKS))


def _row(row: Any) -> Row:
    return Row(id=row.id, code=row.code, process_sha256=row.process_sha256, deadline=read_deadline(row))


def _marked(row: Row, mark: str) -> dict[str, Any]:
    known = {"of_epoch": row.deadline.epoch, "of_state": row.deadline.state, "of_calendar": row.deadline.calendar}
    return known | {"of_id": row.id, "to_calendar": mark}
