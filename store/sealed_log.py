"""The sealed log in tables, on an open transaction; satisfies ``audit.sealing.SealedLog``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON, ClauseElement, Integer, Table, bindparam, cast, column, delete, func, select

from audit.sealing import Batch, Waiting
from audit.tree import Place, hash_leaf
from definitions.errors import KhuyencongError
from store.statements import Statement, Transaction, inserting, put
from store.tables import CheckpointRow, CheckpointSentRow, EntryRow, LeafRow, NodeRow, UnsealedRow, table
from store.types import JsonRows

_ENTRY, _UNSEALED = table(EntryRow), table(UnsealedRow)
_LEAF, _NODE = table(LeafRow), table(NodeRow)
_CHECKPOINT, _SENT = table(CheckpointRow), table(CheckpointSentRow)
#: The number under which PostgreSQL knows that somebody seals.
_SEALER = 0x4B43_5345_414C


class NodeMissing(KhuyencongError):
    """A node or leaf of the sealed log is not there."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(f"node {place.number} of level {place.level} of the sealed log is gone")


def _fill(of: Table, dialect: str) -> ClauseElement:
    """An INSERT of many rows: on SQLite run once for each, on PostgreSQL all of one JSON text at once."""
    names = [one.name for one in of.columns]
    if dialect == "sqlite":
        one: ClauseElement = inserting(of, dialect).values({name: bindparam(name) for name in names}).inline()
        return one
    rows = func.json_to_recordset(cast(bindparam("rows", type_=JsonRows()), JSON))
    given = rows.table_valued(*(column(one.name, one.type) for one in of.columns), name="given")
    every: ClauseElement = inserting(of, dialect).from_select(names, select(given.render_derived(with_types=True)))
    return every


_FILL_LEAVES, _FILL_NODES = Statement(partial(_fill, _LEAF)), Statement(partial(_fill, _NODE))
_PUT_CHECKPOINT = put(_CHECKPOINT)
_LOCK = Statement(select(func.pg_try_advisory_xact_lock(_SEALER).label("locked")))
_LAST = Statement(select(func.max(_LEAF.c.position).label("last")))
_NEWEST = Statement(select(_CHECKPOINT.c.note).order_by(_CHECKPOINT.c.size.desc()).limit(1))
_CHECKPOINTS = Statement(select(func.count().label("n")).select_from(_CHECKPOINT))
_WAITING = Statement(
    select(_ENTRY.c.id, _ENTRY.c.kind, _ENTRY.c.subject, _ENTRY.c.seq, _ENTRY.c.hash, _ENTRY.c.format)
    .join(_UNSEALED, _UNSEALED.c.entry_id == _ENTRY.c.id)
    .order_by(_UNSEALED.c.entry_id)
    .limit(bindparam("most", type_=Integer()))
)
_SEALED = Statement(
    delete(_UNSEALED).where(
        _UNSEALED.c.entry_id.in_(
            select(_LEAF.c.entry_id).where(_LEAF.c.position >= bindparam("begin", type_=_LEAF.c.position.type))
        )
    )
)
_ONE_LEAF = Statement(select(_LEAF.c.data).where(_LEAF.c.position == bindparam("number", type_=_LEAF.c.position.type)))
_ONE_NODE = Statement(
    select(_NODE.c.hash).where(
        _NODE.c.level == bindparam("level", type_=Integer()),
        _NODE.c.number == bindparam("number", type_=_NODE.c.number.type),
    )
)
_AFTER = Statement(
    select(_CHECKPOINT.c.note)
    .where(_CHECKPOINT.c.size > bindparam("size", type_=_CHECKPOINT.c.size.type))
    .order_by(_CHECKPOINT.c.size)
)
_MAILED = Statement(select(_SENT.c.size, _SENT.c.sent_at).where(_SENT.c.address == bindparam("address")))


def _mark(dialect: str) -> ClauseElement:
    names = ("address", "size", "sent_at")
    statement = inserting(_SENT, dialect).values({name: bindparam(name) for name in names})
    changed = {name: statement.excluded[name] for name in names[1:]}
    made: ClauseElement = statement.on_conflict_do_update(index_elements=["address"], set_=changed)
    return made


_MARK = Statement(_mark)


