"""The fast path: everything that one move writes, as few constant statements inside an open transaction.

A move changes its proposal, and that UPDATE carries the guard: the revision and the entry number that the move was
decided on. Whoever comes second finds the guard unmet, writes nothing and hears why. Beside the proposal stand its
entry and the rows of ``store.move_rows``. SQLite, from which no network parts us, takes a statement for each table;
PostgreSQL takes everything in one statement, so in one round trip (docs/decisions/0014).
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select, update

from definitions.process import Process
from store.errors import HistoryProtected, NotUnique
from store.move_rows import opening_rows, rows_of
from store.move_statements import INSERTS, at_once
from store.rows import (
    Known,
    Values,
    due_of,
    entry_values,
    identity_values,
    is_seldom_same,
    moved_values,
    named_values,
    place_values,
    proposal_values,
    replaced_json,
    seldom_values,
)
from store.statements import Statement, Transaction, inserting, put
from store.tables import EntryRow, ProposalRow, UnsealedRow, table
from workflow.entries import BrokenHistory, Entry
from workflow.errors import CodeTaken, KeyReused, StaleProposal, UnknownProposal
from workflow.storage import Move

_PROPOSAL, _ENTRIES = table(ProposalRow), table(EntryRow)
#: What a proposal is from its creation on; a move may change every other column.
_KEPT = (
    *("code", "programme", "process", "process_sha256", "programme_sha256", "templates_sha256"),
    *("implementer", "province", "parent", "created_at"),
)
_CHANGED = tuple(found.name for found in _PROPOSAL.columns if found.name not in ("id", *_KEPT))
#: Columns that are written only when the move changes one of their group: SQLite takes every index on a column that is
#: set for one to be changed, and a trigger on ``search`` would cost every move a third of its row.
_NAMED = ("title", "search")
_PLACE = ("state", "milestone", "holder", "open", "waiting", "due")
_SELDOM = ("plan_year", "activity", "contract", "officer", "opinions", "signings", "paper_since")
#: Entries after which the newest step is another one, or none that could be taken back.
_STEPS = ("step", "opened", "corrected")


def _create(dialect: str) -> Any:
    """The proposal's row, if its code is free."""
    made = inserting(_PROPOSAL, dialect).values({name: bindparam(name) for name in (*_KEPT, *_CHANGED)})
    return made.on_conflict_do_nothing(index_elements=["code"]).inline()


@lru_cache(maxsize=8)  # Of three groups each is left out or not.
def _change(*same: tuple[str, ...]) -> "_Head":
    """The proposal's row, if it still is as the move was decided on, but for the groups of columns that stay."""
    names = tuple(name for name in _CHANGED if not any(name in group for group in same))
    return _Head(lambda _: _changing(names))


def _changing(names: Iterable[str]) -> Any:
    """An UPDATE of these columns; without a value ``replaced`` stays."""
    changed: dict[str, Any] = {name: bindparam(name) for name in names}
    changed["replaced"] = func.coalesce(bindparam("replaced", type_=_PROPOSAL.c.replaced.type), _PROPOSAL.c.replaced)
    guard = {"id": "of_id", "revision": "of_revision", "last_seq": "of_seq"}
    met = (_PROPOSAL.c[name] == bindparam(given) for name, given in guard.items())
    return update(_PROPOSAL).where(*met).values(changed)


class _Head:
    """How a move begins on each database: with the proposal's row alone, or with all that it writes."""

    def __init__(self, build: Any) -> None:
        self.alone = Statement(build)
        self.whole = Statement(lambda dialect: at_once(build(dialect), dialect))


_CREATE = _Head(_create)
_FOLLOW = Statement(
    update(_PROPOSAL)
    .where(_PROPOSAL.c.code == bindparam("of_code"), _PROPOSAL.c.last_seq == bindparam("of_seq"))
    .values({name: bindparam(name) for name in ("last_at", "last_seq", "last_hash")})
)
_REVISION = Statement(select(_PROPOSAL.c.revision).where(_PROPOSAL.c.code == bindparam("of_code")))
_ENTRY, _UNSEALED = put(_ENTRIES), put(table(UnsealedRow))


def _enter_unsealed(dialect: str) -> Any:
    """An entry and its place among what is to be sealed, in one statement for PostgreSQL."""
    columns = [found.name for found in _ENTRIES.columns if found is not _ENTRIES.autoincrement_column]
    made = inserting(_ENTRIES, dialect).values({name: bindparam(name) for name in columns})
    entered = made.returning(_ENTRIES.c.id).cte("entered")
    unsealed = inserting(table(UnsealedRow), dialect).from_select(["entry_id"], select(entered.c.id)).cte("unsealed")
    return select(entered.c.id).add_cte(unsealed)


_ENTRY_UNSEALED = Statement(_enter_unsealed)


def add(transaction: Transaction, move: Move, process: Process) -> None:
    """Writes a new proposal with all that follows. Raises CodeTaken before anything was written."""
    values = identity_values(move.after) | {"parent": None, "replaced": {}, "due": due_of(move.effects.deadlines)}
    if not _write(transaction, _CREATE, move, values | proposal_values(move.after, process, move.holder)):
        raise CodeTaken(move.after.code)


