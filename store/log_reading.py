"""Reads the log in the order of its leaves, in chunks, for ``audit.verifying``: each row once, memory flat."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ClauseElement, Integer, String, bindparam, exists, func, select, type_coerce

from audit.findings import Finding
from audit.notes import Verifier
from audit.tree import Place
from audit.verifying import Leaf, LogCheck, Opened
from store.statements import Statement, Transaction
from store.tables import CheckpointRow, EntryRow, LeafRow, NodeRow, OpeningRow, UnsealedRow, table

_ENTRY, _OPENING, _UNSEALED = table(EntryRow), table(OpeningRow), table(UnsealedRow)
_LEAF, _NODE, _CHECKPOINT = table(LeafRow), table(NodeRow), table(CheckpointRow)
#: Leaves at once: few enough to stay in a processor's cache between reading and checking.
_CHUNK = 250
_MOST = bindparam("most", type_=Integer())
_FROM, _TO = bindparam("from_", type_=BigInteger()), bindparam("to", type_=BigInteger())


def _columns(dialect: str) -> list[Any]:
    """The columns of a ``Line``; the instant as the text that stands in a body."""
    at: Any = type_coerce(_ENTRY.c.recorded_at, String())
    if dialect == "postgresql":
        at = func.to_char(_ENTRY.c.recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"', type_=String())  # Sessions are in UTC.
    names = ("body", "hash", "previous_hash", "format")
    first = [_ENTRY.c[name] for name in ("id", "kind", "subject", "seq")]
    return [*first, at.label("at"), *(_ENTRY.c[name] for name in names)]


def _leaves(dialect: str) -> ClauseElement:
    sealed = _LEAF.join(_ENTRY, _ENTRY.c.id == _LEAF.c.entry_id, isouter=True)
    rows = select(_LEAF.c.position, _LEAF.c.data, *_columns(dialect)).select_from(sealed)
    return rows.where(_LEAF.c.position >= _FROM).order_by(_LEAF.c.position).limit(_MOST)


def _waiting(dialect: str) -> ClauseElement:
    rows = select(*_columns(dialect)).join(_UNSEALED, _UNSEALED.c.entry_id == _ENTRY.c.id)
    return rows.where(_UNSEALED.c.entry_id > _FROM).order_by(_UNSEALED.c.entry_id).limit(_MOST)


_LEAVES, _WAITING = Statement(_leaves), Statement(_waiting)
_OPENINGS = Statement(
    select(_OPENING.c.entry_id, _OPENING.c.path, _OPENING.c.salt, _OPENING.c.value).where(
        _OPENING.c.entry_id >= _FROM, _OPENING.c.entry_id <= _TO
    )
)
_NODES = Statement(
    select(_NODE.c.number, _NODE.c.hash).where(
        _NODE.c.level == bindparam("level", type_=Integer()), _NODE.c.number >= _FROM, _NODE.c.number < _TO
    )
)
_LEVELS = Statement(select(func.max(_NODE.c.level).label("last")))
_CHECKPOINTS = Statement(
    select(_CHECKPOINT.c.size, _CHECKPOINT.c.note, _CHECKPOINT.c.made_at)
    .where(_CHECKPOINT.c.size > _FROM, _CHECKPOINT.c.size <= _TO)
    .order_by(_CHECKPOINT.c.size)
)
_COUNTS = Statement(
    select(
        select(func.count()).select_from(_ENTRY).scalar_subquery().label("entries"),
        select(func.count()).select_from(_NODE).scalar_subquery().label("nodes"),
        select(func.max(_CHECKPOINT.c.size)).scalar_subquery().label("beyond"),
    )
)
_OUTSIDE = Statement(
    select(_ENTRY.c.subject, _ENTRY.c.seq)
    .where(
        ~exists().where(_LEAF.c.entry_id == _ENTRY.c.id, _LEAF.c.position >= 0),
        ~exists().where(_UNSEALED.c.entry_id == _ENTRY.c.id, _UNSEALED.c.entry_id >= 0),
    )
    .order_by(_ENTRY.c.id)
    .limit(_MOST)
)
_TWICE = Statement(
    select(_ENTRY.c.subject, _ENTRY.c.seq)
    .join(_UNSEALED, _UNSEALED.c.entry_id == _ENTRY.c.id)
    .join(_LEAF, _LEAF.c.entry_id == _ENTRY.c.id)
    .order_by(_ENTRY.c.id)
    .limit(_MOST)
)
_FURTHEST = 2**62
_MOST_TOLD = 1000


class LogReading:
    """One reading of the whole log. ``roots`` names sizes at which ``at_root`` hears the root."""

    def __init__(
        self,
        transaction: Transaction,
        keys: Sequence[Verifier],
        find: Callable[[Finding], None],
        progress: Callable[[int, int], None],
        ends: Sequence[int | None] = (),
    ) -> None:
        self.check = LogCheck(find, keys, ends)
        self._transaction, self._progress = transaction, progress
        self._counted: Any = None

    def run(self, sizes: Sequence[int] = ()) -> dict[int, bytes]:
        """Reads everything; the root that the log has at each of these sizes, as far as it goes."""
        roots, beyond = dict[int, bytes](), 0
        self._counted = self._transaction.first(_COUNTS)
        while rows := self._transaction.raw(_LEAVES, {"from_": beyond, "most": _CHUNK}):
            self._sealed(rows, set(sizes), roots)
            beyond = rows[-1][0] + 1
        self._rest()
        return roots

    def _sealed(self, leaves: Sequence[Leaf], wanted: set[int], roots: dict[int, bytes]) -> None:
        """A chunk of leaves, stopping where a checkpoint was made or a root is asked for."""
        begin, end = self.check.size, leaves[-1][0] + 1
        openings = self._openings([leaf[2] for leaf in leaves if leaf[2] is not None])
        stops = {row.size: row for row in self._transaction.rows(_CHECKPOINTS, {"from_": begin, "to": end})}
        should: dict[Place, bytes] = {}
        done = 0
        for stop in sorted({*stops, *(one for one in wanted if begin < one <= end), end}):
            upto = next((place for place in range(done, len(leaves)) if leaves[place][0] >= stop), len(leaves))
            should |= self.check.leaves(leaves[done:upto], openings)
            done = upto
            if stop in stops:
                self.check.checkpoint(stop, stops[stop].note, stops[stop].made_at)
            if stop in wanted and self.check.size == stop:
                roots[stop] = self.check.root()
        self.check.nodes(should, self._stored(begin, self.check.size))
        self._progress(self.check.coverage.entries, 2 * self._counted.entries)

    def _stored(self, begin: int, end: int) -> dict[Place, bytes]:
        """The stored nodes that leaves from ``begin`` to before ``end`` complete."""
        found: dict[Any, bytes] = {}  # A plain pair equals a ``Place``.
        for level in range(1, end.bit_length()):
            span = {"level": level, "from_": begin >> level, "to": end >> level}
            if span["from_"] < span["to"]:
                rows = self._transaction.raw(_NODES, span)
                found.update(((level, number), hash_) for number, hash_ in rows)
        return found

    def _openings(self, ids: Sequence[int]) -> dict[int, list[Opened]]:
        found: dict[int, list[Opened]] = defaultdict(list)
        if ids:
            for opening in self._transaction.raw(_OPENINGS, {"from_": min(ids), "to": max(ids)}):
                found[opening[0]].append(opening)
        return found

    def _rest(self) -> None:
        """What lies beyond the last leaf: entries that wait, and what should not be there."""
        check, beyond = self.check, -1
        while rows := self._transaction.raw(_WAITING, {"from_": beyond, "most": _CHUNK}):
            check.waiting(rows, self._openings([row[0] for row in rows]))
            self._progress(check.coverage.entries, 2 * self._counted.entries)
            beyond = rows[-1][0]
        for row in self._transaction.rows(_CHECKPOINTS, {"from_": check.size, "to": _FURTHEST}):
            check.checkpoint(row.size, row.note, row.made_at)
        check.ended(check.size)
        counted, twice = self._counted, self._transaction.rows(_TWICE, {"most": _MOST_TOLD})
        for row in twice:
            check.twice(row.subject, row.seq)
        if twice or counted.entries != check.coverage.entries:
            for row in self._transaction.rows(_OUTSIDE, {"most": _MOST_TOLD}):
                check.outside(row.subject, row.seq)
        if counted.nodes != check.coverage.nodes:
            check.surplus(counted.nodes - check.coverage.nodes)