def checkpoints_after(transaction: Transaction, size: int | None) -> tuple[str, ...]:
    """The notes of the checkpoints beyond a size, in order; None: of the newest alone."""
    if size is None:
        newest = SqlSealedLog(transaction).newest()
        return (newest,) if newest else ()
    return tuple(row.note for row in transaction.rows(_AFTER, {"size": size}))


def mailed(transaction: Transaction, address: str) -> Any | None:
    """The ``size`` of the newest checkpoint that was mailed there, and ``sent_at``; None: none was."""
    return transaction.first(_MAILED, {"address": address})


def note_mailed(transaction: Transaction, address: str, size: int, at: datetime) -> None:
    """Keeps that a checkpoint was mailed there."""
    transaction.run(_MARK, {"address": address, "size": size, "sent_at": at})


_OF_SUBJECT = Statement(
    select(_LEAF.c.position, _LEAF.c.data, _ENTRY.c.seq, _ENTRY.c.kind, _ENTRY.c.hash)
    .select_from(_ENTRY.join(_LEAF, _LEAF.c.entry_id == _ENTRY.c.id, isouter=True))
    .where(_ENTRY.c.subject == bindparam("of_subject"), _ENTRY.c.seq.is_not(None))
    .order_by(_ENTRY.c.seq)
)


def leaves_of(transaction: Transaction, subject: str) -> tuple[tuple[Any, ...], int]:
    """The leaves of a chain, each with its ``position``, ``data``, ``seq``, ``kind`` and ``hash``; how many wait."""
    rows = transaction.rows(_OF_SUBJECT, {"of_subject": subject})
    sealed = tuple(row for row in rows if row.position is not None)
    return sealed, len(rows) - len(sealed)


class SqlSealedLog:
    """The leaves, nodes and checkpoints of a database."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        #: How many nodes and leaves were read for proofs.
        self.nodes_read = 0

    def take(self) -> bool:
        """Keeps other sealers away until the transaction ends; False: another one is at work."""
        if self._transaction.dialect == "sqlite":
            return True  # A writer is alone anyway.
        row = self._transaction.first(_LOCK)
        return row is not None and bool(row.locked)

    def size(self) -> int:
        """How many leaves there are."""
        row = self._transaction.first(_LAST)
        return 0 if row is None or row.last is None else int(row.last) + 1

    def newest(self) -> str | None:
        """The note of the newest checkpoint."""
        row = self._transaction.first(_NEWEST)
        return str(row.note) if row else None

    def checkpoints(self) -> int:
        """How many checkpoints there are."""
        row = self._transaction.first(_CHECKPOINTS)
        return int(row.n) if row else 0

    def waiting(self, most: int) -> Sequence[Waiting]:
        """Entries that wait, the oldest first."""
        rows = self._transaction.rows(_WAITING, {"most": most})
        return [
            Waiting(entry_id=row.id, kind=row.kind, subject=row.subject, seq=row.seq, hash=row.hash, format=row.format)
            for row in rows
        ]

    def nodes(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        """The hashes at these places. Raises NodeMissing."""
        return {place: self._node(place) for place in places}

    def _node(self, place: Place) -> bytes:
        self.nodes_read += 1
        row = self._transaction.first(_ONE_NODE if place.level else _ONE_LEAF, place._asdict())
        if row is None:
            raise NodeMissing(place)
        return bytes(row.hash) if place.level else hash_leaf(bytes(row.data))

    def add(self, batch: Batch) -> None:
        """Writes a batch, and takes its entries from those that wait."""
        leaves = enumerate(batch.leaves, start=batch.begin)
        self._fill(_FILL_LEAVES, [{"position": at, "entry_id": of, "data": data} for at, (of, data) in leaves])
        self._fill(_FILL_NODES, [{**place._asdict(), "hash": made} for place, made in batch.nodes])
        self._transaction.run(_SEALED, {"begin": batch.begin})
        made = batch.checkpoint
        self._transaction.run(_PUT_CHECKPOINT, {"size": made.size, "made_at": made.made_at, "note": batch.note})

    def _fill(self, statement: Statement, rows: Sequence[Mapping[str, object]]) -> None:
        if self._transaction.dialect == "sqlite":
            self._transaction.run_many(statement, rows)
        elif rows:
            self._transaction.run(statement, {"rows": rows})