def record(transaction: Transaction, move: Move, process: Process, known: Known) -> None:
    """Writes a move onto the proposal it was decided on, of which so much is ``known``.

    Raises StaleProposal, UnknownProposal, KeyReused, BrokenHistory.
    """
    before = move.before or move.after
    head, values = _changes(move, process, known)
    values |= {"of_id": known.id, "of_revision": before.revision, "of_seq": before.last_seq}
    if not _write(transaction, head, move, values):
        raise _outrun(transaction, move.entry, before.revision)


def _changes(move: Move, process: Process, known: Known) -> tuple[_Head, Values]:
    """What a move changes of its proposal: the statement, and its values."""
    before, after, due = move.before, move.after, _due(move, known)
    same: list[tuple[str, ...]] = []
    values = moved_values(after, known) | {"replaced": _replaced(move)}
    if before is not None and before.title == after.title:
        same.append(_NAMED)
    else:
        values |= named_values(after)
    if before is not None and is_seldom_same(before, after, process):
        same.append(_SELDOM)
    else:
        values |= seldom_values(after, process)
    place = place_values(after, process, move.holder) | {"due": due}
    if before is not None and place == place_values(before, process, known.holder) | {"due": known.due}:
        same.append(_PLACE)
    else:
        values |= place
    return _change(*same), values


def _due(move: Move, known: Known) -> datetime:
    """When the proposal is due after a move."""
    new = {(row.rule, row.period): row for row in move.effects.deadlines}
    old = [row for row in known.deadlines if row.state == "running" and (row.rule, row.period) not in new]
    return due_of([*old, *new.values()])


def append(transaction: Transaction, entry: Entry) -> int:
    """Writes an entry, and moves the end of its proposal's chain along if it stands in one; its row number.

    Raises StaleProposal where the chain has grown meanwhile.
    """
    if entry.seq is not None:
        end = {"last_at": entry.recorded_at, "last_seq": entry.seq, "last_hash": entry.hash}
        found = transaction.run(_FOLLOW, end | {"of_code": entry.subject, "of_seq": entry.seq - 1})
        if not found and (row := transaction.first(_REVISION, {"of_code": entry.subject})):
            raise StaleProposal(entry.kind, expected=row.revision, actual=row.revision)
    entry_id = _enter(transaction, entry)
    transaction.run_many(INSERTS["openings"], [row | {"entry_id": entry_id} for row in opening_rows(entry)])
    return entry_id


def _replaced(move: Move) -> Values | None:
    """What the move keeps for taking its step back; None: what is kept stays, for no step was taken."""
    if move.entry.kind == "step":
        return replaced_json(move.effects, move.entry.seq)
    return {} if move.entry.kind in _STEPS else None


def _outrun(transaction: Transaction, entry: Entry, expected: int) -> Exception:
    row = transaction.first(_REVISION, {"of_code": entry.subject})
    if row is None:
        return UnknownProposal(entry.subject)
    return StaleProposal(action_of(entry), expected=expected, actual=row.revision)


def action_of(entry: Entry) -> str:
    """The action that an entry records; for other kinds of entries, the kind."""
    return str(orjson.loads(entry.body).get("action", entry.kind))


def _write(transaction: Transaction, head: _Head, move: Move, values: Values) -> bool:
    """Writes everything; False: the head found its row otherwise, and nothing was written. Raises KeyReused."""
    write = _at_once if transaction.dialect == "postgresql" else _one_by_one
    answers = write(transaction, head, move, values)
    if answers == 0 and move.answered is not None:
        raise KeyReused(move.answered.key)
    return answers is not None


def _at_once(transaction: Transaction, head: _Head, move: Move, values: Values) -> int | None:
    """How many answers were written with everything else; None: nothing was."""
    try:
        row = transaction.first(head.whole, {**values, **entry_values(move.entry), **rows_of(move)})
    except NotUnique as error:
        if error.table != _ENTRIES.name:
            raise
        raise _broken(move.entry) from error
    return row.answers if row else None


def _one_by_one(transaction: Transaction, head: _Head, move: Move, values: Values) -> int | None:
    """As above."""
    if not transaction.run(head.alone, values):
        return None
    mine = values.get("of_id") or transaction.last_number
    numbers = {"proposal_id": mine, "entry_id": _enter(transaction, move.entry)}
    written, rows = 0, rows_of(move)
    for name, statement in INSERTS.items():
        many = rows[name]
        for one in many:
            one.update(numbers)
        written = transaction.run_many(statement, many) if many else 0
    return written  # Answers come last.


def _enter(transaction: Transaction, entry: Entry) -> int:
    try:
        if transaction.dialect == "postgresql":
            row: Any = transaction.first(_ENTRY_UNSEALED, entry_values(entry))
            return int(row.id)
        transaction.run(_ENTRY, entry_values(entry))
    except (NotUnique, HistoryProtected) as error:
        raise _broken(entry) from error
    entry_id = transaction.last_number
    transaction.run(_UNSEALED, {"entry_id": entry_id})
    return entry_id


def _broken(entry: Entry) -> BrokenHistory:
    return BrokenHistory(entry.subject, entry.seq, "finding.number_taken")
